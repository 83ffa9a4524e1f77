import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as cdk from 'aws-cdk-lib';
import { aws_cloudwatch as cloudwatch, aws_events as events, aws_iam as iam, aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DETECTORS, ROOT } from './detectors';
import { Messages } from './messages';
import { SCAN_NAME } from './scan';
import { SECURITY_HUB_NAME } from './security-hub';

/** Alarms on what is lost or waits, and rules that match calls that would silence the stack. */
export class Watch extends Construct {
  /** `hearsRoleArn` is the role of the function that updates the schedules of silent members; `bus` that of a hub. */
  constructor(stack: cdk.Stack, messages: Messages, hearsRoleArn: string, bus?: events.CfnEventBus, settingsParameter?: string) {
    super(stack, 'Watch');
    const { name } = messages;
    // No alarm reports OK: it would do so when lost or expired events are no longer counted. Each metric of an alarm costs
    // 0.10 USD a month, also in metric math. So there is no alarm for each function: its failures reach failedEvents.
    const period = cdk.Duration.minutes(5);
    const alarm = (id: string, last: string, text: string, section: string, metric: cloudwatch.IMetric, threshold = 1) => {
      new cloudwatch.Alarm(this, id, {
        alarmName: `${name}-${last}`,
        alarmDescription: `${text}. See docs/runbooks.md, "${section}".`,
        metric,
        threshold,
        evaluationPeriods: 1,
        comparisonOperator: cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treatMissingData: cloudwatch.TreatMissingData.NOT_BREACHING,
      }).addAlarmAction({ bind: () => ({ alarmActionArn: messages.operations.topicArn }) });
    };
    // Two alarms for each queue: it contains a message, and a message has been waiting for a week and expires in another.
    const queueAlarms = (id: string, last: string, queue: sqs.Queue, text: string, section: string) => {
      alarm(id, last, text, section, queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period }));
      const waiting = `A message in ${last} has been waiting for a week and expires after another`;
      const age = queue.metricApproximateAgeOfOldestMessage({ statistic: 'Maximum', period });
      alarm(`${id}Age`, `${last}-age`, waiting, 'Waiting messages', age, cdk.Duration.days(7).toSeconds());
    };
    queueAlarms('RuleDeadLetters', 'rule-dead-letters', messages.ruleDeadLetters, 'EventBridge could not deliver an event to a function', 'Rule dead letters');
    queueAlarms('FailedEvents', 'failed-events', messages.failedEvents, 'A function failed three times on an event', 'Failed events');
    queueAlarms('ScheduleDeadLetters', 'schedule-dead-letters', messages.scheduleDeadLetters, 'A re-check could not be delivered', 'Schedule dead letters');
    if (messages.securityHubDeadLetters !== undefined) {
      // No alarm for its age: the stream keeps records for a day only.
      alarm('SecurityHubDeadLetters', 'security-hub-dead-letters', 'Findings could not be imported into Security Hub', 'Security Hub dead letters',
        messages.securityHubDeadLetters.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period }));
    }
    const sum = (namespace: string, metricName: string, dimensionsMap?: Record<string, string>) =>
      new cloudwatch.Metric({ namespace, metricName, dimensionsMap, statistic: 'Sum', period });
    // Over all functions of the account and Region: Lambda publishes the sum, and such a failure is rare.
    alarm('LostEvents', 'lost-events', 'A function failed on an event, and Lambda could not keep the event', 'Lost events',
      sum('AWS/Lambda', 'DestinationDeliveryFailures'));
    // CloudWatch has this metric for each rule only, and 20 alarms would cost 2.00 a month. The query adds up all rules of
    // the account and Region. EventBridge writes the metric only if it is not zero.
    alarm('LostRuleEvents', 'lost-rule-events', 'EventBridge could deliver an event neither to its target nor to a queue', 'Lost rule events',
      new cloudwatch.MathExpression({ expression: 'SELECT SUM(InvocationsFailedToBeSentToDlq) FROM "AWS/Events"', period }));
    // Lambda keeps a throttled event for six hours. Throttles of other functions alone are no news.
    alarm('DelayedEvents', 'delayed-events', 'Lambda throttles functions, and an event has been waiting for more than 15 minutes', 'Delayed events',
      new cloudwatch.MathExpression({
        expression: 'IF(throttles > 0 AND age > 900000, 1, 0)',
        usingMetrics: {
          throttles: sum('AWS/Lambda', 'Throttles'),
          age: new cloudwatch.Metric({ namespace: 'AWS/Lambda', metricName: 'AsyncEventAge', statistic: 'Maximum', period }),
        },
        period,
      }));
    alarm('LostReChecks', 'lost-re-checks', 'A re-check could be delivered neither to its function nor to its queue', 'Lost re-checks',
      sum('AWS/Scheduler', 'InvocationsFailedToBeSentToDeadLetterCount', { ScheduleGroup: name }));
    alarm('UndeliveredFindings', 'undelivered-findings', 'SNS could not deliver a finding to a subscriber', 'Undelivered findings',
      sum('AWS/SNS', 'NumberOfNotificationsFailed', { TopicName: messages.findingsName }));

    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': stack.account } } }),
      inlinePolicies: {
        own: new iam.PolicyDocument({
          statements: [new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [messages.operations.topicArn] })],
        }),
      },
    });
    const request = '$.detail.requestParameters';
    const target: events.CfnRule.TargetProperty = {
      id: 'operations',
      arn: messages.operations.topicArn,
      roleArn: role.roleArn,
      deadLetterConfig: { arn: messages.ruleDeadLetters.queueArn },
      inputTransformer: {
        inputPathsMap: {
          account: '$.account',
          region: '$.region',
          call: '$.detail.eventName',
          error: '$.detail.errorCode',
          who: '$.detail.userIdentity.arn',
          from: '$.detail.sourceIPAddress', // cloudformation.amazonaws.com if CloudFormation makes the call: a deployment
          time: '$.detail.eventTime',
          name: `${request}.name`,
          rule: `${request}.rule`,
          function: `${request}.functionName`,
          topic: `${request}.topicArn`,
          resource: `${request}.resourceArn`,
          alarm: `${request}.alarmName`,
          alarms: `${request}.alarmNames[0]`, // a list in a text would need quotes
          subscription: `${request}.subscriptionArn`,
          trail: `${request}.trailName`,
          queue: `${request}.queueUrl`,
          key: `${request}.keyId`,
          bus: `${request}.eventBusName`,
          role: `${request}.roleName`,
        },
        inputTemplate: `"Someone may have silenced Sealwatch (${name}, <account> <region>): <call> <error> of `
          + '<name><rule><function><topic><resource><alarm><alarms><subscription><trail><queue><key><bus><role> by <who> from <from> at <time>. What to do: docs/runbooks.md, Silenced."',
      },
    };
    const watch = (id: string, last: string, description: string, service: string, detail: Record<string, unknown>) => new events.CfnRule(this, id, {
      name: `${name}-${last}`,
      description,
      eventPattern: {
        'source': [`aws.${service}`],
        'detail-type': ['AWS API Call via CloudTrail'],
        'detail': { eventSource: [`${service}.amazonaws.com`], ...detail },
      },
      targets: [target],
    });
    const ours = { prefix: `${name}-` };
    watch('Rules', 'watch-rules', 'Someone disables, changes or deletes a rule of this stack or its targets', 'events', {
      $or: [
        { eventName: ['DeleteRule', 'DisableRule', 'PutRule'], requestParameters: { name: [ours] } },
        { eventName: ['PutTargets', 'RemoveTargets'], requestParameters: { rule: [ours] } },
        // the bus of a hub
        { eventName: ['DeleteEventBus', 'UpdateEventBus'], requestParameters: { name: [name] } },
        { eventName: ['PutPermission', 'RemovePermission'], requestParameters: { eventBusName: [name] } },
      ],
    });
    watch('Functions', 'watch-functions', 'Someone deletes, replaces or reconfigures a function of this stack, or forbids its rule to invoke it', 'lambda', {
      // Lambda's event names end with the version of its API: DeleteFunction20150331
      eventName: [
        { prefix: 'DeleteFunction' }, // also DeleteFunctionEventInvokeConfig
        { prefix: 'PutFunctionConcurrency' },
        { prefix: 'PutFunctionEventInvokeConfig' },
        { prefix: 'RemovePermission' },
        { prefix: 'UpdateFunctionCode' },
        { prefix: 'UpdateFunctionConfiguration' },
        { prefix: 'UpdateFunctionEventInvokeConfig' },
      ],
      requestParameters: { functionName: [ours, { wildcard: `*function:${name}-*` }] },
    });
    const topics = [messages.findingsArn, messages.operations.topicArn];
    watch('Topics', 'watch-topics', 'Someone deletes or changes a topic of this stack or one of its subscriptions', 'sns', {
      $or: [
        { eventName: ['DeleteTopic', 'RemovePermission', 'SetTopicAttributes'], requestParameters: { topicArn: topics } },
        { eventName: ['PutDataProtectionPolicy'], requestParameters: { resourceArn: topics } }, // can deny to publish
        {
          eventName: ['SetSubscriptionAttributes', 'Unsubscribe'],
          requestParameters: { subscriptionArn: [{ prefix: `${messages.findingsArn}:` }, { prefix: `${messages.operations.topicArn}:` }] },
        },
      ],
    });
    // CloudTrail calls CloudWatch monitoring.
    watch('Alarms', 'watch-alarms', 'Someone deletes, changes or mutes an alarm of this stack', 'monitoring', {
      $or: [
        { eventName: ['DeleteAlarms', 'DisableAlarmActions'], requestParameters: { alarmNames: [ours] } },
        { eventName: ['PutMetricAlarm'], requestParameters: { alarmName: [ours] } },
        { eventName: ['PutAlarmMuteRule'], requestParameters: { muteTargets: { alarmNames: [ours] } } },
      ],
    });
    // Settings can switch off rules. CloudTrail records changes of an S3 object only as data events, which this rule does not get.
    if (settingsParameter !== undefined) {
      watch('Settings', 'watch-settings', 'Someone changes or deletes the parameter with the settings', 'ssm', {
        $or: [
          { eventName: ['DeleteParameter', 'PutParameter'], requestParameters: { name: [settingsParameter] } },
          { eventName: ['DeleteParameters'], requestParameters: { names: [settingsParameter] } },
        ],
      });
    }
    watch('Queues', 'watch-queues', 'Someone deletes, empties or changes a queue of this stack', 'sqs', {
      eventName: ['DeleteQueue', 'PurgeQueue', 'RemovePermission', 'SetQueueAttributes'],
      requestParameters: { queueUrl: [{ wildcard: `*/${name}-*` }] },
    });
    watch('Schedules', 'watch-schedules', 'Someone deletes or changes the re-checks of this stack', 'scheduler', {
      $or: [
        { eventName: ['DeleteScheduleGroup'], requestParameters: { name: [name] } },
        { eventName: ['DeleteSchedule'], requestParameters: { groupName: [name] } },
        // kms-key-lifecycle itself updates the schedules of silent members. A user has no session issuer.
        {
          eventName: ['UpdateSchedule'],
          requestParameters: { groupName: [name] },
          userIdentity: { sessionContext: { sessionIssuer: { arn: [{ exists: false }, { 'anything-but': [hearsRoleArn] }] } } },
        },
      ],
    });
    // All calls of KMS that take a key out of use and name it. Not CreateGrant, which only allows, and not UpdateAlias and
    // DeleteAlias, because nothing here uses the alias. Keys are named by id or ARN: these calls accept no alias.
    const { key, topicKeyArn } = messages;
    watch('Key', 'watch-key', 'Someone disables, deletes or restricts the key of the findings and logs', 'kms', {
      eventName: ['DeleteImportedKeyMaterial', 'DisableKey', 'PutKeyPolicy', 'ScheduleKeyDeletion'],
      requestParameters: {
        keyId: [key.keyId, key.keyArn, ...(topicKeyArn === undefined ? [] : [topicKeyArn, topicKeyArn.split(':key/')[1]])],
      },
    });
    watch('Trails', 'watch-trails', 'Someone stops, deletes or changes a trail, without which no events arrive', 'cloudtrail', {
      eventName: ['DeleteTrail', 'PutEventSelectors', 'StopLogging', 'UpdateTrail'],
    });
    if (bus !== undefined) {
      // What a member forwards about its own parts. The rules above report those of the hub's own account.
      const calls = (service: string, ...eventName: string[]) => ({ eventSource: [`${service}.amazonaws.com`], eventName });
      new events.CfnRule(this, 'Members', {
        name: `${name}-watch-members`,
        description: 'Someone changes a trail, or a part of Sealwatch in a member, so that it may no longer be heard',
        eventBusName: bus.ref,
        eventPattern: {
          'source': ['aws.cloudtrail', 'aws.events', 'aws.iam', 'aws.scheduler', 'aws.sqs'],
          'detail-type': ['AWS API Call via CloudTrail'],
          'account': [{ 'anything-but': [stack.account] }],
          'detail': {
            $or: [
              calls('cloudtrail', 'DeleteTrail', 'PutEventSelectors', 'StopLogging', 'UpdateTrail'),
              calls('events', 'DeleteRule', 'DisableRule', 'PutRule', 'PutTargets', 'RemoveTargets'),
              calls('iam', 'AttachRolePolicy', 'DeleteRole', 'DeleteRolePolicy', 'DetachRolePolicy', 'PutRolePermissionsBoundary', 'PutRolePolicy',
                'UpdateAssumeRolePolicy'),
              calls('scheduler', 'DeleteSchedule', 'UpdateSchedule'),
              calls('sqs', 'DeleteQueue', 'PurgeQueue', 'RemovePermission', 'SetQueueAttributes'),
            ],
          },
        },
        targets: [target],
      });
    }
  }
}

interface Widget {
  readonly properties: { readonly title: string; readonly metrics: unknown[] };
}

/** The dashboard of infra/dashboard.json, with the errors of each function. */
export class Overview extends Construct {
  constructor(stack: cdk.Stack, name: string) {
    super(stack, 'Overview');
    const dashboard: { widgets: Widget[] } = JSON.parse(readFileSync(join(ROOT, 'infra/dashboard.json'), 'utf8'));
    for (const { properties } of dashboard.widgets.filter((widget) => widget.properties.title === 'Failures')) {
      const names = [...DETECTORS.map((detector) => detector.name), SCAN_NAME, SECURITY_HUB_NAME];
      properties.metrics.push(...names.map((last) => ['AWS/Lambda', 'Errors', 'FunctionName', `\${Name}-${last}`]));
    }
    const dashboardBody = cdk.Fn.sub(JSON.stringify(dashboard), { Name: name });
    new cloudwatch.CfnDashboard(this, 'Dashboard', { dashboardName: `${name}-${stack.region}`, dashboardBody });
  }
}
