import { join } from 'node:path';
import * as cdk from 'aws-cdk-lib';
import { aws_events as events, aws_iam as iam, aws_lambda as lambda, aws_logs as logs } from 'aws-cdk-lib';
import { RustFunction } from 'cargo-lambda-cdk';
import { Construct } from 'constructs';
import { Detector, pattern, ROOT, settles } from './detectors';
import { Messages } from './messages';
import { Options } from './options';

interface Props {
  readonly detector: Detector;
  readonly options: Options;
  readonly messages: Messages;
  /** What a function needs to schedule re-checks. */
  readonly schedules: { readonly environment: Record<string, string>; readonly statements: iam.PolicyStatement[] };
  /** The bus of a hub; undefined if the stack is not a hub. */
  readonly bus?: events.CfnEventBus;
}

/** One detector: its function, the rule that invokes it, its role and its log group. */
export class DetectorFunction extends Construct {
  constructor(stack: cdk.Stack, { detector, options, messages, schedules, bus }: Props) {
    super(stack, detector.name);
    const functionName = `${messages.name}-${detector.name}`;
    const log = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: options.logRetentionDays ?? 30,
      encryptionKey: undefined,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
    });
    (log.node.defaultChild as logs.CfnLogGroup).kmsKeyId = messages.key.keyArn;

    // The resource patterns of detectors.json, with this stack's partition, Region and account.
    const inThisStack = (resource: string) => resource
      .replace('{partition}', stack.partition)
      .replace('{region}', stack.region)
      .replace('{account}', stack.account);
    const makesLookups = detector.permissions.length > 0;
    const allowed = [
      new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [log.logGroupArn] }),
      // kms:DescribeKey on any key: callers also name keys of other accounts, and each key's own policy has to allow this as well;
      // IAM knows no resource for kms:DescribeCustomKeyStores
      ...detector.permissions.map(({ action, resource }) => new iam.PolicyStatement({ actions: [action], resources: [inThisStack(resource)] })),
      new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [messages.findingsArn] }),
      new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [messages.failedEvents.queueArn] }),
      messages.useOfKey('sns', 'sqs'),
    ];
    if (settles(detector)) {
      allowed.push(...schedules.statements);
    }
    if (options.settingsParameter !== undefined) {
      const resourceName = options.settingsParameter.slice(1);
      allowed.push(new iam.PolicyStatement({ actions: ['ssm:GetParameter'], resources: [stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName })] }));
    }
    if (options.organizationId !== undefined && makesLookups) {
      allowed.push(new iam.PolicyStatement({
        actions: ['sts:AssumeRole'],
        resources: [`arn:${stack.partition}:iam::*:role/${options.lookupRoleName ?? 'sealwatch-lookup'}`],
        conditions: { StringEquals: { 'aws:ResourceOrgID': options.organizationId } },
      }));
    }
    const role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { own: new iam.PolicyDocument({ statements: allowed }) },
    });

    const architecture = options.architecture === 'x86_64' ? lambda.Architecture.X86_64 : lambda.Architecture.ARM_64;
    const props = {
      functionName,
      role: role.withoutPolicyUpdates(), // `allowed` is complete: constructs must not add statements
      architecture,
      memorySize: 128,
      timeout: cdk.Duration.seconds(60),
      reservedConcurrentExecutions: options.reservedConcurrency,
      logGroup: log,
      loggingFormat: lambda.LoggingFormat.JSON,
      environment: {
        SEALWATCH_TOPIC_ARN: messages.findingsArn,
        SEALWATCH_SETTINGS: options.settingsParameter === undefined ? options.settings ?? '' : `ssm:${options.settingsParameter}`,
        SEALWATCH_TRUSTED_ACCOUNTS: options.trustedAccounts ?? '',
        SEALWATCH_TRUSTED_ORGANIZATIONS: options.trustedOrganizations ?? '',
        SEALWATCH_SETTLE: options.settleTime ?? '',
        SEALWATCH_LOOKUP_ROLE: options.organizationId === undefined ? '' : options.lookupRoleName ?? 'sealwatch-lookup',
        ...(settles(detector) ? schedules.environment : {}),
      },
    };
    const handler = options.bootstraps === undefined
      ? new RustFunction(this, 'Function', {
        ...props,
        runtime: 'provided.al2023',
        manifestPath: join(ROOT, 'functions', detector.name, 'Cargo.toml'),
        binaryName: `sealwatch-${detector.name}`,
      })
      : new lambda.Function(this, 'Function', {
        ...props,
        runtime: lambda.Runtime.PROVIDED_AL2023,
        handler: 'bootstrap',
        code: lambda.Code.fromAsset(join(options.bootstraps, `sealwatch-${detector.name}`)),
      });
    new lambda.CfnEventInvokeConfig(this, 'Failures', {
      functionName: handler.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: 21600,
      destinationConfig: { onFailure: { destination: messages.failedEvents.queueArn } },
    });

    const rule = new events.CfnRule(this, 'Calls', {
      name: functionName,
      eventBusName: bus === undefined ? 'default' : bus.ref,
      eventPattern: { source: [detector.source], ...pattern(detector) },
      targets: [{ id: 'function', arn: handler.functionArn, deadLetterConfig: { arn: messages.ruleDeadLetters.queueArn } }],
    });
    handler.addPermission('Calls', { principal: new iam.ServicePrincipal('events.amazonaws.com'), sourceArn: rule.attrArn });
  }
}
