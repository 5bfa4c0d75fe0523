import * as z from 'zod';
import type { Batch, Instrument, Observation, PositionRecord, Reading } from '../../protocol/domain/observation.ts';
import { placeSchema } from '../../protocol/domain/place.ts';
import type { Plan } from '../../protocol/domain/plan.ts';
import { nameOfSource } from '../../protocol/domain/sourceKinds.ts';
import { eventTime } from '../../protocol/domain/units.ts';
import { ExposureLog, sourceOfJoin } from './exposureLog.ts';
import { ExposureTable } from './exposureTable.ts';
import { Undo } from './undo.ts';

type Outcome = Extract<Reading, { kind: 'outcome' }>;
interface Half extends Observation {
  readonly reading: Outcome & { readonly half: NonNullable<Outcome['half']> };
}

/** The times and the outcomes that wait, beside the exposures. */
const generation = 'join';

/** Records come so much out of order, in milliseconds. */
const lateness = 60_000;

/** So many exposures are held; the oldest are forgotten first. */
export const mostExposures = 200_000;
const mostWaiting = 20_000;

const time = z
  .number()
  .nullable()
  .transform((at) => at ?? Number.NEGATIVE_INFINITY);
const waitingHalf = z.object({
  at: z.number(),
  key: z.string(),
  shares: z.number(),
  fields: z.array(z.number().nullable()),
  values: z.array(z.string().nullable()),
  more: z.literal(true).optional(),
  marksStart: z.literal(true).optional(),
  unit: z.number().optional(),
  stratum: z.number().optional(),
  place: placeSchema,
});
const head = z.object({
  /** What exposures depend on, and what outcomes do. */
  arms: z.string(),
  layout: z.string(),
  newest: z.object({ exposures: time, outcomes: time }),
  waiting: z.array(waitingHalf),
});

/** How many may be held; fewer in a test. */
interface JoinLimits {
  readonly exposures: number;
  readonly waiting: number;
}

/**
 * Joins records that say the arm with those that say how it went, by a key (`join` of a source), as a hash join over a
 * window of time does. An outcome takes the arm of the newest exposure before it; one that comes first waits. What it
 * holds is bounded, and stands beside the positions of the sources: it is committed with them, so that each outcome is
 * joined once whatever happens. `keep` or `takeBack` follows each `join`.
 */
export class ExposureJoin {
  readonly #plan: Plan;
  readonly #arms: string;
  readonly #layout: string;
  readonly #none: readonly number[];
  readonly #limits: JoinLimits;
  readonly #undo = new Undo();
  readonly #table: ExposureTable;
  readonly #log: ExposureLog;
  /** How long an outcome waits. */
  readonly #longest: number;
  readonly #isFailure: boolean;
  #waiting: readonly Half[] = [];
  /** Outcomes of this turn that no exposure has told yet. */
  #arrived: Half[] = [];
  /** The newest time of the sources of each half. */
  #newest = { exposures: Number.NEGATIVE_INFINITY, outcomes: Number.NEGATIVE_INFINITY };
  /** Outcomes that waited when the plan was edited, and that cannot be counted under the new one. */
  #useless = 0;
  #hasLost = false;

  /** `null` for a plan without a join. */
  static of(plan: Plan, instrument: Instrument, positions: readonly PositionRecord[] = []): ExposureJoin | null {
    const hasJoin = plan.sources.some(({ join }) => join !== undefined);
    return hasJoin ? new ExposureJoin(plan, instrument, positions) : null;
  }

  constructor(
    plan: Plan,
    instrument: Instrument,
    positions: readonly PositionRecord[],
    limits: JoinLimits = { exposures: mostExposures, waiting: mostWaiting },
  ) {
    this.#plan = plan;
    this.#limits = limits;
    this.#longest = Math.max(0, ...plan.sources.map(({ join }) => join?.within ?? 0));
    this.#isFailure = plan.sources.some(({ join }) => join?.without_outcome === 'failed');
    const { shares, fields, valueFields } = instrument;
    this.#none = fields.map(() => Number.NaN);
    this.#arms = JSON.stringify([plan.arms, valueFields, plan.sources.map(({ join, arm }) => [join, arm])]);
    this.#layout = JSON.stringify([shares, fields, valueFields, plan.measures]);
    this.#table = new ExposureTable(limits.exposures, this.#undo);
    this.#log = new ExposureLog(this.#undo);
    this.#restore(positions.filter(({ source }) => source === sourceOfJoin));
    this.#undo.keep();
  }

  /** The batches of one turn, in which joined outcomes stand for the halves. */
  join(batches: readonly Batch[]): readonly Batch[] {
    const passed = this.pass(batches);
    const index = this.#carrier(batches);
    const carrier = passed[index];
    if (carrier === undefined) return batches;
    const stored = this.#log.changes(this.#ended);
    const body = JSON.stringify({
      arms: this.#arms,
      layout: this.#layout,
      newest: this.#newest,
      waiting: this.#waiting.map(({ reading: { half, kind: _kind, arm: _arm, ...rest }, place }) => ({
        ...rest,
        key: half.key,
        place,
      })),
    });
    const positions = [...carrier.positions, ...stored.positions, { source: sourceOfJoin, generation, body }];
    const gone = stored.forgotten.map((of) => ({ source: sourceOfJoin, generation: of }));
    return passed.with(index, { ...carrier, positions, forgotten: [...carrier.forgotten, ...gone] });
  }

  /** The same without anything to store. */
  pass(batches: readonly Batch[]): readonly Batch[] {
    const index = this.#carrier(batches);
    if (index === -1) return batches;
    for (const { source, observations } of batches)
      for (const each of observations) if (isHalf(each)) this.#note(source, each);
    const joined = batches.map((batch) => ({
      ...batch,
      observations: [...batch.observations].flatMap((each) => (isHalf(each) ? this.#joined(each) : [each])),
    }));
    const carrier = joined[index];
    if (carrier === undefined) return batches;
    const { observations, unmatched } = this.#turn();
    const lost = this.#table.limit(this.#newest.exposures);
    const rejected = (carrier.rejected['no-exposure'] ?? 0) + unmatched;
    return joined.with(index, {
      ...carrier,
      observations: [...carrier.observations, ...observations],
      ...(rejected > 0 && { rejected: { ...carrier.rejected, 'no-exposure': rejected } }),
      ...(lost > 0 && !this.#hasLost && { gaps: [...carrier.gaps, this.#lostGap(carrier)] }),
    });
  }

  /** The batch that gets what is nobody's: one of outcomes, if there is any; -1 where no batch is of a join. */
  #carrier(batches: readonly Batch[]): number {
    const joinOf = ({ source }: Batch) => this.#plan.sources[source]?.join;
    const outcomes = batches.findIndex((batch) => {
      const join = joinOf(batch);
      return join !== undefined && join.exposures !== 'all';
    });
    return outcomes === -1 ? batches.findIndex((batch) => joinOf(batch) !== undefined) : outcomes;
  }

  keep(): void {
    this.#undo.keep();
    this.#table.tidy();
  }

  takeBack(): void {
    this.#undo.takeBack();
  }

  /** Outcomes that still wait: when nothing more comes, they have no exposure. */
  get waiting(): number {
    return this.#waiting.length;
  }

  #restore(positions: readonly PositionRecord[]): void {
    const stored = positions.find((position) => position.generation === generation);
    if (stored === undefined) return;
    const { arms, layout, newest, waiting } = head.parse(JSON.parse(stored.body));
    this.#newest = newest;
    if (arms === this.#arms)
      this.#log.restore(positions, {
        exposed: (exposure) => this.#table.add(exposure),
        answered: (key, at) => void this.#table.answer(key, at),
      });
    else this.#log.drop(positions);
    this.#table.expire(this.#ended);
    if (layout !== this.#layout) {
      this.#useless = waiting.length;
      return;
    }
    this.#waiting = waiting.map(({ key, place, at, fields, more, marksStart, unit, stratum, ...rest }) => ({
      reading: {
        kind: 'outcome',
        arm: null,
        at: eventTime(at),
        half: { key, within: null },
        fields: fields.map((value) => value ?? Number.NaN),
        ...(more && { more }),
        ...(marksStart && { marksStart }),
        ...(unit !== undefined && { unit }),
        ...(stratum !== undefined && { stratum }),
        ...rest,
      },
      place,
    }));
  }

  /** Times of both halves have passed this, late records too: nothing is told any more by what ends before it. */
  get #ended(): number {
    return Math.min(this.#newest.exposures, this.#newest.outcomes) - lateness;
  }

  #note(source: number, { reading, place }: Half): void {
    const { half, at, arm, values } = reading;
    const exposures = this.#plan.sources[source]?.join?.exposures;
    const newest = this.#newest;
    this.#newest = {
      exposures: exposures === undefined ? newest.exposures : Math.max(newest.exposures, at),
      outcomes: exposures === 'all' ? newest.outcomes : Math.max(newest.outcomes, at),
    };
    this.#undo.note(() => {
      this.#newest = newest;
    });
    if (half.within === null) return;
    const isAskedFor = this.#plan.sources[source]?.join?.without_outcome === 'failed';
    const until = at + half.within;
    const exposure = { key: half.key, at, until, arm, values, source, place: isAskedFor ? place : null };
    this.#table.add(exposure);
    this.#log.exposed(exposure);
  }

  /** The outcome with its arm; nothing of one that waits; of an exposure, only that its source lives. */
  #joined(half: Half): readonly Observation[] {
    const { reading, place } = half;
    if (reading.half.within !== null) {
      const { at } = reading;
      return [
        { reading: { kind: 'outcome', at, arm: null, shares: 0, fields: this.#none, values: [], more: true }, place },
      ];
    }
    const found = this.#answered(half);
    if (found !== null) return [found];
    this.#arrived.push(half);
    return [];
  }

  #answered({ reading, place }: Half): Observation | null {
    const { half, ...outcome } = reading;
    const exposure = this.#table.answer(half.key, reading.at);
    if (exposure === null) return null;
    if (this.#isFailure) this.#log.answered(half.key, reading.at, exposure.until);
    const values = outcome.values.map((value, index) => value ?? exposure.values[index] ?? null);
    return { reading: { ...outcome, arm: exposure.arm, values }, place };
  }

  /** What the turn has brought for those that wait, and what its time has ended. */
  #turn(): { readonly observations: readonly Observation[]; readonly unmatched: number } {
    const observations: Observation[] = [];
    const waiting: Half[] = [];
    const [before, useless] = [this.#waiting, this.#useless];
    let unmatched = useless;
    for (const half of [...before, ...this.#arrived]) {
      const found = this.#answered(half);
      if (found !== null) observations.push(found);
      else if (half.reading.at + this.#longest + lateness < this.#newest.exposures) unmatched += 1;
      else waiting.push(half);
    }
    this.#arrived = [];
    const over = Math.max(0, waiting.length - this.#limits.waiting);
    this.#waiting = waiting.slice(over);
    this.#useless = 0;
    this.#undo.note(() => {
      [this.#waiting, this.#useless] = [before, useless];
    });
    for (const { first, until } of this.#table.expire(this.#ended)) {
      const { arm, values, place } = first;
      if (place === null) continue;
      const at = eventTime(until);
      observations.push({ reading: { kind: 'outcome', at, arm, shares: 0, fields: this.#none, values }, place });
    }
    return { observations, unmatched: unmatched + over };
  }

  #lostGap({ source, arrived }: Batch): Batch['gaps'][number] {
    this.#hasLost = true;
    const reason = `more than ${this.#limits.exposures} exposures wait for their outcomes: the oldest were dropped, so shorten \`join.within\``;
    return { source, file: nameOfSource(this.#plan, source), reason, at: arrived, lost: true };
  }
}

function isHalf(observation: Observation): observation is Half {
  const { reading } = observation;
  return reading.kind === 'outcome' && reading.half !== undefined;
}
