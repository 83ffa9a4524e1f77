import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as cdk from 'aws-cdk-lib';
import { aws_cloudwatch as cloudwatch, aws_events as events, aws_iam as iam, aws_sqs as sqs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { ROOT } from './detectors';
import { alarm } from './function';
import { Messages } from './messages';

/** The watch over the watch: alarms on the queues, and rules on calls that would silence the stack. */
export class Watch extends Construct {
  constructor(stack: cdk.Stack, messages: Messages) {
    super(stack, 'Watch');
    const { name } = messages;
    const waiting = (id: string, last: string, queue: sqs.Queue, alarmDescription: string) => alarm(this, id, messages, {
      alarmName: `${name}-${last}`,
      alarmDescription,
      metric: queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: cdk.Duration.minutes(5) }),
    });
    waiting('RuleDeadLetters', 'rule-dead-letters', messages.ruleDeadLetters, 'EventBridge could not deliver events to a function. See docs/operations.md, "Rule dead letters".');
    waiting('FailedEvents', 'failed-events', messages.failedEvents, 'A function failed three times on events. See docs/operations.md, "Failed events".');
    waiting('ScheduleDeadLetters', 'schedule-dead-letters', messages.scheduleDeadLetters, 'A second look could not be delivered. See docs/operations.md, "Schedule dead letters".');

    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('events.amazonaws.com', { conditions: { StringEquals: { 'aws:SourceAccount': stack.account } } }),
      inlinePolicies: {
        own: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [messages.operations.topicArn] }),
            messages.useOfKey('sns'),
          ],
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
          time: '$.detail.eventTime',
          name: `${request}.name`,
          rule: `${request}.rule`,
          function: `${request}.functionName`,
          topic: `${request}.topicArn`,
          subscription: `${request}.subscriptionArn`,
        },
        inputTemplate: `"Somebody may have silenced Sealwatch (${name}, <account> <region>): <call> <error> of `
          + '<name><rule><function><topic><subscription> by <who> at <time>. What to do: docs/operations.md, Silenced."',
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
    watch('Rules', 'watch-rules', 'Somebody disables, deletes or empties a rule of this stack', 'events', {
      $or: [
        { eventName: ['DisableRule', 'DeleteRule'], requestParameters: { name: [ours] } },
        { eventName: ['RemoveTargets'], requestParameters: { rule: [ours] } },
        { eventName: ['PutRule'], requestParameters: { name: [ours], state: ['DISABLED'] } },
      ],
    });
    watch('Functions', 'watch-functions', 'Somebody deletes or reconfigures a function of this stack', 'lambda', {
      // Lambda's event names end in the version of its API: DeleteFunction20150331
      eventName: [{ prefix: 'DeleteFunction' }, { prefix: 'UpdateFunctionConfiguration' }, { prefix: 'PutFunctionConcurrency' }],
      requestParameters: { functionName: [ours, { wildcard: `*function:${name}-*` }] },
    });
    watch('Topics', 'watch-topics', 'Somebody deletes a topic of this stack or ends a subscription', 'sns', {
      $or: [
        { eventName: ['DeleteTopic'], requestParameters: { topicArn: [messages.findingsArn, messages.operations.topicArn] } },
        {
          eventName: ['Unsubscribe'],
          requestParameters: { subscriptionArn: [{ prefix: `${messages.findingsArn}:` }, { prefix: `${messages.operations.topicArn}:` }] },
        },
      ],
    });
    watch('Trails', 'watch-trails', 'Somebody stops or deletes a trail, without which no event arrives', 'cloudtrail', {
      eventName: ['StopLogging', 'DeleteTrail'],
    });
  }
}

/** The dashboard, whose text is infra/dashboard.json. */
export class Overview extends Construct {
  constructor(stack: cdk.Stack, name: string) {
    super(stack, 'Overview');
    const dashboardBody = cdk.Fn.sub(readFileSync(join(ROOT, 'infra/dashboard.json'), 'utf8'), { Name: name });
    new cloudwatch.CfnDashboard(this, 'Dashboard', { dashboardName: `${name}-${stack.region}`, dashboardBody });
  }
}
