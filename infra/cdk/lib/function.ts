import { closeSync, existsSync, openSync, readFileSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import * as cdk from 'aws-cdk-lib';
import { aws_events as events, aws_iam as iam, aws_lambda as lambda, aws_logs as logs } from 'aws-cdk-lib';
import { RustFunction } from 'cargo-lambda-cdk';
import { Construct } from 'constructs';
import { Detector, pattern, Permission, ROOT, VERSION } from './detectors';
import { Ledger } from './ledger';
import { Messages } from './messages';
import { Options } from './options';
import { Hearing } from './signals';

/** What a function needs to create schedules that invoke it again. */
export interface Schedules {
  readonly environment: Record<string, string>;
  readonly statements: iam.PolicyStatement[];
}

/** What all functions have in common. */
export interface Common {
  readonly options: Options;
  readonly messages: Messages;
  readonly schedules: Schedules;
  /** Undefined if the stack has none. */
  readonly ledger?: Ledger;
}

interface Props extends Common {
  /** Its name without the prefix of the stack: that of its folder in `functions`. */
  readonly name: string;
  /** What it needs besides what all functions need. */
  readonly environment: Record<string, string>;
  readonly statements: iam.PolicyStatement[];
  readonly memorySize: number;
  readonly timeout: cdk.Duration;
  readonly reservedConcurrency?: number;
}

/** What a function needs that evaluates: its look-ups, where findings go, the ledger, its settings. */
export function toEvaluate(stack: cdk.Stack, permissions: Permission[], { options, messages, schedules, ledger }: Common): iam.PolicyStatement[] {
  // The resource patterns of detectors.json and scan.json, with this stack's partition, Region and account.
  const inThisStack = (resource: string) => resource
    .replace('{partition}', stack.partition)
    .replace('{region}', stack.region)
    .replace('{account}', stack.account);
  const listsAccounts = (action: string) => action === 'organizations:ListAccounts';
  const lookups = permissions.filter(({ action }) => !listsAccounts(action) || options.organizationRoleArn === undefined);
  const allowed = [
    // kms:DescribeKey on any key: callers also name keys of other accounts, and each key's own policy has to allow this as well;
    // IAM knows no resource for key stores, the accounts of an organization, and lists of a whole Region
    ...lookups.map(({ action, resource }) => new iam.PolicyStatement({ actions: [action], resources: [inThisStack(resource)] })),
    new iam.PolicyStatement({ actions: ['sns:Publish'], resources: [messages.findingsArn] }),
    messages.useOfKey(),
    ...schedules.statements,
    ...(ledger?.statements ?? []),
  ];
  if (options.settingsParameter !== undefined) {
    const resourceName = options.settingsParameter.slice(1);
    allowed.push(new iam.PolicyStatement({ actions: ['ssm:GetParameter'], resources: [stack.formatArn({ service: 'ssm', resource: 'parameter', resourceName })] }));
  }
  if (options.settingsObject !== undefined) {
    allowed.push(new iam.PolicyStatement({ actions: ['s3:GetObject'], resources: [`arn:${stack.partition}:s3:::${options.settingsObject.slice('s3://'.length)}`] }));
  }
  if (options.organizationRoleArn !== undefined && permissions.some(({ action }) => listsAccounts(action))) {
    allowed.push(new iam.PolicyStatement({ actions: ['sts:AssumeRole'], resources: [options.organizationRoleArn] }));
  }
  return permissions.length > 0 ? [...allowed, ...toAssumeLookupRole(stack, options)] : allowed;
}

/** In a hub: assume the look-up role of a member. */
export function toAssumeLookupRole(stack: cdk.Stack, options: Options): iam.PolicyStatement[] {
  return options.organizationId === undefined ? [] : [new iam.PolicyStatement({
    actions: ['sts:AssumeRole'],
    resources: [`arn:${stack.partition}:iam::*:role/${options.lookupRoleName ?? 'sealwatch-lookup'}`],
    conditions: { StringEquals: { 'aws:ResourceOrgID': options.organizationId } },
  })];
}

/** The beginning of a file. */
function beginning(path: string, length: number): Buffer {
  const read = Buffer.alloc(length);
  const file = openSync(path, 'r');
  readSync(file, read, 0, length, 0);
  closeSync(file);
  return read;
}

/** The first file in a zip that infra/release has made: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, 4.3.7. */
function inflated(zip: Buffer): Buffer {
  const start = 30 + zip.readUInt16LE(26) + zip.readUInt16LE(28);
  return inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(18)));
}

/**
 * A built function: its zip of a release, or else the folder with its `bootstrap`. Throws if the function was built for
 * another processor: it would deploy, and never start.
 */
function builtFor(architecture: string, folder: string): string {
  const zip = `${folder}.zip`;
  const isZip = existsSync(zip);
  const path = isZip ? zip : join(folder, 'bootstrap');
  const header = isZip ? inflated(readFileSync(zip)) : beginning(path, 20);
  // the ELF header: https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
  const machines: Record<number, string> = { 0x3e: 'x86_64', 0xb7: 'arm64' };
  const machine = header.toString('latin1', 0, 4) === '\x7fELF' ? machines[header.readUInt16LE(18)] : undefined;
  if (machine !== architecture) {
    throw new Error(`${path} is built for ${machine ?? 'no processor that Lambda has'}, but the option architecture is ${architecture}: `
      + `${isZip ? 'name the folder of the release for this processor' : `build it with \`cargo lambda build --release ${architecture === 'arm64' ? '--arm64' : '--x86-64'}\``}, or set the option`);
  }
  return isZip ? zip : folder;
}

/** The function of a folder in `functions`: as it was built, or built by CDK. */
export function codeOf(
  scope: Construct,
  id: string,
  name: string,
  { architecture = 'arm64', bootstraps }: Pick<Options, 'architecture' | 'bootstraps'>,
  given: lambda.FunctionOptions,
): lambda.Function {
  const props = { ...given, architecture: architecture === 'x86_64' ? lambda.Architecture.X86_64 : lambda.Architecture.ARM_64 };
  return bootstraps === undefined
    ? new RustFunction(scope, id, {
      ...props,
      runtime: 'provided.al2023',
      manifestPath: join(ROOT, 'functions', name, 'Cargo.toml'),
      binaryName: `sealwatch-${name}`,
    })
    : new lambda.Function(scope, id, {
      ...props,
      runtime: lambda.Runtime.PROVIDED_AL2023,
      handler: 'bootstrap',
      code: lambda.Code.fromAsset(builtFor(architecture, join(bootstraps, `sealwatch-${name}`))),
    });
}

/** A function, its role and its log group. */
export class SealwatchFunction extends Construct {
  readonly handler: lambda.Function;
  readonly role: iam.Role;

  constructor(stack: cdk.Stack, given: Props) {
    const { name, options, messages, schedules, ledger } = given;
    super(stack, name);
    const functionName = `${messages.name}-${name}`;
    const log = new logs.LogGroup(this, 'Logs', {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: options.logRetentionDays ?? 30,
      encryptionKey: undefined,
      removalPolicy: cdk.RemovalPolicy.DESTROY,
    });
    (log.node.defaultChild as logs.CfnLogGroup).kmsKeyId = messages.key.keyArn;

    const allowed = [
      new iam.PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [log.logGroupArn] }),
      new iam.PolicyStatement({ actions: ['sqs:SendMessage'], resources: [messages.failedEvents.queueArn] }),
      ...given.statements,
    ];
    if (options.subnetIds !== undefined) {
      // As in AWSLambdaVPCAccessExecutionRole: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
      allowed.push(new iam.PolicyStatement({
        actions: [
          'ec2:AssignPrivateIpAddresses',
          'ec2:CreateNetworkInterface',
          'ec2:DeleteNetworkInterface',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSubnets',
          'ec2:UnassignPrivateIpAddresses',
        ],
        resources: ['*'],
      }));
    }
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { own: new iam.PolicyDocument({ statements: allowed }) },
    });

    this.handler = codeOf(this, 'Function', name, options, {
      functionName,
      description: `Sealwatch ${VERSION}`, // `sealwatch doctor` reads the version
      role: this.role.withoutPolicyUpdates(), // `allowed` is complete: constructs must not add statements
      memorySize: given.memorySize,
      timeout: given.timeout,
      reservedConcurrentExecutions: given.reservedConcurrency,
      logGroup: log,
      loggingFormat: lambda.LoggingFormat.JSON,
      environment: {
        SEALWATCH_TOPIC_ARN: messages.findingsArn,
        SEALWATCH_SETTINGS: options.settingsObject ?? (options.settingsParameter === undefined ? options.settings ?? '' : `ssm:${options.settingsParameter}`),
        SEALWATCH_TRUSTED_ACCOUNTS: options.trustedAccounts ?? '',
        SEALWATCH_TRUSTED_ORGANIZATIONS: options.trustedOrganizations ?? '',
        SEALWATCH_ORGANIZATION_ROLE_ARN: options.organizationRoleArn ?? '',
        SEALWATCH_SETTLE: options.settleTime ?? '',
        SEALWATCH_LOOKUP_ROLE: options.organizationId === undefined ? '' : options.lookupRoleName ?? 'sealwatch-lookup',
        ...(options.useFipsEndpoint === true ? { AWS_USE_FIPS_ENDPOINT: 'true' } : {}),
        ...schedules.environment,
        ...ledger?.environment,
        ...given.environment,
      },
    });
    if (options.subnetIds !== undefined) {
      // A construct of the VPC would have to look it up in the account.
      (this.handler.node.defaultChild as lambda.CfnFunction).vpcConfig = {
        subnetIds: options.subnetIds.split(','),
        securityGroupIds: options.securityGroupIds?.split(','),
      };
    }
    new lambda.CfnEventInvokeConfig(this, 'Failures', {
      functionName: this.handler.functionName,
      qualifier: '$LATEST',
      maximumRetryAttempts: 2,
      maximumEventAgeInSeconds: 21600,
      destinationConfig: { onFailure: { destination: messages.failedEvents.queueArn } },
    });
  }
}

interface DetectorProps extends Common {
  readonly detector: Detector;
  /** The bus of a hub; undefined if the stack is not a hub. */
  readonly bus?: events.CfnEventBus;
  /** For the one function that also hears the canary and heartbeats. */
  readonly hearing?: Hearing;
}

/** One detector: its function, and the rules that invoke it. */
export class DetectorFunction extends SealwatchFunction {
  constructor(stack: cdk.Stack, { detector, bus, hearing, ...common }: DetectorProps) {
    const { options, messages } = common;
    super(stack, {
      name: detector.name,
      ...common,
      environment: { ...hearing?.environment },
      statements: [...toEvaluate(stack, detector.permissions, common), ...(hearing?.statements ?? [])],
      memorySize: 128,
      timeout: cdk.Duration.seconds(60),
      reservedConcurrency: options.reservedConcurrency,
    });
    const rule = (id: string, last: string, eventPattern: object) => {
      const made = new events.CfnRule(this, id, {
        name: `${messages.name}-${detector.name}${last}`,
        eventBusName: bus === undefined ? 'default' : bus.ref,
        eventPattern,
        targets: [{ id: 'function', arn: this.handler.functionArn, deadLetterConfig: { arn: messages.ruleDeadLetters.queueArn } }],
      });
      this.handler.addPermission(id, { principal: new iam.ServicePrincipal('events.amazonaws.com'), sourceArn: made.attrArn });
    };
    rule('Calls', '', pattern(detector, detector, ...(hearing === undefined ? [] : [hearing.pattern])));
    const { closingCalls } = detector;
    if (common.ledger !== undefined && closingCalls.events.length > 0) {
      rule('Closing', '-closing', pattern(detector, closingCalls));
    }
  }
}
