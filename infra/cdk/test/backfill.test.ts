// Tests of what only CDK has: the options of the backfill. infra/tests checks the stack itself.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as cdk from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { backfillOptions, BackfillOptions, BackfillStack } from '../lib/backfill';

/** A stack whose function CDK would build; nothing is bundled here. */
function synthesized(given: Partial<BackfillOptions>): Template {
  const app = new cdk.App({ context: { 'aws:cdk:bundling-stacks': [] } });
  return Template.fromStack(new BackfillStack(app, 'any-name', { sourceBucket: 'trail', ...given }));
}

test('an empty prefix is the whole bucket', () => {
  const source = (given: Partial<BackfillOptions>, value: string) => synthesized(given)
    .allResourcesProperties('AWS::Lambda::Function', { Environment: { Variables: { SEALWATCH_BACKFILL_SOURCE: value } } });
  source({}, 's3://trail/AWSLogs/');
  source({ sourcePrefix: '' }, 's3://trail/');
});

test('a value that AWS would reject is rejected with the reason', () => {
  const wrong: [Partial<BackfillOptions>, RegExp][] = [
    [{ sourceBucket: 's3://trail' }, /sourceBucket is 's3:\/\/trail'/],
    [{ sourcePrefix: 'AWSLogs/*' }, /sourcePrefix is/],
    [{ sourceKeyArn: 'alias/trail' }, /sourceKeyArn is/],
    [{ toleratedFailurePercentage: 21 }, /toleratedFailurePercentage is '21'/],
    [{ maxConcurrency: 0 }, /maxConcurrency is '0'/],
    [{ chunkSize: 0 }, /chunkSize is '0'/],
    [{ rolePath: 'sealwatch' }, /rolePath is/],
  ];
  for (const [given, message] of wrong) {
    assert.throws(() => synthesized(given), message);
  }
});

test('options are read from the context', () => {
  const read = (context: Record<string, string>) => backfillOptions(new cdk.App({ context }).node);
  assert.throws(() => read({}), /sourceBucket is missing: add -c sourceBucket=NAME/);
  const given = read({ sourceBucket: 'trail', sourcePrefix: '', chunkSize: '500', topicArn: '' });
  assert.deepEqual([given.sourceBucket, given.sourcePrefix, given.chunkSize, given.topicArn], ['trail', '', 500, undefined]);
});
