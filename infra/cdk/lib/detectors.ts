// The table of detectors, written by the test shared/rules/tests/infrastructure.rs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../../../..');

/** One function: the calls it hears of, and what it may ask. */
export interface Detector {
  readonly name: string;
  /** `source` of the events on the bus. */
  readonly source: string;
  readonly event_source: string;
  readonly events: { readonly name: string; readonly settles: boolean }[];
  readonly permissions: { readonly action: string; readonly resource: string }[];
}

export const DETECTORS: Detector[] = JSON.parse(readFileSync(join(ROOT, 'infra/detectors.json'), 'utf8'));

/** True where a call only starts a configuration, so that the function looks again later. */
export const settles = (detector: Detector) => detector.events.some((call) => call.settles);
