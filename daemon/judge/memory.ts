import * as z from 'zod';
import { placeSchema } from '../protocol/domain/place.ts';
import {
  type Duration,
  duration,
  type EventTime,
  eventTime,
  type WallTime,
  wallTime,
} from '../protocol/domain/units.ts';
import { noArrivals } from '../statistics/arrivals.ts';
import { noEvents } from '../statistics/provenDecline.ts';

/** The judge's running state as JSON text: the part that a restart cannot count again from cells and outcomes. */

const event = z.number().transform((at): EventTime => eventTime(at));
const wall = z.number().transform((at): WallTime => wallTime(at));
const length = z.number().transform((of): Duration => duration(of));
const trials = z.object({ n: z.number(), failures: z.number() });
const firing = z.object({
  trigger: z.string(),
  rule: z.enum(['literal', 'proven', 'sequential', 'missing']),
  at: event,
  until: event,
  window: z.object({ from: event, to: event }),
  n: z.number(),
  good: z.number().nullable(),
  figure: z.number().nullable(),
  condition: z.string(),
  baseline: z
    .object({
      value: z.number().nullable(),
      unit: z.string(),
      n: z.number(),
      good: z.number().nullable(),
      from: z.enum(['concurrent', 'window', 'figure']),
      why: z.string().optional(),
    })
    .optional(),
  beside: trials.nullable().optional(),
  beyond: z.number().optional(),
  unproven: z.object({ chance: z.number().nullable() }).optional(),
  evidence: z.array(placeSchema),
  missing: z
    .object({ consequence: z.enum(['hold', 'review', 'rollback']), reason: z.string(), gate: z.string().optional() })
    .optional(),
});

/** Older memories do not have the kind. */
const missing = z.object({
  kind: z.enum(['no-data', 'error']).nullable().default(null),
  since: event,
  told: z.boolean(),
});
const pending = z.object({ since: event, at: event, observed: length, paused: z.boolean() });
const voice = z.object({ n: z.number(), first: event, last: event, before: z.number(), until: z.number() });

const capital = z.array(z.number());
const windows = { n: z.number(), failures: z.number(), failing: z.number(), sizes: z.number() };
const dispersion = z.object({ ...windows, products: z.number(), squares: z.number() });
/** The version before had squares of differences, from which these sums follow nearly. */
const dispersionOfBefore = z
  .object({ ...windows, squares: z.number(), expected: z.number() })
  .transform(({ n, failures, failing, sizes, squares }) => {
    const share = n === 0 ? 0 : failures / n;
    return { n, failures, failing, sizes, products: share * sizes, squares: squares + share * share * sizes };
  });
const stratumSlot = z.object({ key: z.number().or(z.literal('rest')), treatment: trials, control: trials });
const slot = z.object({
  index: z.number(),
  treatment: trials,
  control: trials,
  strata: z.array(stratumSlot).optional(),
});
const newestDurations = z.object({ newest: capital, limit: z.number().nullable(), window: z.number() });
const declineRates = z.object({ healthy: z.number(), declined: capital });
const proven = z.object({
  against: z.object({
    rates: declineRates.nullable(),
    thresholds: z.object({
      decline: z.number(),
      comparison: z.number(),
      together: z.number(),
      alone: z.number(),
    }),
    strata: z.array(z.string()).default([]),
  }),
  state: z.object({
    decline: capital,
    runs: z.array(z.object({ from: z.number(), treatment: trials, control: trials })),
    comparison: capital,
    compared: z.object({ from: z.number(), treatment: trials, control: trials }),
    common: capital,
    block: z.object({ treatment: trials, control: trials }),
    strata: z
      .array(z.object({ key: z.number(), control: trials, block: z.object({ treatment: trials, control: trials }) }))
      .default([]),
    /** The version before did not count them. */
    events: z.object({ count: z.number(), lasts: z.boolean() }).default(noEvents),
    armed: z.number(),
    recent: z.object({ treatment: z.number(), control: z.number() }),
    /** The version before knew the newest alone. */
    paces: z.object({ treatment: z.number(), control: z.number() }).default({ treatment: 0, control: 0 }),
    dispersion: dispersion.or(dispersionOfBefore),
    /** The version before knew of no change. */
    lately: trials.default({ n: 0, failures: 0 }),
    /** The version before did not count them. */
    arrivals: z
      .object({
        minute: z.number(),
        treatment: z.number(),
        control: z.number(),
        before: z.object({ treatment: z.number(), control: z.number() }).nullable(),
        changes: z.number(),
        records: z.number(),
      })
      .default({ ...noArrivals, before: null }),
    window: trials.extend({ index: z.number() }),
  }),
  exposed: z.boolean(),
  durations: newestDurations
    .extend({ strata: z.array(newestDurations.extend({ key: z.number() })).default([]) })
    .nullable(),
  open: z.array(slot),
  failed: z
    .array(
      z.object({
        unit: z.number(),
        arm: z.enum(['treatment', 'control']),
        index: z.number(),
        stratum: z.number().optional(),
        at: event,
      }),
    )
    .default([]),
  /** The version before proved no ratio to a recorded baseline. */
  frozen: z.object({ rates: declineRates, limit: z.number().nullable() }).nullable().default(null),
});

/** The earlier version's memory of a pending trigger: since when its condition held, gaps or not. */
const triggerOfBefore = (known: unknown): unknown => {
  const since = z.object({ since: z.number().nullable() }).safeParse(known).data?.since;
  if (typeof known !== 'object' || since === undefined) return known;
  return { ...known, pending: since === null ? null : { since, at: since, observed: 0, paused: false } };
};

const memory = z.object({
  version: z.literal(1),
  triggers: z.array(
    z.preprocess(
      triggerOfBefore,
      z.object({
        id: z.string(),
        /** The condition as the plan wrote it: the memory of another condition is of no use. */
        when: z.string(),
        pending: pending.nullable(),
        missing: missing.nullable().default(null),
        open: firing.nullable(),
        sequential: z
          .object({
            /** The rates that it was summed with; the version before kept none. */
            rates: z.object({ good: z.number(), bad: z.number(), threshold: z.number() }).optional(),
            capital: z.number(),
            squares: z.number().optional(),
            from: event.nullable(),
            n: z.number(),
            good: z.number(),
            evidence: z.array(placeSchema),
          })
          .nullable(),
        proven: proven.nullable().default(null),
        /** The trigger judges from here on: the plan was edited then, and earlier events are another rule's. */
        from: event.nullable().default(null),
      }),
    ),
  ),
  /** The missing data of a stay's gate. */
  gateMissing: z
    .object({ stay: z.string(), conditions: z.array(z.object({ text: z.string(), missing })) })
    .nullable()
    .default(null),
  /** Episodes that no judgement has told yet. An open one is also its trigger's. */
  untold: z.array(firing),
  alive: z.array(
    z.object({
      arrived: wall.nullable(),
      newest: event.nullable(),
      unreadAt: wall.nullable().default(null),
      newestSinceGap: event.nullable().default(null),
      doubtful: z.boolean().default(false),
      datedBehind: length.nullable().default(null),
      seenSince: wall.nullable().default(null),
    }),
  ),
  steadySince: event.nullable().default(null),
  /** Firings of triggers that were not calm since, which the rollout tells as one. */
  runs: z.array(z.object({ trigger: z.string(), rule: firing.shape.rule, times: z.number(), last: event })).default([]),
  voices: z
    .object({
      stay: z.string(),
      total: z.number(),
      arms: z.object({ treatment: voice.optional(), control: voice.optional() }),
      logs: z.array(
        z.object({ source: z.number(), total: z.number(), voices: z.array(voice.extend({ log: z.string() })) }),
      ),
    })
    .nullable()
    .default(null),
});

export type JudgeMemory = z.output<typeof memory>;
export type KeptRun = Readonly<JudgeMemory['runs'][number]>;

/** @throws Error when the text is not a judge's memory. */
export function parseMemory(text: string): JudgeMemory {
  return memory.parse(JSON.parse(text));
}

export function writeMemory(remembered: JudgeMemory): string {
  return JSON.stringify(remembered);
}

/** The effect of an edited plan on the memory. */
export interface MemoryEdit {
  /** The new plan's triggers: `was` is the id of the same rule in the old plan, `null` for a rule that is new or another. */
  readonly triggers: readonly { readonly id: string; readonly when: string; readonly was: string | null }[];
  /** Old source → new source, of those that are the same. */
  readonly sources: ReadonlyMap<number, number>;
  readonly sourceCount: number;
  readonly at: EventTime;
}

/**
 * An unchanged rule keeps its pending condition, open episode and sum; a new or changed rule judges from the edit on.
 */
export function editedMemory(text: string, { triggers, sources, sourceCount, at }: MemoryEdit): string {
  const known = parseMemory(text);
  const nothing = { pending: null, missing: null, open: null, sequential: null, proven: null };
  const kept = triggers.flatMap(({ id, when, was }) => {
    const old = known.triggers.find((trigger) => trigger.id === was);
    if (was === null) return [{ id, when, ...nothing, from: at }];
    return old === undefined ? [] : [{ ...old, id, when, open: old.open && { ...old.open, trigger: id } }];
  });
  const untold = known.untold.flatMap((firing) => {
    if (firing.missing?.gate !== undefined) return [firing];
    const now = triggers.find(({ was }) => was === firing.trigger);
    return now === undefined ? [] : [{ ...firing, trigger: now.id }];
  });
  const alive = Array.from({ length: sourceCount }, (_, index) => {
    const old = [...sources].find(([, now]) => now === index)?.[0];
    return known.alive[old ?? -1] ?? unseen;
  });
  const logs = known.voices?.logs.flatMap((each) => {
    const source = sources.get(each.source);
    return source === undefined ? [] : [{ ...each, source }];
  });
  const voices = known.voices && { ...known.voices, logs: logs ?? [] };
  const runs = known.runs.flatMap((run) => {
    const now = triggers.find(({ was }) => was === run.trigger);
    return now === undefined ? [] : [{ ...run, trigger: now.id }];
  });
  return writeMemory({ ...known, triggers: kept, untold, alive, voices, runs });
}

const unseen: JudgeMemory['alive'][number] = {
  arrived: null,
  newest: null,
  unreadAt: null,
  newestSinceGap: null,
  doubtful: false,
  datedBehind: null,
  seenSince: null,
};
