// The same system as infra/sam/template.yaml. infra/tests fails if the two differ.
import * as cdk from 'aws-cdk-lib';
import { aws_iam as iam } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { DETECTORS, VERSION } from './detectors';
import { Common, DetectorFunction } from './function';
import { Ledger } from './ledger';
import { Messages } from './messages';
import { check, Options } from './options';
import { Scan, SCAN_NAME } from './scan';
import { SecurityHub } from './security-hub';
import { Canary, hearing, HEARS_SIGNALS, Heartbeats } from './signals';
import { Overview, Watch } from './watch';

export class SealwatchStack extends cdk.Stack {
  constructor(scope: Construct, id: string, given: Options, props?: cdk.StackProps) {
    super(scope, id, {
      description: 'Sealwatch evaluates API calls on streams, clusters, connectors, trails and keys, and reports data that is no longer encrypted.',
      ...props,
    });
    const options = check(given);
    const messages = new Messages(this, options);

    // In a hub, the members' events arrive here.
    const bus = options.organizationId === undefined ? undefined : new cdk.aws_events.CfnEventBus(this, 'Bus', {
      name: messages.name,
      policy: {
        Version: '2012-10-17',
        Statement: [{
          Sid: 'Members',
          Effect: 'Allow',
          Principal: '*',
          Action: 'events:PutEvents',
          Resource: this.formatArn({ service: 'events', resource: 'event-bus', resourceName: messages.name }),
          Condition: { StringEquals: { 'aws:PrincipalOrgID': options.organizationId } },
        }],
      },
    });

    const ledger = options.ledger ?? true ? new Ledger(this, messages) : undefined;

    // Re-checks, messages that gather findings, and the parts of a scan: a one-time schedule invokes the function again.
    const scanSchedule = options.scanSchedule ?? 'rate(24 hours)';
    const invoked = [...DETECTORS.map((detector) => detector.name), ...(scanSchedule === '' ? [] : [SCAN_NAME])];
    const group = new cdk.aws_scheduler.CfnScheduleGroup(this, 'ScheduleGroup', { name: messages.name });
    const role = new iam.Role(this, 'ScheduleRole', {
      assumedBy: new iam.ServicePrincipal('scheduler.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': this.account, 'aws:SourceArn': group.attrArn } },
      }),
      inlinePolicies: {
        own: new iam.PolicyDocument({
          statements: [
            new iam.PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              resources: invoked.map((last) => this.formatArn({
                service: 'lambda',
                resource: 'function',
                resourceName: `${messages.name}-${last}`,
                arnFormat: cdk.ArnFormat.COLON_RESOURCE_NAME,
              })),
            }),
            new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [messages.scheduleDeadLetters.queueArn] }),
            // in a hub, for members that are silent
            ...(bus === undefined ? [] : [new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [messages.operations.topicArn] })]),
          ],
        }),
      },
    });
    const schedules = {
      environment: {
        SEALWATCH_SCHEDULE_GROUP: group.ref,
        SEALWATCH_SCHEDULE_ROLE_ARN: role.roleArn,
        SEALWATCH_SCHEDULE_DEAD_LETTER_ARN: messages.scheduleDeadLetters.queueArn,
      },
      statements: [
        new iam.PolicyStatement({
          actions: ['scheduler:CreateSchedule'],
          resources: [this.formatArn({ service: 'scheduler', resource: 'schedule', resourceName: `${group.ref}/*` })],
        }),
        new iam.PolicyStatement({
          actions: ['iam:PassRole'],
          resources: [role.roleArn],
          conditions: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
        }),
      ],
    };

    const common: Common = { options, messages, schedules, ledger };
    for (const detector of DETECTORS.filter(({ name }) => name !== HEARS_SIGNALS)) {
      new DetectorFunction(this, { detector, ...common, bus });
    }
    const [detector] = DETECTORS.filter(({ name }) => name === HEARS_SIGNALS);
    const hears = new DetectorFunction(this, { detector, ...common, bus, hearing: hearing(this, messages, options, group) });
    if (scanSchedule !== '') {
      new Scan(this, { ...common, group, scheduleRole: role, schedule: scanSchedule });
    }
    if (ledger !== undefined && messages.securityHubDeadLetters !== undefined) {
      new SecurityHub(this, ledger, messages.securityHubDeadLetters, common);
    }
    new Canary(this, messages, group, hears);
    if (bus !== undefined) {
      new Heartbeats(this, messages, bus, hears);
    }
    new Watch(this, messages, hears.role.roleArn, bus, options.settingsParameter);
    cdk.Aspects.of(this).add({
      visit: (node) => {
        if (node instanceof iam.CfnRole) {
          node.path = options.rolePath ?? '/';
          node.permissionsBoundary = options.permissionsBoundaryArn;
        }
      },
    });
    if (options.dashboard ?? true) {
      new Overview(this, messages.name);
    }

    new cdk.CfnOutput(this, 'FindingsTopic', { value: messages.findingsArn, description: 'Subscribe to this topic to get findings' });
    new cdk.CfnOutput(this, 'OperationsTopic', { value: messages.operations.topicArn, description: 'Subscribe to this topic to get alarms about Sealwatch itself' });
    new cdk.CfnOutput(this, 'RuleDeadLettersUrl', { value: messages.ruleDeadLetters.queueUrl, description: 'Events that EventBridge could not deliver' });
    new cdk.CfnOutput(this, 'FailedEventsUrl', { value: messages.failedEvents.queueUrl, description: 'Events that a function failed on' });
    new cdk.CfnOutput(this, 'ScheduleDeadLettersUrl', { value: messages.scheduleDeadLetters.queueUrl, description: 'Re-checks that could not be delivered' });
    if (ledger !== undefined) {
      new cdk.CfnOutput(this, 'LedgerTableName', { value: ledger.table.ref, description: 'The table in which the functions remember what they reported' });
    }
    new cdk.CfnOutput(this, 'KeyArn', { value: messages.key.keyArn, description: 'The key that encrypts findings, the ledger and logs' });
    if (bus !== undefined) {
      new cdk.CfnOutput(this, 'BusArn', { value: bus.attrArn, description: 'Where member accounts forward their events' });
      const role = options.lookupRoleName ?? 'sealwatch-lookup';
      new cdk.CfnOutput(this, 'LookupRoleName', { value: role, description: 'The role that the functions assume in member accounts' });
    }
    new cdk.CfnOutput(this, 'Name', { value: messages.name, description: 'The prefix of all names in this stack' });
    new cdk.CfnOutput(this, 'Version', { value: VERSION, description: 'The version of Sealwatch that this template belongs to' });
  }
}
