// The same system as infra/backfill/template.yaml. infra/tests/test_backfill_templates.py fails if the two differ.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as cdk from 'aws-cdk-lib';
import {
  aws_cloudwatch as cloudwatch, aws_iam as iam, aws_kms as kms, aws_lambda as lambda, aws_logs as logs, aws_s3 as s3, aws_stepfunctions as states,
} from 'aws-cdk-lib';
import { Construct, Node } from 'constructs';
import { ROOT, VERSION } from './detectors';
import { codeOf } from './function';
import { numberOf, rejectUnlike, textOf } from './options';

/** The options of the stack: the same as the parameters of infra/backfill/template.yaml. */
export interface BackfillOptions {
  /** The prefix of the names in the stack; `sealwatch` by default. */
  readonly name?: string;
  /** The bucket with the log files. */
  readonly sourceBucket: string;
  /** Executions may read only objects whose keys begin with this; `AWSLogs/` by default. */
  readonly sourcePrefix?: string;
  /** The KMS key that encrypts the log files, if one does. */
  readonly sourceKeyArn?: string;
  /** An SNS topic for the findings of executions with `publish`. */
  readonly topicArn?: string;
  /** The KMS key that encrypts the topic of topicArn, if it has one. */
  readonly topicKeyArn?: string;
  /** An SNS topic that is told if an execution fails. */
  readonly alarmTopicArn?: string;
  /** How many chunks are read at the same time; 100 by default. */
  readonly maxConcurrency?: number;
  /** How many of 100 chunks may fail without the execution failing, up to 20; 0 by default. */
  readonly toleratedFailurePercentage?: number;
  /** How many objects one function reads; 1000 by default. */
  readonly chunkSize?: number;
  /** The memory of a function that reads a chunk, in MB; 2048 by default. */
  readonly extractMemory?: number;
  /** The memory of the function that plans and reports, in MB; 3008 by default. */
  readonly reportMemory?: number;
  /** After so many days, the files of a run are deleted; 90 by default. */
  readonly keepDays?: number;
  /** The path of the roles; `/` by default. */
  readonly rolePath?: string;
  /** The permissions boundary of the roles. */
  readonly permissionsBoundaryArn?: string;
  /** How many days logs are kept; 30 by default. */
  readonly logRetentionDays?: number;
  /** `arm64` (the default) or `x86_64`. */
  readonly architecture?: string;
  /** A folder with the built function; by default, CDK builds it. */
  readonly bootstraps?: string;
}

const patterns: Partial<Record<keyof BackfillOptions, RegExp>> = {
  name: /^[a-z][a-z0-9-]{0,39}$/,
  sourceBucket: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  sourcePrefix: /^[A-Za-z0-9_./=@-]*$/,
  sourceKeyArn: /^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/,
  topicArn: /^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$/,
  topicKeyArn: /^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/,
  alarmTopicArn: /^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$/,
  toleratedFailurePercentage: /^(1?[0-9]|20)$/,
  maxConcurrency: /^([1-9][0-9]{0,3}|10000)$/,
  chunkSize: /^([1-9][0-9]{0,4}|100000)$/,
  rolePath: /^\/([A-Za-z0-9+=,.@_-]+\/)*$/,
  permissionsBoundaryArn: /^arn:[a-z-]+:iam::([0-9]{12}|aws):policy\/[A-Za-z0-9+=,.@_/-]+$/,
  architecture: /^(arm64|x86_64)$/,
};

/** The options given as context values. */
export function backfillOptions(node: Node): BackfillOptions {
  const sourceBucket = textOf(node, 'sourceBucket');
  if (sourceBucket === undefined) {
    throw new Error('sourceBucket is missing: add -c sourceBucket=NAME, the bucket with the log files');
  }
  return {
    name: textOf(node, 'name'),
    sourceBucket,
    sourcePrefix: node.tryGetContext('sourcePrefix'), // an empty one has a meaning
    sourceKeyArn: textOf(node, 'sourceKeyArn'),
    topicArn: textOf(node, 'topicArn'),
    topicKeyArn: textOf(node, 'topicKeyArn'),
    alarmTopicArn: textOf(node, 'alarmTopicArn'),
    maxConcurrency: numberOf(node, 'maxConcurrency'),
    toleratedFailurePercentage: numberOf(node, 'toleratedFailurePercentage'),
    chunkSize: numberOf(node, 'chunkSize'),
    extractMemory: numberOf(node, 'extractMemory'),
    reportMemory: numberOf(node, 'reportMemory'),
    keepDays: numberOf(node, 'keepDays'),
    rolePath: textOf(node, 'rolePath'),
    permissionsBoundaryArn: textOf(node, 'permissionsBoundaryArn'),
    logRetentionDays: numberOf(node, 'logRetentionDays'),
    architecture: textOf(node, 'architecture'),
    bootstraps: textOf(node, 'bootstraps'),
  };
}

/** Reads a whole archive of CloudTrail logs with many functions at the same time: docs/backfill.md. */
export class BackfillStack extends cdk.Stack {
  private readonly options: BackfillOptions;
  private readonly key: kms.Key;
  private readonly bucket: s3.Bucket;

  constructor(scope: Construct, id: string, options: BackfillOptions, props?: cdk.StackProps) {
    super(scope, id, {
      description: 'Sealwatch reads a whole archive of CloudTrail logs in S3 with many functions at the same time, and reports what its rules find.',
      ...props,
    });
    rejectUnlike(patterns, options);
    this.options = options;
    const name = `${options.name ?? 'sealwatch'}-backfill`;
    const logGroup = (last: string) => this.formatArn({ service: 'logs', resource: `log-group:${last}`, arnFormat: cdk.ArnFormat.NO_RESOURCE_NAME });

    // Encrypts what runs write, and logs. The statement Logs is AWS's:
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    this.key = new kms.Key(this, 'Key', {
      description: `Encrypts the runs and logs of ${name}`,
      enableKeyRotation: true,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
      policy: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({ sid: 'Account', principals: [new iam.AccountRootPrincipal()], actions: ['kms:*'], resources: ['*'] }),
          new iam.PolicyStatement({
            sid: 'Logs',
            principals: [new iam.ServicePrincipal(`logs.${this.region}.${this.urlSuffix}`)],
            actions: ['kms:Decrypt*', 'kms:Describe*', 'kms:Encrypt*', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
            resources: ['*'],
            conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': [logGroup(`/aws/lambda/${name}*`), logGroup(`/aws/vendedlogs/states/${name}`)] } },
          }),
        ],
      }),
    });

    // What runs need and write. The stack can be deleted only when it is empty.
    this.bucket = new s3.Bucket(this, 'Bucket', {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
      lifecycleRules: [{
        id: 'runs',
        prefix: 'runs/',
        expiration: cdk.Duration.days(options.keepDays ?? 90),
        abortIncompleteMultipartUploadAfter: cdk.Duration.days(1),
      }],
    });
    this.bucket.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'TlsOnly',
      effect: iam.Effect.DENY,
      principals: [new iam.StarPrincipal()],
      actions: ['s3:*'],
      resources: [this.bucket.bucketArn, this.bucket.arnForObjects('*')],
      conditions: { Bool: { 'aws:SecureTransport': 'false' } },
    }));

    const source = `arn:${this.partition}:s3:::${options.sourceBucket}`;
    const allow = (actions: string[], resources: string[], conditions?: object) => new iam.PolicyStatement({ actions, resources, conditions: conditions as iam.Conditions });
    const via = (service: string) => ({ StringEquals: { 'kms:ViaService': `${service}.${this.region}.${this.urlSuffix}` } });
    const own = (keys: string) => this.bucket.arnForObjects(keys);
    const ownKey = allow(['kms:Decrypt', 'kms:GenerateDataKey'], [this.key.keyArn], via('s3'));

    // Lists the source, and evaluates what was extracted.
    const main = this.function('Function', name, options.reportMemory ?? 3008, 900, 10240, [
      allow(['s3:ListBucket'], [this.bucket.bucketArn, source]),
      allow(['s3:GetObject'], [own('settings.toml'), own('runs/*')]),
      allow(['s3:PutObject'], [own('runs/*')]),
      ownKey,
      ...(options.topicArn === undefined ? [] : [allow(['sns:Publish'], [options.topicArn])]),
      ...(options.topicKeyArn === undefined ? [] : [allow(['kms:Decrypt', 'kms:GenerateDataKey'], [options.topicKeyArn], via('sns'))]),
    ]);
    // Reads one chunk. A child execution may take five minutes, with its retries.
    const extract = this.function('ExtractFunction', `${name}-extract`, options.extractMemory ?? 2048, 270, 2048, [
      allow(['s3:ListBucket'], [this.bucket.bucketArn, source]), // without it, S3 denies objects that do not exist
      allow(['s3:GetObject'], [own('runs/*/keys/*'), `${source}/${options.sourcePrefix ?? 'AWSLogs/'}*`]),
      allow(['s3:PutObject'], [own('runs/*/extracts/*'), own('runs/*/failures/*')]),
      ownKey,
      ...(options.sourceKeyArn === undefined ? [] : [allow(['kms:Decrypt'], [options.sourceKeyArn])]),
    ]);

    const ofStates = (resource: string, resourceName: string) => this.formatArn({ service: 'states', resource, resourceName, arnFormat: cdk.ArnFormat.COLON_RESOURCE_NAME });
    const log = this.logGroup('StateMachineLogs', `/aws/vendedlogs/states/${name}`);
    const role = this.role('StateMachineRole', new iam.ServicePrincipal('states.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': this.account }, ArnLike: { 'aws:SourceArn': ofStates('stateMachine', `${name}*`) } },
    }), [
      allow(['lambda:InvokeFunction'], [main.handler.functionArn, extract.handler.functionArn]),
      allow(['s3:GetObject'], [own('runs/*/items.json')]),
      // the results of the map: https://docs.aws.amazon.com/step-functions/latest/dg/iam-policies-eg-dist-map.html
      allow(['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'], [own('runs/*/map/*')]),
      ownKey,
      allow(['states:StartExecution'], [ofStates('stateMachine', name)]),
      allow(['states:DescribeExecution', 'states:RedriveExecution', 'states:StopExecution'], [ofStates('execution', `${name}:*`), ofStates('execution', `${name}/*`)]),
      // IAM knows no resource for these: https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
      allow([
        'logs:CreateLogDelivery',
        'logs:DeleteLogDelivery',
        'logs:DescribeLogGroups',
        'logs:DescribeResourcePolicies',
        'logs:GetLogDelivery',
        'logs:ListLogDeliveries',
        'logs:PutResourcePolicy',
        'logs:UpdateLogDelivery',
      ], ['*']),
    ]);
    const machine = new states.CfnStateMachine(this, 'StateMachine', {
      stateMachineName: name,
      stateMachineType: 'STANDARD',
      roleArn: role.roleArn,
      definitionString: readFileSync(join(ROOT, 'infra/backfill/state-machine.asl.json'), 'utf8'),
      definitionSubstitutions: {
        Partition: this.partition,
        Bucket: this.bucket.bucketName,
        BackfillFunctionArn: main.handler.functionArn,
        ExtractFunctionArn: extract.handler.functionArn,
        MaxConcurrency: String(options.maxConcurrency ?? 100),
        ToleratedFailurePercentage: String(options.toleratedFailurePercentage ?? 0),
      },
      loggingConfiguration: {
        level: 'ERROR',
        includeExecutionData: true,
        destinations: [{ cloudWatchLogsLogGroup: { logGroupArn: log.logGroupArn } }],
      },
    });
    machine.node.addDependency(role);

    if (options.alarmTopicArn !== undefined) {
      new cloudwatch.CfnAlarm(this, 'FailedAlarm', {
        alarmName: `${name}-failed`,
        alarmDescription: 'An execution of the backfill failed. Its cause says what to do, see docs/backfill.md.',
        namespace: 'AWS/States',
        metricName: 'ExecutionsFailed',
        dimensions: [{ name: 'StateMachineArn', value: machine.ref }],
        statistic: 'Sum',
        period: 300,
        evaluationPeriods: 1,
        threshold: 1,
        comparisonOperator: 'GreaterThanOrEqualToThreshold',
        treatMissingData: 'notBreaching',
        alarmActions: [options.alarmTopicArn],
      });
    }

    new cdk.CfnOutput(this, 'StateMachineArn', { value: machine.ref, description: 'Start executions of this' });
    new cdk.CfnOutput(this, 'BucketName', { value: this.bucket.bucketName, description: 'What runs write, below runs/NAME/' });
    new cdk.CfnOutput(this, 'RoleArn', { value: main.role.roleArn, description: 'The role that lists the source' });
    new cdk.CfnOutput(this, 'ExtractRoleArn', { value: extract.role.roleArn, description: 'The role that reads the source' });
    new cdk.CfnOutput(this, 'Version', { value: VERSION, description: 'The version of Sealwatch that this template belongs to' });
  }

  private logGroup(id: string, name: string): logs.LogGroup {
    const log = new logs.LogGroup(this, id, {
      logGroupName: name,
      retention: this.options.logRetentionDays ?? 30,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
    });
    (log.node.defaultChild as logs.CfnLogGroup).kmsKeyId = this.key.keyArn;
    return log;
  }

  private role(id: string, assumedBy: iam.IPrincipal, statements: iam.PolicyStatement[]): iam.Role {
    const role = new iam.Role(this, id, {
      assumedBy,
      path: this.options.rolePath ?? '/',
      inlinePolicies: { own: new iam.PolicyDocument({ statements }) },
    });
    (role.node.defaultChild as iam.CfnRole).permissionsBoundary = this.options.permissionsBoundaryArn;
    return role;
  }

  /** A function, its role and its log group. */
  private function(id: string, functionName: string, memorySize: number, seconds: number, storage: number, statements: iam.PolicyStatement[]) {
    const { options } = this;
    const log = this.logGroup(`${id}Logs`, `/aws/lambda/${functionName}`);
    const role = this.role(`${id}Role`, new iam.ServicePrincipal('lambda.amazonaws.com'), [
      new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [log.logGroupArn] }),
      ...statements,
    ]);
    const handler = codeOf(this, id, 'backfill', options, {
      functionName,
      description: `Sealwatch ${VERSION}`,
      role: role.withoutPolicyUpdates(), // `statements` are complete: constructs must not add any
      memorySize,
      timeout: cdk.Duration.seconds(seconds),
      ephemeralStorageSize: cdk.Size.mebibytes(storage),
      logGroup: log,
      loggingFormat: lambda.LoggingFormat.JSON,
      environment: {
        SEALWATCH_BACKFILL_BUCKET: this.bucket.bucketName,
        SEALWATCH_BACKFILL_SOURCE: `s3://${options.sourceBucket}/${options.sourcePrefix ?? 'AWSLogs/'}`,
        SEALWATCH_BACKFILL_CHUNK_SIZE: String(options.chunkSize ?? 1000),
        SEALWATCH_TOPIC_ARN: options.topicArn ?? '',
      },
    });
    return { handler, role };
  }
}
