import * as z from 'zod';
import { type Condition, parseCondition } from './condition.ts';
import { parseDuration } from './duration.ts';
import { dotenvKey, flagSchema } from './flagKinds.ts';
import { journalEvents } from './journalEvents.ts';
import { measure, measureName } from './measure.ts';
import { messageTarget } from './messageTarget.ts';
import { type arm, length, matcher, type matcherValue, name, scalar } from './planTexts.ts';
import { retentionSchema } from './retention.ts';
import { sourceSchema } from './sourceKinds.ts';
import { consequence, type MissingPolicy, missing } from './triggerConsequence.ts';
import { type Duration, duration, type Percent, percent } from './units.ts';

/**
 * The plan, `rampwatch.yaml`: the text of a person (the schema's input) and the value that the rooms use (its output).
 * Shapes only: checks across parts (an unknown measure, two equal percentages) are in `daemon/plan`.
 */

const condition = z.string().transform((text, context): Condition => {
  const parsed = parseCondition(text);
  if ('measure' in parsed) return parsed;
  context.addIssue({ code: 'custom', message: parsed.message, params: { offset: parsed.offset } });
  return z.NEVER;
});

export type MatcherValue = z.output<typeof matcherValue>;
export type Matcher = z.output<typeof matcher>;

const instant = z.string().min(1);
const recordedWindow = z.tuple([instant, instant]);
const figures = z.record(measureName, z.number());
const baseline = z.strictObject({
  control: z.literal('concurrent').optional(),
  window: recordedWindow.optional(),
  figures: figures.optional(),
  otherwise: z.strictObject({ window: recordedWindow.optional(), figures: figures.optional() }).optional(),
});

/** A condition, or one with its word on missing data. */
const gateCondition = z.union([
  condition.transform((asked): GateCondition => asked),
  z
    .strictObject({ when: condition, missing: missing.default('block') })
    .transform((asked): GateCondition => ({ ...asked.when, missing: asked.missing })),
]);
/** `missing` is there where the condition is written with it. */
export type GateCondition = Condition & { readonly missing?: MissingPolicy | undefined };

/** A name for people, in any script, where the id is for commands and the journal. */
const title = z.string().trim().min(1).max(80);

const stage = z.strictObject({
  id: name,
  title: title.optional(),
  percent: z
    .number()
    .min(0)
    .max(100)
    .transform((value): Percent => percent(value)),
  soak: length.default(duration(0)),
  /** First and last day it is planned for, counted from the plan's `start`, which is day 1. */
  days: z.tuple([z.number().int().min(1), z.number().int().min(1)]).optional(),
  gate: z.array(gateCondition).default([]),
});

const sequential = z.union([
  z.literal('sequential'),
  z.strictObject({
    sequential: z.strictObject({
      /** The share of successes that counts as good, and the one to be caught; see `judge/` for the defaults. */
      good: z.number().gt(0).lt(1).optional(),
      bad: z.number().gt(0).lt(1).optional(),
      threshold: z.number().gt(1).optional(),
    }),
  }),
]);

const windowsInARow = /^([1-9]\d{0,2}) windows?$/;

/** A time, or so many windows in a row. */
const waits = z
  .string()
  .refine(
    (text) => parseDuration(text) !== undefined || windowsInARow.test(text),
    'a time of waiting is a duration such as `10m`, or a number of windows in a row such as `3 windows`',
  )
  .transform((text): Duration | { readonly windows: number } => {
    const windows = windowsInARow.exec(text)?.[1];
    return windows === undefined ? (parseDuration(text) ?? duration(0)) : { windows: Number(windows) };
  });

const writtenTrigger = z.strictObject({
  id: name,
  title: title.optional(),
  when: condition,
  over: length,
  for: waits.optional(),
  /** The stages in which it is judged; left out, all of them. */
  stages: z.array(name).min(1).optional(),
  min: z.number().int().min(1).optional(),
  // biome-ignore lint/suspicious/noThenProperty: the plan's word for a trigger's consequence
  then: consequence,
  within: length.optional(),
  /** The rule by which it acts: the letter of `when`, or a proof of it; see `triggerRule.ts`. */
  rule: z.enum(['proven', 'literal']).optional(),
  also: sequential.optional(),
  missing: missing.default('block'),
});

/**
 * Windows in a row are judged as a time: the first shows the condition, and it must hold without a break until so many have passed.
 * So each of them shows it, wherever one begins to count.
 */
const trigger = writtenTrigger.transform(({ for: asked, ...rest }) => ({
  ...rest,
  ...(asked !== undefined && { for: typeof asked === 'number' ? asked : duration((asked.windows - 1) * rest.over) }),
}));

/** The evidence that ticks an item by itself, while it holds. */
const evidence = z.union([
  /** All suites of the plan's `tests`, or one of them. */
  z.literal('tests'),
  z.strictObject({ tests: z.string().min(1) }),
  /** Over the stay in the current stage, as a gate is judged; with `over`, over the trailing window. */
  z.strictObject({ measure: condition, over: length.optional() }),
  /** The trigger was judged for this long and did not fire. */
  z.strictObject({ quiet: name, for: length }),
  /** The file exists; with `changed`, it was written since the occurrence began. */
  z.strictObject({ file: z.string().min(1), changed: z.boolean().default(false) }),
  /** The values of these keys in the flag's file. */
  z.strictObject({ flag: z.record(dotenvKey, scalar) }),
  /** An entry of this kind since the occurrence began. */
  z.strictObject({ journal: z.enum(journalEvents) }),
]);
export type Evidence = z.output<typeof evidence>;

const checklistItem = z.union([
  z.string().min(1),
  z.strictObject({ id: name.optional(), title: z.string().min(1), evidence: evidence.optional() }),
]);
export type ChecklistItem = z.output<typeof checklistItem>;
const checklist = z.strictObject({
  id: name,
  title: z.string().min(1),
  every: z.enum(['day', 'evening', 'weekday', 'week', 'stage']).optional(),
  at: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day is `HH:MM`')
    .optional(),
  stage: name.optional(),
  due: z.string().optional(),
  items: z.array(checklistItem).min(1),
});

const testSuite = z.strictObject({
  name: z.string().min(1),
  junit: z.string().min(1),
  expect: z.number().int().min(0).optional(),
  groups: z.record(z.string(), z.number().int().min(0)).optional(),
  /** A report older than this proves nothing; the default is a week. */
  fresh: length.optional(),
});
/** One of `change` and `factor`; which forms they have is in `targetChange.ts`. */
const target = z.strictObject({
  measure: measureName,
  change: z.string().min(1).optional(),
  factor: z.union([z.string().min(1), z.number().gt(0)]).optional(),
});
const milestone = z.strictObject({ date: z.string().min(1), title: z.string().min(1) });
const documentEntry = z.strictObject({
  path: z.string().min(1),
  purpose: z.string().optional(),
  minutes: z.number().min(0).optional(),
});
const escalation = z.strictObject({
  contact: z.string().optional(),
  reference: z.string().optional(),
  command: z.array(z.string()).optional(),
});

const team = z.strictObject({
  /** The name of an environment variable that holds the URL of a PostgreSQL database; never the URL. */
  postgres: z
    .string()
    .regex(
      /^[A-Za-z_][A-Za-z0-9_]*$/,
      'is the name of an environment variable that holds the URL, never the URL itself',
    ),
  /** A holder that is silent for this long may be replaced. */
  lease: length
    .default(duration(15_000))
    .refine((value) => value >= 2000 && value <= 600_000, 'the lease of a team is between `2s` and `10m`'),
});

export const planSchema = z.strictObject({
  version: z.literal(1),
  id: name,
  name: z.string().min(1).optional(),
  timezone: z.string().default('UTC'),
  start: z.string().optional(),
  end: z.string().optional(),
  sources: z.array(sourceSchema).min(1),
  /** May be left out where every source says its arm. */
  arms: z.strictObject({ treatment: matcher, control: matcher.optional() }).default({ treatment: {}, control: {} }),
  measures: z.record(measureName, measure),
  baseline: baseline.optional(),
  stages: z.array(stage).min(1),
  advance: z
    .strictObject({
      mode: z.enum(['manual', 'auto']).default('manual'),
      /** What a condition on a share must show to pass: its letter, or a proof of it. */
      evidence: z.enum(['literal', 'proven']).default('literal'),
      /** An advance is carried out once so many different people have asked for it. */
      approvals: z.number().int().min(1).max(5).default(1),
      deny: z.array(z.string()).default([]),
      allow: z.array(z.string()).default([]),
    })
    .refine(({ mode, approvals }) => mode === 'manual' || approvals === 1, {
      message: 'approvals are asked of people, and `mode: auto` asks nobody: choose one of the two',
      path: ['approvals'],
    })
    .prefault({}),
  /** For this long after a switch, a record without a start time may belong to the percentage before. */
  settle: length.default(duration(10_000)),
  retention: retentionSchema,
  rollback: z.strictObject({ to: z.enum(['off', 'previous']).default('off') }).prefault({}),
  triggers: z.array(trigger).default([]),
  /** One of so many healthy rollouts may be rolled back by the rule `proven`. */
  false_alarm: z
    .string()
    .regex(/^1 in [1-9]\d{1,6} rollouts$/, 'a rate of false alarms is written `1 in 100 rollouts`; 1 in 10 at least')
    .transform((text): number => Number(text.split(' ')[2]))
    .default(100),
  /** Fields of few values: a proof compares like with like, so that a change of their mix is no decline. */
  strata: z.array(z.string().min(1)).min(1).max(3).optional(),
  flag: flagSchema.optional(),
  checklists: z.array(checklist).default([]),
  tests: z.array(testSuite).default([]),
  targets: z.array(target).default([]),
  milestones: z.array(milestone).default([]),
  /** The deliverables to show at the end. */
  deliverables: z.array(checklistItem).default([]),
  documents: z.array(documentEntry).default([]),
  escalation: escalation.optional(),
  /** Where news of the rollout go: begun, advanced, rolled back and by whom. */
  messages: z.array(messageTarget).default([]),
  /**
   * The most that an assistant may do through `rampwatch mcp`: read; propose, and a person runs the command; act, once a
   * person has confirmed it.
   */
  agents: z.enum(['read', 'propose', 'act']).default('propose'),
  /** The rollout is shared by the daemons of a team. */
  team: team.optional(),
  /** Reviews are appended to it; the default is `<id>.review.md`. */
  review_log: z.string().regex(/\.md$/i, 'a review log is a Markdown file: its name ends in `.md`').optional(),
});

/** A plan as the rooms use it: defaults filled in, durations in milliseconds, conditions parsed. */
export type Plan = z.output<typeof planSchema>;
export type Stage = Plan['stages'][number];
export type Trigger = Plan['triggers'][number];
export type Checklist = Plan['checklists'][number];
export type TestSuite = Plan['tests'][number];
export type Target = Plan['targets'][number];
export type Arm = z.output<typeof arm>;

/** A plan with its origin. `hash` is the sha256 of the file's bytes, in hexadecimal. */
export interface LoadedPlan {
  readonly plan: Plan;
  /** Absolute path of the plan file. */
  readonly file: string;
  /** The folder the plan lies in: every path of the plan is relative to it and must stay inside it. */
  readonly root: string;
  readonly hash: string;
  /** Line of each part, 1-based, keyed by path: `stages.1.gate.0`, `triggers.0.when`. */
  readonly lines: Readonly<Record<string, number>>;
  /** As it was read. */
  readonly text?: string;
}
