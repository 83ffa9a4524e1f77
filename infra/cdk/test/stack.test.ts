// Tests of what only CDK has: its options and its build. infra/tests checks the stack itself.
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

const FUNCTIONS = [...DETECTORS.map(({ name }) => name), 'scan'];
const EVERY_FUNCTION = [...FUNCTIONS, 'security-hub'];

/** Placeholders for built functions: only the header of an ELF file, for a processor. */
function built(machine: number): string {
  const bootstraps = mkdtempSync(join(tmpdir(), 'sealwatch-'));
  const header = Buffer.alloc(20);
  header.write('\x7fELF', 'latin1');
  header.writeUInt16LE(machine, 18);
  for (const name of EVERY_FUNCTION) {
    mkdirSync(join(bootstraps, `sealwatch-${name}`));
    writeFileSync(join(bootstraps, `sealwatch-${name}`, 'bootstrap'), header);
  }
  return bootstraps;
}
const bootstraps = built(0xb7);

function synthesized(given: Options): Template {
  return Template.fromStack(new SealwatchStack(new cdk.App(), 'any-name', { bootstraps, ...given }));
}

test('one function per detector and one that scans, on arm64 by default', () => {
  const template = synthesized({});
  template.resourceCountIs('AWS::Lambda::Function', FUNCTIONS.length);
  template.allResourcesProperties('AWS::Lambda::Function', { Architectures: ['arm64'], Runtime: 'provided.al2023' });
  template.resourcePropertiesCountIs('AWS::Lambda::Function', { MemorySize: 128 }, DETECTORS.length);
  synthesized({ scanSchedule: '' }).resourceCountIs('AWS::Lambda::Function', DETECTORS.length);
  synthesized({ architecture: 'x86_64', bootstraps: built(0x3e) }).allResourcesProperties('AWS::Lambda::Function', { Architectures: ['x86_64'] });
});

test('functions that were built for another processor are rejected with the reason', () => {
  assert.throws(() => synthesized({ architecture: 'x86_64' }), /bootstrap is built for arm64, but the option architecture is x86_64: build it with/);
  assert.throws(() => synthesized({ bootstraps: built(0x3e) }), /is built for x86_64, but the option architecture is arm64/);
  assert.throws(() => synthesized({ bootstraps: built(0) }), /no processor that Lambda has/);
});

test('existing topics are used and none is created', () => {
  const topicArn = 'arn:aws:sns:eu-west-1:111122223333:alerts';
  synthesized({ topicArn }).resourceCountIs('AWS::SNS::Topic', 1);
  const template = synthesized({ topicArn, operationsTopicArn: 'arn:aws:sns:eu-west-1:999900001111:operations' });
  template.resourceCountIs('AWS::SNS::Topic', 0);
  template.resourceCountIs('AWS::SNS::TopicPolicy', 0);
  template.hasResourceProperties('AWS::Lambda::Function', { Environment: { Variables: { SEALWATCH_TOPIC_ARN: topicArn } } });
});

test('names begin with the option `name`, not with the name of the stack', () => {
  synthesized({ name: 'watch' }).hasResourceProperties('AWS::Lambda::Function', { FunctionName: 'watch-msk-cluster' });
});

test('a hub has a bus, and its rules are on it', () => {
  synthesized({}).resourceCountIs('AWS::Events::EventBus', 0);
  const template = synthesized({ organizationId: 'o-a1b2c3d4e5' });
  template.hasResourceProperties('AWS::Events::EventBus', { Name: 'sealwatch' });
  template.hasResourceProperties('AWS::Events::Rule', { Name: 'sealwatch-kms-key-policy', EventBusName: Match.objectLike({ Ref: 'Bus' }) });
});

test('the ledger can be left out, and only with it findings are imported into Security Hub', () => {
  synthesized({}).hasResourceProperties('AWS::DynamoDB::Table', { TableName: 'sealwatch-ledger' });
  synthesized({ ledger: false }).resourceCountIs('AWS::DynamoDB::Table', 0);
  const template = synthesized({ securityHub: true });
  template.resourceCountIs('AWS::Lambda::Function', EVERY_FUNCTION.length);
  template.resourceCountIs('AWS::Lambda::EventSourceMapping', 1);
  assert.throws(() => synthesized({ ledger: false, securityHub: true }), /securityHub needs ledger/);
});

test('without a folder of built functions, cargo-lambda builds each from its own crate', () => {
  // No stack is bundled here: ./test runs the build itself, for SAM.
  const app = new cdk.App({ context: { 'aws:cdk:bundling-stacks': [] } });
  const template = Template.fromStack(new SealwatchStack(app, 'sealwatch', {}));
  template.resourceCountIs('AWS::Lambda::Function', FUNCTIONS.length);
  template.allResourcesProperties('AWS::Lambda::Function', { Handler: 'bootstrap' });
});

test('a value that AWS would reject, or accept without effect, is rejected with the reason', () => {
  const wrong: [Options, RegExp][] = [
    [{ topicArn: 'alerts' }, /topicArn is 'alerts'/],
    [{ settleTime: '5 minutes' }, /settleTime is '5 minutes'/],
    [{ trustedAccounts: '1234' }, /trustedAccounts/],
    [{ organizationId: 'acme' }, /organizationId/],
    [{ architecture: 'arm' }, /architecture/],
    [{ settingsParameter: 'sealwatch/settings' }, /settingsParameter/],
    [{ name: 'Sealwatch' }, /name is/],
    [{ rolePath: 'sealwatch' }, /rolePath is/],
    [{ subnetIds: 'subnet-0a1b2c3d' }, /given together/],
    [{ subnetIds: 'subnet-0a1b2c3d', securityGroupIds: 'default' }, /securityGroupIds is/],
  ];
  for (const [given, message] of wrong) {
    assert.throws(() => synthesized(given), message);
  }
});

test('options are read from the context', () => {
  const read = (context: Record<string, string>) => options(new cdk.App({ context }).node);
  assert.equal(read({ alertEmail: 'oncall@example.com' }).alertEmail, 'oncall@example.com');
  assert.equal(read({ reservedConcurrency: '5' }).reservedConcurrency, 5);
  assert.equal(read({ dashboard: 'no' }).dashboard, false);
  assert.deepEqual([read({}).ledger, read({}).securityHub], [true, false]);
  assert.equal(read({ ledger: 'false' }).ledger, false);
  assert.throws(() => read({ ledger: 'no' }), /ledger is 'no', which is neither true nor false/);
  assert.equal(read({ alertEmail: '' }).alertEmail, undefined);
  assert.throws(() => read({ logRetentionDays: 'long' }), /logRetentionDays is 'long', which is not a number/);
  assert.throws(() => read({ dashboard: 'maybe' }), /neither yes nor no/);
  assert.throws(() => read({ useFipsEndpoint: 'true' }), /useFipsEndpoint is 'true', which is neither yes nor no/);
});
