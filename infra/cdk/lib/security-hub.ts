import * as cdk from 'aws-cdk-lib';
import { aws_iam as iam, aws_lambda as lambda, aws_sqs as sqs } from 'aws-cdk-lib';
import { Common, SealwatchFunction, toAssumeLookupRole } from './function';
import { Ledger, useOfKey } from './ledger';

/** The name of the function, without the prefix of the stack. */
export const SECURITY_HUB_NAME = 'security-hub';

/**
 * Imports what changes in the ledger into AWS Security Hub, in a hub into that of the member. Items without `rule` are not
 * findings. A batch that fails is halved and tried again, so that one finding does not keep back the others.
 *
 * https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
 */
export class SecurityHub extends SealwatchFunction {
  constructor(stack: cdk.Stack, ledger: Ledger, deadLetters: sqs.Queue, common: Common) {
    const { options, messages } = common;
    const stream = ledger.table.attrStreamArn;
    super(stack, {
      name: SECURITY_HUB_NAME,
      ...common,
      environment: {},
      statements: [
        new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [deadLetters.queueArn] }),
        new iam.PolicyStatement({
          actions: ['securityhub:BatchImportFindings'],
          resources: [`arn:${stack.partition}:securityhub:${stack.region}:${stack.account}:product/${stack.account}/default`],
        }),
        new iam.PolicyStatement({ actions: ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], resources: [stream] }),
        new iam.PolicyStatement({ actions: ['dynamodb:ListStreams'], resources: ['*'] }), // IAM knows no resource for this action
        useOfKey(messages, ['kms:Decrypt', 'kms:DescribeKey']),
        ...toAssumeLookupRole(stack, options),
      ],
      memorySize: 128,
      timeout: cdk.Duration.seconds(60),
      reservedConcurrency: options.reservedConcurrency,
    });
    const mapping = new lambda.CfnEventSourceMapping(this, 'Mapping', {
      functionName: this.handler.functionName,
      eventSourceArn: stream,
      startingPosition: 'TRIM_HORIZON',
      batchSize: 100, // BatchImportFindings accepts as many
      maximumBatchingWindowInSeconds: 5,
      filterCriteria: { filters: [{ pattern: JSON.stringify({ dynamodb: { NewImage: { rule: { S: [{ exists: true }] } } } }) }] },
      functionResponseTypes: ['ReportBatchItemFailures'],
      bisectBatchOnFunctionError: true,
      maximumRetryAttempts: 20,
      maximumRecordAgeInSeconds: 21600,
      destinationConfig: { onFailure: { destination: deadLetters.queueArn } },
    });
    mapping.node.addDependency(this.role); // Lambda checks whether it may read the stream
  }
}
