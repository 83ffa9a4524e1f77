import { Node } from 'constructs';

/** The options of the stack: the same as the parameters of infra/sam/template.yaml. */
export interface Options {
  /** The prefix of all names in the stack; `sealwatch` by default. */
  readonly name?: string;
  /** An email address that gets every finding. */
  readonly alertEmail?: string;
  /** An email address that gets alarms about Sealwatch itself; alertEmail by default, unless operationsTopicArn is given. */
  readonly operationsEmail?: string;
  /** An existing SNS topic for findings. */
  readonly topicArn?: string;
  /** The KMS key that encrypts the topic of topicArn, if it has one. */
  readonly topicKeyArn?: string;
  /** An existing SNS topic without a KMS key for alarms about Sealwatch itself. */
  readonly operationsTopicArn?: string;
  /** Settings as TOML. */
  readonly settings?: string;
  /** The name of a Parameter Store parameter that contains the settings; it starts with a slash. */
  readonly settingsParameter?: string;
  /** `s3://BUCKET/KEY`, an object that contains the settings. */
  readonly settingsObject?: string;
  /** Account ids separated by commas; `organization` stands for the accounts of yours. */
  readonly trustedAccounts?: string;
  /** Organization ids separated by commas. */
  readonly trustedOrganizations?: string;
  /** The role that lists the accounts of the organization; by default, the functions do. */
  readonly organizationRoleArn?: string;
  /** The settle time, for example 5m; that of the settings by default. */
  readonly settleTime?: string;
  /** Makes the stack the hub of this organization. */
  readonly organizationId?: string;
  /** In a hub, the name of the read-only role in each member account; `sealwatch-lookup` by default. */
  readonly lookupRoleName?: string;
  /** `arm64` (the default) or `x86_64`. */
  readonly architecture?: string;
  /** How many events each function may evaluate at once; nothing is reserved by default. */
  readonly reservedConcurrency?: number;
  /** When to scan what exists already; `rate(24 hours)` by default, which also scans at the deployment. Empty for never. */
  readonly scanSchedule?: string;
  /** Whether to create a table in which the functions remember what they reported; true by default. */
  readonly ledger?: boolean;
  /** Whether to import the findings of the ledger into AWS Security Hub; false by default. */
  readonly securityHub?: boolean;
  /** The path of all roles of the stack; `/` by default. */
  readonly rolePath?: string;
  /** The permissions boundary of all roles of the stack. */
  readonly permissionsBoundaryArn?: string;
  /** Subnets of a VPC to run the functions in, separated by commas. */
  readonly subnetIds?: string;
  /** The security groups of the functions in the VPC, separated by commas. */
  readonly securityGroupIds?: string;
  /** Whether the functions call the FIPS endpoints of AWS; false by default. */
  readonly useFipsEndpoint?: boolean;
  /** How many days logs are kept; 30 by default. */
  readonly logRetentionDays?: number;
  /** Whether to create a CloudWatch dashboard; true by default. */
  readonly dashboard?: boolean;
  /** A folder with built functions, `<folder>/sealwatch-<name>.zip` of a release or `<folder>/sealwatch-<name>/bootstrap`; by default, CDK builds them. */
  readonly bootstraps?: string;
}

const patterns: Partial<Record<keyof Options, RegExp>> = {
  name: /^[a-z][a-z0-9-]{0,39}$/,
  topicArn: /^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$/,
  topicKeyArn: /^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/,
  operationsTopicArn: /^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$/,
  settingsParameter: /^\/[A-Za-z0-9_./-]+$/,
  settingsObject: /^s3:\/\/[a-z0-9.-]{3,63}\/[A-Za-z0-9_./+=@-]+$/,
  trustedAccounts: /^([0-9]{12}|organization)(,([0-9]{12}|organization))*$/,
  trustedOrganizations: /^o-[a-z0-9]{10,32}(,o-[a-z0-9]{10,32})*$/,
  organizationRoleArn: /^arn:[a-z-]+:iam::[0-9]{12}:role\/[A-Za-z0-9+=,.@_/-]+$/,
  settleTime: /^(0|[1-9][0-9]*[smh])$/,
  organizationId: /^o-[a-z0-9]{10,32}$/,
  lookupRoleName: /^[A-Za-z0-9+=,.@_/-]+$/,
  scanSchedule: /^$|^(rate|cron)\([^()]+\)$/,
  rolePath: /^\/([A-Za-z0-9+=,.@_-]+\/)*$/,
  permissionsBoundaryArn: /^arn:[a-z-]+:iam::([0-9]{12}|aws):policy\/[A-Za-z0-9+=,.@_/-]+$/,
  subnetIds: /^subnet-[0-9a-f]+(,subnet-[0-9a-f]+)*$/,
  securityGroupIds: /^sg-[0-9a-f]+(,sg-[0-9a-f]+)*$/,
  architecture: /^(arm64|x86_64)$/,
};

/** Rejects values that do not match the pattern of their option. */
export function rejectUnlike<T extends object>(patterns: Partial<Record<keyof T, RegExp>>, options: T): void {
  for (const [name, pattern] of Object.entries(patterns) as [keyof T & string, RegExp][]) {
    const value = options[name];
    if (value !== undefined && !pattern.test(String(value))) {
      throw new Error(`${name} is '${value}', which does not match ${pattern}`);
    }
  }
}

/** Rejects values that AWS would reject later, or would accept although they have no effect. */
export function check(options: Options): Options {
  rejectUnlike(patterns, options);
  if ((options.subnetIds === undefined) !== (options.securityGroupIds === undefined)) {
    throw new Error('subnetIds and securityGroupIds are given together, or neither of them');
  }
  if (options.securityHub === true && options.ledger === false) {
    throw new Error('securityHub needs ledger, because the findings are imported from the ledger');
  }
  return options;
}

/** A context value; undefined if it is not given or empty. */
export function textOf(node: Node, name: string): string | undefined {
  const value = node.tryGetContext(name);
  return value === undefined || value === '' ? undefined : String(value);
}

/** A context value that is a number. */
export function numberOf(node: Node, name: string): number | undefined {
  const value = textOf(node, name);
  if (value !== undefined && !/^[0-9]+$/.test(value)) {
    throw new Error(`${name} is '${value}', which is not a number`);
  }
  return value === undefined ? undefined : Number(value);
}

/** The options given as context values. */
export function options(node: Node): Options {
  const text = (name: string) => textOf(node, name);
  const number = (name: string) => numberOf(node, name);
  const flag = (name: string, byDefault: string, [yes, no] = ['yes', 'no']): boolean => {
    const value = text(name) ?? byDefault;
    if (value !== yes && value !== no) {
      throw new Error(`${name} is '${value}', which is neither ${yes} nor ${no}`);
    }
    return value === yes;
  };
  return {
    name: text('name'),
    alertEmail: text('alertEmail'),
    operationsEmail: text('operationsEmail'),
    topicArn: text('topicArn'),
    topicKeyArn: text('topicKeyArn'),
    operationsTopicArn: text('operationsTopicArn'),
    settings: text('settings'),
    settingsParameter: text('settingsParameter'),
    settingsObject: text('settingsObject'),
    trustedAccounts: text('trustedAccounts'),
    trustedOrganizations: text('trustedOrganizations'),
    organizationRoleArn: text('organizationRoleArn'),
    settleTime: text('settleTime'),
    organizationId: text('organizationId'),
    lookupRoleName: text('lookupRoleName'),
    architecture: text('architecture'),
    reservedConcurrency: number('reservedConcurrency'),
    logRetentionDays: number('logRetentionDays'),
    scanSchedule: node.tryGetContext('scanSchedule'), // an empty one has a meaning
    ledger: flag('ledger', 'true', ['true', 'false']),
    securityHub: flag('securityHub', 'false', ['true', 'false']),
    rolePath: text('rolePath'),
    permissionsBoundaryArn: text('permissionsBoundaryArn'),
    subnetIds: text('subnetIds'),
    securityGroupIds: text('securityGroupIds'),
    useFipsEndpoint: flag('useFipsEndpoint', 'no'),
    dashboard: flag('dashboard', 'yes'),
    bootstraps: text('bootstraps'),
  };
}
