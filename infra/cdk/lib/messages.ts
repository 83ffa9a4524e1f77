import * as cdk from 'aws-cdk-lib';
import { aws_iam as iam, aws_kms as kms, aws_sns as sns, aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { Options } from './options';

/** The topics and queues of a stack, and the key that encrypts them. */
export class Messages extends Construct {
  /** The prefix of all names in the stack. */
  readonly name: string;
  readonly key: kms.Key;
  /** Where findings go: the stack's own topic, or an existing one. */
  readonly findingsArn: string;
  readonly findingsName: string;
  /** Where messages about Sealwatch itself go. */
  readonly operations: sns.Topic;
  /** Events that EventBridge could not deliver. */
  readonly ruleDeadLetters: sqs.Queue;
  /** Events that a function failed on. */
  readonly failedEvents: sqs.Queue;
  /** Re-checks that could not be delivered. */
  readonly scheduleDeadLetters: sqs.Queue;
  private readonly topicKeyArn?: string;

  constructor(stack: cdk.Stack, options: Options) {
    super(stack, 'Messages');
    const name = options.name ?? 'sealwatch';
    this.name = name;
    const arn = (service: string, resource: string) => stack.formatArn({ service, resource, arnFormat: cdk.ArnFormat.NO_RESOURCE_NAME });
    this.topicKeyArn = options.topicKeyArn;

    // Services may use the key only for this stack's queue, topic and log groups: SQS, SNS and CloudWatch Logs set the
    // encryption context. It is not bound by aws:SourceAccount, because EventBridge does not pass that to KMS.
    const use = (sid: string, service: string, actions: string[], conditions: Record<string, unknown>) => new iam.PolicyStatement({
      sid,
      principals: [new iam.ServicePrincipal(service)],
      actions,
      resources: ['*'],
      conditions,
    });
    this.key = new kms.Key(this, 'Key', {
      description: `Encrypts the findings, queues and logs of ${name}`,
      enableKeyRotation: true,
      alias: name,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
      policy: new iam.PolicyDocument({
        statements: [
          new iam.PolicyStatement({ sid: 'Account', principals: [new iam.AccountRootPrincipal()], actions: ['kms:*'], resources: ['*'] }),
          use('RuleDeadLetters', 'events.amazonaws.com', ['kms:Decrypt', 'kms:GenerateDataKey'], {
            StringEquals: { 'kms:EncryptionContext:aws:sqs:arn': arn('sqs', `${name}-rule-dead-letters`) },
          }),
          use('Alarms', 'cloudwatch.amazonaws.com', ['kms:Decrypt', 'kms:GenerateDataKey'], {
            StringEquals: { 'kms:EncryptionContext:aws:sns:topicArn': arn('sns', `${name}-operations`) },
          }),
          use('Logs', `logs.${stack.region}.${stack.urlSuffix}`, ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'], {
            ArnLike: { 'kms:EncryptionContext:aws:logs:arn': arn('logs', `log-group:/aws/lambda/${name}-*`) },
          }),
        ],
      }),
    });

    const topic = (id: string, last: string, displayName: string) => new sns.Topic(this, id, {
      topicName: `${name}-${last}`,
      displayName,
      masterKey: this.key,
      enforceSSL: true,
    });
    const findings = options.topicArn === undefined
      ? topic('Findings', 'findings', 'Sealwatch')
      : sns.Topic.fromTopicArn(this, 'Findings', options.topicArn);
    this.findingsArn = findings.topicArn;
    this.findingsName = findings.topicName;
    this.operations = topic('Operations', 'operations', 'Sealwatch operations');
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
    email('OperationsEmail', this.operations.topicArn, options.operationsEmail ?? options.alertEmail);

    const queue = (id: string, last: string) => new sqs.Queue(this, id, {
      queueName: `${name}-${last}`,
      encryptionMasterKey: this.key,
      enforceSSL: true,
      retentionPeriod: cdk.Duration.days(14),
    });
    this.ruleDeadLetters = queue('RuleDeadLetters', 'rule-dead-letters');
    this.failedEvents = queue('FailedEvents', 'failed-events');
    this.scheduleDeadLetters = queue('ScheduleDeadLetters', 'schedule-dead-letters');
    const rule = (resourceName: string) => stack.formatArn({ service: 'events', resource: 'rule', resourceName });
    this.ruleDeadLetters.addToResourcePolicy(new iam.PolicyStatement({
      sid: 'Rules',
      principals: [new iam.ServicePrincipal('events.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [this.ruleDeadLetters.queueArn],
      conditions: { ArnLike: { 'aws:SourceArn': [rule(`${name}-*`), rule(`${name}/${name}-*`)] } },
    }));
  }

  /** Allows the use of the stack's key, and of the key of an existing topic, through these services. */
  useOfKey(...services: ('sns' | 'sqs')[]): iam.PolicyStatement {
    const { region, urlSuffix } = cdk.Stack.of(this);
    const through = services.map((service) => `${service}.${region}.${urlSuffix}`);
    const others = services.length > 1 && this.topicKeyArn !== undefined ? [this.topicKeyArn] : [];
    return new iam.PolicyStatement({
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: [this.key.keyArn, ...others],
      conditions: { StringEquals: { 'kms:ViaService': through.length === 1 ? through[0] : through } },
    });
  }
}
