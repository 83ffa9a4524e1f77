// What only concerns CDK: its options and its way to build. That the stack is the right one is asked in infra/tests.
import assert from 'node:assert/strict';
import { mkdtempSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as cdk from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { DETECTORS } from '../lib/detectors';
import { options, Options } from '../lib/options';
import { SealwatchStack } from '../lib/stack';

const bootstraps = mkdtempSync(join(tmpdir(), 'sealwatch-'));
for (const { name } of DETECTORS) {
  mkdirSync(join(bootstraps, `sealwatch-${name}`));
  writeFileSync(join(bootstraps, `sealwatch-${name}`, 'bootstrap'), 'stands in for a built function\n');
}

function synthesized(given: Options): Template {
  return Template.fromStack(new SealwatchStack(new cdk.App(), 'any-name', { bootstraps, ...given }));
}

test('seven functions on arm64, unless told otherwise', () => {
  const template = synthesized({});
  template.resourceCountIs('AWS::Lambda::Function', DETECTORS.length);
  template.allResourcesProperties('AWS::Lambda::Function', { Architectures: ['arm64'], Runtime: 'provided.al2023', MemorySize: 128 });
  synthesized({ architecture: 'x86_64' }).allResourcesProperties('AWS::Lambda::Function', { Architectures: ['x86_64'] });
});

test('the key seals, turns, and is deleted with the stack', () => {
  const template = synthesized({});
  template.hasResourceProperties('AWS::KMS::Key', { EnableKeyRotation: true });
  template.allResourcesProperties('AWS::SQS::Queue', { KmsMasterKeyId: Match.anyValue() });
  template.allResourcesProperties('AWS::SNS::Topic', { KmsMasterKeyId: Match.anyValue() });
});

test('an existing topic is used and none is made for findings', () => {
  const topicArn = 'arn:aws:sns:eu-west-1:111122223333:alerts';
  const template = synthesized({ topicArn });
  template.resourceCountIs('AWS::SNS::Topic', 1);
  template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { SEALWATCH_TOPIC_ARN: topicArn } } });
});

test('names come from the option, not from the stack', () => {
  synthesized({ name: 'watch' }).hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'watch-msk-cluster' });
});

test('a hub has a bus, and its rules hang there', () => {
  synthesized({}).resourceCountIs('AWS::Events::EventBus', 0);
  const template = synthesized({ organizationId: 'o-a1b2c3d4e5' });
  template.hasResourceProperties('AWS::Events::EventBus', { Name: 'sealwatch' });
  template.hasResourceProperties('AWS::Events::Rule', { Name: 'sealwatch-kms-key-policy', EventBusName: Match.objectLike({ Ref: 'Bus' }) });
});

test('without a folder of built functions, cargo-lambda builds each from its own crate', () => {
  // no stack is bundled here: the build itself runs in ./test, for SAM
  const app = new cdk.App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const template = Template.fromStack(new SealwatchStack(app, 'sealwatch', {}));
  template.resourceCountIs('AWS::Lambda::Function', DETECTORS.length);
  template.allResourcesProperties('AWS::Lambda::Function', { Handler: 'bootstrap' });
});

test('what AWS would refuse, or take and not understand, is refused with the reason', () => {
  const wrong: [Options, RegExp][] = [
    [{ topicArn: 'alerts' }, /topicArn is 'alerts'/],
    [{ settleTime: '5 minutes' }, /settleTime is '5 minutes'/],
    [{ trustedAccounts: '1234' }, /trustedAccounts/],
    [{ organizationId: 'acme' }, /organizationId/],
    [{ architecture: 'arm' }, /architecture/],
    [{ settingsParameter: 'sealwatch/settings' }, /settingsParameter/],
    [{ name: 'Sealwatch' }, /name is/],
  ];
  for (const [given, said] of wrong) {
    assert.throws(() => synthesized(given), said);
  }
});

test('options are read from the context', () => {
  const read = (context: Record<string, string>) => options(new cdk.App({ context }).node);
  assert.equal(read({ alertEmail: 'oncall@example.com' }).alertEmail, 'oncall@example.com');
  assert.equal(read({ reservedConcurrency: '5' }).reservedConcurrency, 5);
  assert.equal(read({ dashboard: 'no' }).dashboard, false);
  assert.equal(read({ alertEmail: '' }).alertEmail, undefined);
  assert.throws(() => read({ logRetentionDays: 'long' }), /logRetentionDays is 'long', which is no number/);
  assert.throws(() => read({ dashboard: 'maybe' }), /say yes or no/);
});
