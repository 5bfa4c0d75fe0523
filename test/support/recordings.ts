import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Instrument, Observation } from '../../daemon/protocol/domain/observation.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';

/** The recorded rollouts of test/fixtures/recorded: one that goes well, one with an incident, one whose failures hide behind fallbacks. */
export type Recording = 'healthy' | 'incident' | 'masked';

const folder = new URL('../fixtures/recorded/', import.meta.url);

export interface AnswerKey {
  readonly records: number;
  readonly events: readonly { readonly at: string; readonly percent: number }[];
  readonly by_execution_type: Readonly<Record<string, number>>;
  readonly first: string;
  readonly last: string;
  readonly treatment: { readonly n: number; readonly good: number };
  readonly control: { readonly n: number; readonly good: number };
  readonly stages: readonly {
    readonly stage: number;
    readonly percent: number;
    readonly treatment_n: number;
    readonly treatment_good: number;
    readonly control_n: number;
    readonly control_good: number;
    readonly treatment_p50_ms: number;
    readonly treatment_p95_ms: number;
  }[];
  readonly literal_rollback_trigger: {
    readonly first_fires: { readonly at: string; readonly n: number; readonly good: number } | null;
    readonly episodes: number;
  };
  readonly sequential_rollback_trigger: { readonly alarms: readonly string[]; readonly count: number };
}

export function answerKey(recording: Recording): AnswerKey {
  return JSON.parse(readFileSync(new URL(`${recording}/answer-key.json`, folder), 'utf8'));
}

/** The recording as observations of the plan's first source. */
export function* recordedObservations(recording: Recording, instrument: Instrument): Generator<Observation> {
  const content = gunzipSync(readFileSync(new URL(`${recording}/metrics.jsonl.gz`, folder)));
  let line = 0;
  for (let offset = 0; offset < content.length; ) {
    const end = content.indexOf(0x0a, offset);
    const stop = end < 0 ? content.length : end;
    line += 1;
    const record = JSON.parse(content.toString('utf8', offset, stop));
    const reading = instrument.readRecord(0, record, wallTime(Number.POSITIVE_INFINITY));
    if (reading.kind === 'rejected') throw new Error(`line ${line} was rejected: ${reading.reason}`);
    if (reading.kind !== 'ignored' && reading.kind !== 'several')
      yield { reading, place: { file: 'metrics.jsonl', line, offset } };
    offset = stop + 1;
  }
}
