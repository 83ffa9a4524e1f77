import * as cdk from 'aws-cdk-lib';
import { aws_cloudwatch as cloudwatch, aws_events as events, aws_iam as iam, aws_lambda as lambda, aws_scheduler as scheduler } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DetectorFunction } from './function';
import { Messages } from './messages';
import { Options } from './options';

/** The detector whose function hears the canary and the heartbeats. */
export const HEARS_SIGNALS = 'kms-key-lifecycle';

/** What that function needs besides what its detector needs. */
export interface Hearing {
  /** What its event pattern matches besides the calls of the detector. */
  readonly pattern: Record<string, unknown>;
  readonly environment: Record<string, string>;
  readonly statements: iam.PolicyStatement[];
}

export function hearing(stack: cdk.Stack, messages: Messages, options: Options, group: scheduler.CfnScheduleGroup): Hearing {
  const isHub = options.organizationId !== undefined;
  // with the canary: is somebody subscribed, and confirmed?
  const statements = [new iam.PolicyStatement({ actions: ['sns:ListSubscriptionsByTopic'], resources: [messages.findingsArn] })];
  if (isHub) {
    // with the heartbeat of a member: move its dead man's switch to a later time
    const resourceName = `${group.ref}/silent-*`;
    statements.push(new iam.PolicyStatement({
      actions: ['scheduler:UpdateSchedule'],
      resources: [stack.formatArn({ service: 'scheduler', resource: 'schedule', resourceName })],
    }));
  }
  return {
    pattern: {
      'detail-type': ['AWS API Call via CloudTrail'],
      'detail': {
        eventSource: ['kms.amazonaws.com'],
        eventName: ['UpdateKeyDescription'],
        errorCode: [{ exists: false }],
        requestParameters: { keyId: [messages.key.keyId, messages.key.keyArn], description: [{ prefix: 'sealwatch canary ' }] },
      },
    },
    environment: { SEALWATCH_OPERATIONS_TOPIC_ARN: isHub ? messages.operations.topicArn : '' },
    statements,
  };
}

/**
 * The canary: once a day, and once when the stack is created, a schedule changes the description of the stack's key. The call
 * has to come back through the trail, the bus and the rule of the function. In a hub it takes the way of the members' calls.
 * It has no dead-letter queue: an alarm is raised if it does not come back, for whatever reason.
 *
 * https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
 */
export class Canary extends Construct {
  constructor(stack: cdk.Stack, messages: Messages, group: scheduler.CfnScheduleGroup, hears: DetectorFunction) {
    super(stack, 'Canary');
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': stack.account, 'aws:SourceArn': group.attrArn } },
      }),
      inlinePolicies: {
        own: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({ actions: ['kms:UpdateKeyDescription'], resources: [messages.key.keyArn] })],
        }),
      },
    });
    const schedule = new scheduler.CfnSchedule(this, 'Schedule', {
      name: `${messages.name}-canary`,
      groupName: group.ref,
      description: 'Changes the description of the key of Sealwatch, so that the call comes back as an event',
      scheduleExpression: 'rate(24 hours)',
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: `arn:${stack.partition}:scheduler:::aws-sdk:kms:updateKeyDescription`,
        roleArn: role.roleArn,
        input: `{"KeyId":"${messages.key.keyArn}","Description":"sealwatch canary <aws.scheduler.scheduled-time>"}`,
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
      },
    });
    schedule.node.addDependency(hears); // the first one should be heard
    const metric = (metricName: string, statistic: string, period: cdk.Duration) =>
      new cloudwatch.Metric({ namespace: 'Sealwatch', metricName, dimensionsMap: { detector: HEARS_SIGNALS }, statistic, period });
    const alarmAction = { bind: () => ({ alarmActionArn: messages.operations.topicArn }) };
    // A day, and two hours: the schedule retries for an hour, and events are late. CloudWatch allows up to seven days for
    // periods of an hour.
    const heard = new cloudwatch.Alarm(this, 'Heard', {
      alarmName: `${messages.name}-canary`,
      alarmDescription: 'No canary has been heard for a day, so other calls are probably not heard either. See docs/runbooks.md, "Canary".',
      metric: metric('CanaryHeard', 'Sum', cdk.Duration.hours(1)),
      evaluationPeriods: 26,
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.BREACHING,
    });
    heard.addAlarmAction(alarmAction);
    // For a new stack, which has not heard a canary yet: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-warm-up.html
    (heard.node.defaultChild as cloudwatch.CfnAlarm).warmUpConfiguration = { warmUpPeriodDurationInMinutes: 120, onlyStartEvaluatingAfterWarmUpPeriodEnds: true };
    // SNS has no metric for subscriptions that nobody has confirmed. The function counts them when it hears the canary.
    new cloudwatch.Alarm(this, 'Unconfirmed', {
      alarmName: `${messages.name}-unconfirmed`,
      alarmDescription: 'A subscription of the topic for findings is not confirmed, or there is none. See docs/runbooks.md, "Unconfirmed subscriptions".',
      metric: metric('UnconfirmedSubscriptions', 'Maximum', cdk.Duration.minutes(5)),
      evaluationPeriods: 1,
      threshold: 1,
      comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
    }).addAlarmAction(alarmAction);
  }
}

/**
 * In a hub: the heartbeats of members, see infra/organization/member.yaml. The function moves the dead man's switch of the
 * member to a later time, the schedule silent-<account> in the group of this stack. Its target is the operations topic.
 */
export class Heartbeats extends Construct {
  constructor(stack: cdk.Stack, messages: Messages, bus: events.CfnEventBus, hears: DetectorFunction) {
    super(stack, 'Heartbeats');
    const rule = new events.CfnRule(this, 'Rule', {
      name: `${messages.name}-heartbeats`,
      description: 'A member is still heard',
      eventBusName: bus.ref,
      eventPattern: {
        'source': ['aws.events'],
        'detail-type': ['AWS API Call via CloudTrail'],
        'detail': {
          eventSource: ['events.amazonaws.com'],
          eventName: ['TagResource'],
          errorCode: [{ exists: false }],
          requestParameters: { tags: { key: ['sealwatch-heartbeat'] } },
        },
      },
      targets: [{ id: 'function', arn: hears.handler.functionArn, deadLetterConfig: { arn: messages.ruleDeadLetters.queueArn } }],
    });
    new lambda.CfnPermission(this, 'Permission', {
      action: 'lambda:InvokeFunction',
      functionName: hears.handler.functionName,
      principal: 'events.amazonaws.com',
      sourceArn: rule.attrArn,
    });
  }
}
