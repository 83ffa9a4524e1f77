import * as cdk from 'aws-cdk-lib';
import { aws_iam as iam, aws_kms as kms, aws_sns as sns, aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Options } from './options';

/** The topics and queues of a stack, and the key of the findings. */
export class Messages extends Construct {
  /** The prefix of all names in the stack. */
  readonly name: string;
  readonly key: kms.Key;
  /** Where findings go: the stack's own topic, or an existing one. */
  readonly findingsArn: string;
  readonly findingsName: string;
  /** Where messages about Sealwatch itself go. */
  readonly operations: sns.ITopic;
  /** Events that EventBridge could not deliver. */
  readonly ruleDeadLetters: sqs.Queue;
  /** Events that a function failed on. */
  readonly failedEvents: sqs.Queue;
  /** Re-checks that could not be delivered. */
  readonly scheduleDeadLetters: sqs.Queue;
  /** Of which findings were not imported into Security Hub: the messages name records of the table's stream. */
  readonly securityHubDeadLetters?: sqs.Queue;
  /** The key of an existing topic for findings. */
  readonly topicKeyArn?: string;

  constructor(stack: cdk.Stack, options: Options) {
    super(stack, 'Messages');
    const name = options.name ?? 'sealwatch';
    this.name = name;
    const arn = (service: string, resource: string) => stack.formatArn({ service, resource, arnFormat: cdk.ArnFormat.NO_RESOURCE_NAME });
    this.topicKeyArn = options.topicKeyArn;

    // Encrypts findings, the ledger and logs, and nothing that reports or keeps what fails: without this key, events wait in the
    // queues and alarms reach the operations topic. The statement Logs is AWS's:
    // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    this.key = new kms.Key(this, 'Key', {
      description: `Encrypts the findings, the ledger and logs of ${name}`,
      enableKeyRotation: true,
      alias: name,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
      policy: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({ sid: 'Account', principals: [new iam.AccountRootPrincipal()], actions: ['kms:*'], resources: ['*'] }),
          new iam.PolicyStatement({
            sid: 'Logs',
            principals: [new iam.ServicePrincipal(`logs.${stack.region}.${stack.urlSuffix}`)],
            actions: ['kms:Decrypt*', 'kms:Describe*', 'kms:Encrypt*', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
            resources: ['*'],
            conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arn('logs', `log-group:/aws/lambda/${name}-*`) } },
          }),
        ],
      }),
    });

    const findings = options.topicArn === undefined
      ? new sns.Topic(this, 'Findings', { topicName: `${name}-findings`, displayName: 'Sealwatch', masterKey: this.key, enforceSSL: true })
      : sns.Topic.fromTopicArn(this, 'Findings', options.topicArn);
    this.findingsArn = findings.topicArn;
    this.findingsName = findings.topicName;
    // No KMS key, so that the loss of a key can be reported. SNS encrypts its disks anyway, which is why Security Hub took
    // SNS.1 out of its best practices: https://docs.aws.amazon.com/securityhub/latest/userguide/sns-controls.html
    this.operations = options.operationsTopicArn === undefined
      ? new sns.Topic(this, 'Operations', { topicName: `${name}-operations`, displayName: 'Sealwatch operations', enforceSSL: true })
      : sns.Topic.fromTopicArn(this, 'Operations', options.operationsTopicArn); // adds no policy to it
    this.operations.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'Alarms',
      principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [this.operations.topicArn],
      conditions: {
        ArnLike: {
          'aws:SourceArn': stack.formatArn({ service: 'cloudwatch', resource: 'alarm', resourceName: `${name}-*`, arnFormat: cdk.ArnFormat.COLON_RESOURCE_NAME }),
        },
      },
    }));
    if (options.organizationId !== undefined) {
      // Alarms of members. An alarm can notify a topic of another account in the same Region:
      // https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
      this.operations.addToResourcePolicy(new iam.PolicyStatement({
        sid: 'MemberAlarms',
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.operations.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceOrgID': options.organizationId },
          ArnLike: { 'aws:SourceArn': `arn:${stack.partition}:cloudwatch:${stack.region}:*:alarm:${name}-forward-*` },
        },
      }));
    }
    const email = (id: string, topicArn: string, endpoint?: string) => endpoint !== undefined
      && new sns.CfnSubscription(this, id, { topicArn, protocol: 'email', endpoint });
    email('FindingsEmail', this.findingsArn, options.alertEmail);
    // alertEmail is not subscribed to an existing topic, which has subscribers of its own.
    email('OperationsEmail', this.operations.topicArn, options.operationsEmail ?? (options.operationsTopicArn === undefined ? options.alertEmail : undefined));

    // Encrypted with keys of SQS, so that they accept events while the stack's key is not usable.
    const queue = (id: string, last: string) => {
      const made = new sqs.Queue(this, id, {
        queueName: `${name}-${last}`,
        encryption: sqs.QueueEncryption.SQS_MANAGED,
        enforceSSL: true,
        retentionPeriod: cdk.Duration.days(14),
      });
      // another name replaces the queue, which may contain events
      (made.node.defaultChild as sqs.CfnQueue).cfnOptions.updateReplacePolicy = cdk.CfnDeletionPolicy.RETAIN;
      return made;
    };
    this.ruleDeadLetters = queue('RuleDeadLetters', 'rule-dead-letters');
    this.failedEvents = queue('FailedEvents', 'failed-events');
    this.scheduleDeadLetters = queue('ScheduleDeadLetters', 'schedule-dead-letters');
    if (options.securityHub === true) {
      this.securityHubDeadLetters = queue('SecurityHubDeadLetters', 'security-hub-dead-letters');
    }
    const rule = (resourceName: string) => stack.formatArn({ service: 'events', resource: 'rule', resourceName });
    this.ruleDeadLetters.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'Rules',
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [this.ruleDeadLetters.queueArn],
      conditions: { ArnLike: { 'aws:SourceArn': [rule(`${name}-*`), rule(`${name}/${name}-*`)] } },
    }));
  }

  /** Allows to publish findings with the stack's key, or with that of an existing topic. */
  useOfKey(): iam.PolicyStatement {
    const { region, urlSuffix } = cdk.Stack.of(this);
    return new iam.PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [this.key.keyArn, ...(this.topicKeyArn === undefined ? [] : [this.topicKeyArn])],
      conditions: { StringEquals: { 'kms:ViaService': `sns.${region}.${urlSuffix}` } },
    });
  }
}
