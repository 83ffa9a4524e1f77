import * as cdk from 'aws-cdk-lib';
import { aws_iam as iam, aws_scheduler as scheduler } from 'aws-cdk-lib';
import { SCAN } from './detectors';
import { Common, SealwatchFunction, toEvaluate } from './function';

/** The name of the function, without the prefix of the stack. */
export const SCAN_NAME = 'scan';

interface Props extends Common {
  readonly group: scheduler.CfnScheduleGroup;
  readonly scheduleRole: iam.Role;
  readonly schedule: string;
}

/**
 * The scan: once when the stack is created, and from then on daily, a function evaluates what exists already. A scan that
 * takes longer than an invocation goes on in the next one, which the function itself schedules.
 */
export class Scan extends SealwatchFunction {
  constructor(stack: cdk.Stack, { group, scheduleRole, schedule, ...common }: Props) {
    const { options, messages, ledger } = common;
    const isHub = options.organizationId !== undefined;
    super(stack, {
      name: SCAN_NAME,
      ...common,
      environment: { SEALWATCH_OPERATIONS_TOPIC_ARN: messages.operations.topicArn },
      statements: [
        ...toEvaluate(stack, SCAN, common),
        new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [messages.operations.topicArn] }),
        // what invocations left behind that crashed
        ...(ledger === undefined
          ? []
          : [new iam.PolicyStatement({ actions: ['dynamodb:Scan'], resources: [`${ledger.table.attrArn}/index/pending`] })]),
        // the schedules of silent members are the list of members
        ...(isHub ? [new iam.PolicyStatement({ actions: ['scheduler:ListSchedules'], resources: ['*'] })] : []),
      ],
      memorySize: 512,
      timeout: cdk.Duration.minutes(15),
      // one scan at a time is enough
      reservedConcurrency: options.reservedConcurrency === undefined ? undefined : 1,
    });
    // Without a start date, a rate begins at once: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
    const daily = new scheduler.CfnSchedule(this, 'Schedule', {
      name: `${messages.name}-scan`,
      groupName: group.ref,
      description: 'Evaluates the resources that exist already',
      scheduleExpression: schedule,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: this.handler.functionArn,
        roleArn: scheduleRole.roleArn,
        input: '{"scan":"<aws.scheduler.scheduled-time>"}',
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
        deadLetterConfig: { arn: messages.scheduleDeadLetters.queueArn },
      },
    });
    daily.node.addDependency(scheduleRole); // the first one should be delivered
  }
}
