import * as cdk from 'aws-cdk-lib';
import { aws_dynamodb as dynamodb, aws_iam as iam } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Messages } from './messages';

/**
 * The ledger: what holds about each rule and resource, and what was reported. It is deleted with the stack: a new stack could
 * not create a table of the same name, and the key of this one is deleted with the stack. DynamoDB keeps a backup of a deleted
 * table with point-in-time recovery for 35 days.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
 */
export class Ledger extends Construct {
  readonly table: dynamodb.CfnTable;
  /** What each function needs that reads and writes the table. */
  readonly environment: Record<string, string>;
  readonly statements: iam.PolicyStatement[];

  constructor(stack: cdk.Stack, messages: Messages) {
    super(stack, 'Ledger');
    const key = (attributeName: string, keyType = 'HASH') => ({ attributeName, keyType });
    this.table = new dynamodb.CfnTable(this, 'Table', {
      tableName: `${messages.name}-ledger`,
      billingMode: 'PAY_PER_REQUEST',
      attributeDefinitions: ['fingerprint', 'open_in', 'resource', 'pending'].map((attributeName) => ({ attributeName, attributeType: 'S' })),
      keySchema: [key('fingerprint')],
      // Both are sparse: an item is in an index only while it has the attribute.
      globalSecondaryIndexes: [
        // what is open in an account and Region
        { indexName: 'open', keySchema: [key('open_in'), key('resource', 'RANGE')], projection: { projectionType: 'ALL' } },
        // what waits for a message that gathers it
        { indexName: 'pending', keySchema: [key('pending')], projection: { projectionType: 'KEYS_ONLY' } },
      ],
      timeToLiveSpecification: { attributeName: 'expires', enabled: true },
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      sseSpecification: { sseEnabled: true, sseType: 'KMS', kmsMasterKeyId: messages.key.keyArn },
      streamSpecification: { streamViewType: 'NEW_AND_OLD_IMAGES' },
    });
    this.table.cfnOptions.deletionPolicy = cdk.CfnDeletionPolicy.DELETE;
    // another name replaces the table, which contains what is open
    this.table.cfnOptions.updateReplacePolicy = cdk.CfnDeletionPolicy.RETAIN;
    this.environment = { SEALWATCH_LEDGER_TABLE: this.table.ref };
    this.statements = [
      new iam.PolicyStatement({
        actions: ['dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
        resources: [this.table.attrArn],
      }),
      new iam.PolicyStatement({ actions: ['dynamodb:Query'], resources: [`${this.table.attrArn}/index/*`] }),
      useOfKey(messages, [
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:GenerateDataKeyWithoutPlaintext',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
      ]),
    ];
  }
}

/**
 * DynamoDB uses the key on behalf of whoever reads or writes, and on no other way. Not kms:CreateGrant, which only who creates
 * the table needs.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html, "Key policy for a customer managed key"
 */
export function useOfKey(messages: Messages, actions: string[]): iam.PolicyStatement {
  const { region, urlSuffix } = cdk.Stack.of(messages);
  const conditions = { StringEquals: { 'kms:ViaService': `dynamodb.${region}.${urlSuffix}` } };
  return new iam.PolicyStatement({ actions, resources: [messages.key.keyArn], conditions });
}
