import { Node } from 'constructs';

/** What can be chosen, as in the parameters of infra/sam/template.yaml. */
export interface Options {
  /** What all names in the stack begin with; sealwatch unless given. */
  readonly name?: string;
  /** An address that gets every finding. */
  readonly alertEmail?: string;
  /** An address that gets the alarms about Sealwatch itself; alertEmail unless given. */
  readonly operationsEmail?: string;
  /** An existing SNS topic for findings. */
  readonly topicArn?: string;
  /** The key that seals the topic of topicArn, where it has one. */
  readonly topicKeyArn?: string;
  /** Settings as TOML. */
  readonly settings?: string;
  /** A Parameter Store parameter that holds the settings; starts with a slash. */
  readonly settingsParameter?: string;
  /** Account ids with commas between them. */
  readonly trustedAccounts?: string;
  /** Organization ids with commas between them. */
  readonly trustedOrganizations?: string;
  /** How long a configuration may take to settle, like 5m. */
  readonly settleTime?: string;
  /** Makes the stack the hub of this organization. */
  readonly organizationId?: string;
  /** In a hub, the read-only role in each member account; sealwatch-lookup unless given. */
  readonly lookupRoleName?: string;
  /** arm64 (unless given) or x86_64. */
  readonly architecture?: string;
  /** How many events each function may judge at once; no limit unless given. */
  readonly reservedConcurrency?: number;
  /** How long logs are kept; 30 unless given. */
  readonly logRetentionDays?: number;
  /** Whether to make a CloudWatch dashboard; true unless given. */
  readonly dashboard?: boolean;
  /** A folder with built functions, `<folder>/sealwatch-<detector>/bootstrap`; they are built unless given. */
  readonly bootstraps?: string;
}

const patterns: Partial<Record<keyof Options, RegExp>> = {
  name: /^[a-z][a-z0-9-]{0,39}$/,
  topicArn: /^arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]+$/,
  topicKeyArn: /^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key\/[A-Za-z0-9-]+$/,
  settingsParameter: /^\/[A-Za-z0-9_./-]+$/,
  trustedAccounts: /^[0-9]{12}(,[0-9]{12})*$/,
  trustedOrganizations: /^o-[a-z0-9]{10,32}(,o-[a-z0-9]{10,32})*$/,
  settleTime: /^(0|[1-9][0-9]*[smh])$/,
  organizationId: /^o-[a-z0-9]{10,32}$/,
  lookupRoleName: /^[A-Za-z0-9+=,.@_/-]+$/,
  architecture: /^(arm64|x86_64)$/,
};

/** Refuses what AWS would refuse later, or would take and not understand. */
export function check(options: Options): Options {
  for (const [name, pattern] of Object.entries(patterns)) {
    const value = options[name as keyof Options];
    if (value !== undefined && !pattern.test(String(value))) {
      throw new Error(`${name} is '${value}', which does not match ${pattern}`);
    }
  }
  return options;
}

/** The options that stand in the context. */
export function options(node: Node): Options {
  const text = (name: string): string | undefined => {
    const value = node.tryGetContext(name);
    return value === undefined || value === '' ? undefined : String(value);
  };
  const number = (name: string): number | undefined => {
    const value = text(name);
    if (value !== undefined && !/^[0-9]+$/.test(value)) {
      throw new Error(`${name} is '${value}', which is no number`);
    }
    return value === undefined ? undefined : Number(value);
  };
  const dashboard = text('dashboard') ?? 'yes';
  if (!['yes', 'no'].includes(dashboard)) {
    throw new Error(`dashboard is '${dashboard}': say yes or no`);
  }
  return {
    name: text('name'),
    alertEmail: text('alertEmail'),
    operationsEmail: text('operationsEmail'),
    topicArn: text('topicArn'),
    topicKeyArn: text('topicKeyArn'),
    settings: text('settings'),
    settingsParameter: text('settingsParameter'),
    trustedAccounts: text('trustedAccounts'),
    trustedOrganizations: text('trustedOrganizations'),
    settleTime: text('settleTime'),
    organizationId: text('organizationId'),
    lookupRoleName: text('lookupRoleName'),
    architecture: text('architecture'),
    reservedConcurrency: number('reservedConcurrency'),
    logRetentionDays: number('logRetentionDays'),
    dashboard: dashboard === 'yes',
    bootstraps: text('bootstraps'),
  };
}
