import { formatOf } from '../ingest/formats/kinds.ts';
import { compileRecordParts } from '../measure/recordParts.ts';
import type { Instrument, JoinHalf, Reading } from '../protocol/domain/observation.ts';
import type { Arm, LoadedPlan } from '../protocol/domain/plan.ts';
import { type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';
import { recordsAbout } from '../sources/kinds.ts';
import { holdsSecrets } from './knownSecrets.ts';
import { stretches } from './workInStretches.ts';

type OutcomeReading = Extract<Reading, { kind: 'outcome' }>;
type DataRecord = Readonly<Record<string, unknown>>;

/** The other half of an outcome: the record that says its arm. */
interface ReadExposure {
  readonly at: EventTime;
  readonly until: number;
  readonly arm: Arm | null;
  readonly record: DataRecord;
}

/** The records that say the arm of an outcome (`join` of a source), read again; none for a plan without a join. */
export type JoinedArms = ReadonlyMap<string, readonly ReadExposure[]>;

interface Asked {
  readonly root: string;
  readonly from: EventTime;
  readonly to: EventTime;
  readonly now: WallTime;
  /** Bytes of one source. */
  readonly limit: number;
}

/** Reads the exposures of a time, and of as long before it as an exposure tells the arm. */
export async function joinedArms(
  loaded: LoadedPlan,
  instrument: Instrument,
  { root, from, to, now, limit }: Asked,
): Promise<JoinedArms> {
  const { plan } = loaded;
  const arms = new Map<string, ReadExposure[]>();
  const pause = stretches();
  for (const [index, source] of plan.sources.entries()) {
    const { join } = source;
    if (join?.exposures === undefined || formatOf(source).isDocument === true) continue;
    const { excerpts } = await recordsAbout(root, source, {
      from: eventTime(from - (join.within ?? 0)),
      to,
      limit,
      timezone: plan.timezone,
      refused: (path) => holdsSecrets(path, loaded),
    });
    const parts = compileRecordParts(source);
    for (const { text } of excerpts) {
      const [header = '', ...rest] = text.split('\n');
      const format = formatOf(source);
      const reader = format.lines(format.hasHeader ? header : '');
      for (const line of format.hasHeader ? rest : [header, ...rest]) {
        await pause();
        const record = line === '' ? null : reader.record(line);
        if (record === null) continue;
        const reading = instrument.readRecord(index, record, now);
        const held = parts === null ? [record] : parts(record).map((part) => part.record);
        for (const [position, each] of (reading.kind === 'several' ? reading.readings : [reading]).entries()) {
          if (each.kind !== 'outcome' || each.half === undefined || each.half.within === null) continue;
          const { key, within } = each.half;
          const exposure = { at: each.at, until: each.at + within, arm: each.arm, record: held[position] ?? record };
          const known = arms.get(key);
          if (known === undefined) arms.set(key, [exposure]);
          else known.push(exposure);
        }
      }
    }
  }
  return arms;
}

/** The newest exposure of the key before an outcome, while it tells the arm. */
function exposureOf(arms: JoinedArms, half: JoinHalf, at: EventTime): ReadExposure | null {
  const known = (arms.get(half.key) ?? []).filter((exposure) => exposure.at <= at && at <= exposure.until);
  return known.reduce<ReadExposure | null>((best, each) => (best === null || each.at >= best.at ? each : best), null);
}

/** A record as it is explained: an outcome with the record that says its arm. `null`: nothing says it. */
export function joinedCase(
  arms: JoinedArms,
  reading: OutcomeReading,
  record: DataRecord,
): { readonly arm: Arm | null; readonly record: DataRecord } | null {
  const { half } = reading;
  if (half === undefined) return { arm: reading.arm, record };
  if (half.within !== null) return null;
  const exposure = exposureOf(arms, half, reading.at);
  return exposure === null ? null : { arm: exposure.arm, record: { ...record, exposure: exposure.record } };
}
