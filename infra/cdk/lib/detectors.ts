// The list of detectors, and what the scan calls, written by the test shared/rules/tests/infrastructure.rs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../../../..');

/** The version of the workspace. */
export const VERSION = /^version = "(.+)"$/m.exec(readFileSync(join(ROOT, 'Cargo.toml'), 'utf8'))![1];

/** What a look-up requires: a pattern of ARNs with placeholders for partition, Region and account. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
}

/** Calls that a function evaluates, as their events are on the bus. */
export interface Calls {
  /** The `detail-type` of the events that EventBridge makes of its records. */
  readonly detail_types: string[];
  /** The `detail-type` of what the service tells EventBridge itself, without CloudTrail. */
  readonly eventbridge_events: string[];
  readonly events: { readonly name: string; readonly settles: boolean }[];
}

/** One function: the calls that it monitors, and the permissions of its look-ups. */
export interface Detector extends Calls {
  readonly name: string;
  /** The `source` of its events on the bus. */
  readonly source: string;
  readonly event_source: string;
  /** What can only end a finding, for example DeleteStream: evaluated where there is a ledger. */
  readonly closingCalls: Calls;
  readonly permissions: Permission[];
}

export const DETECTORS: Detector[] = JSON.parse(readFileSync(join(ROOT, 'infra/detectors.json'), 'utf8'));

/** What the scan calls. */
export const SCAN: Permission[] = JSON.parse(readFileSync(join(ROOT, 'infra/scan.json'), 'utf8'));

/** Only calls that succeeded: one that failed changed nothing. CloudTrail writes errorCode only if a call failed. */
const SUCCEEDED = [{ exists: false }, ''];

/** The event pattern for calls of this detector; `others` match events of other kinds. */
export function pattern(detector: Detector, calls: Calls, ...others: object[]) {
  const recorded = {
    'detail-type': calls.detail_types,
    'detail': {
      errorCode: SUCCEEDED,
      eventSource: [detector.event_source],
      eventName: calls.events.map((call) => call.name),
    },
  };
  const own = calls.eventbridge_events;
  const all = [recorded, ...(own.length === 0 ? [] : [{ 'detail-type': own }]), ...others];
  return { source: [detector.source], ...(all.length === 1 ? recorded : { $or: all }) };
}
