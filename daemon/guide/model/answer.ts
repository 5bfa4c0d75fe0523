import * as z from 'zod';
import { UserError } from '../../protocol/domain/userError.ts';
import { subjectOf } from '../rules/subject.ts';
import { tag } from '../tag.ts';
import type { Claim, GuideValue, Provenance } from '../values.ts';

/** A language model's answer. Every value names its line and quotes it; the check looks both up. */

const from = {
  /** The guide that says it, where there are several. */
  file: z.string().max(4096).optional(),
  line: z.number().int().min(1).max(100_000).describe('the number before the line that says it'),
  quote: z
    .string()
    .min(1)
    .max(1000)
    .describe('the words of that line that say it, copied exactly, with figure, unit and comparison'),
};
const length = z.string().regex(/^\d{1,5}[smhdw]$/, 'a length is a number and s, m, h, d or w, such as `24h`');
const percent = z.number().min(0).max(100);
const condition = {
  measure: z.string().min(1).max(200).describe('what is measured, in the words of the guide, all of them'),
  comparison: z.enum(['<', '<=', '>', '>=', '==']),
  figure: z.number().min(0).max(1e12),
  unit: z.enum(['', '%', 'ms', 's', 'min', 'MB', 'GB']),
  of_baseline: z.boolean().default(false),
};

export const answerSchema = z.strictObject({
  stages: z
    .array(z.strictObject({ percent, ...from }))
    .max(60)
    .default([]),
  soaks: z
    .array(z.strictObject({ stage: percent, length, ...from }))
    .max(60)
    .default([]),
  gates: z
    .array(z.strictObject({ stage: z.union([percent, z.literal('every')]), ...condition, ...from }))
    .max(500)
    .default([]),
  triggers: z
    .array(
      z.strictObject({
        ...condition,
        over: length.optional(),
        consequence: z
          .enum(['automatic', 'asked', 'paused'])
          .describe(
            'automatic: the guide says that it is rolled back without asking; paused: that the rollout stays where it is; asked: a person decides, or is told',
          ),
        ...from,
      }),
    )
    .max(500)
    .default([]),
  flags: z
    .array(z.strictObject({ variable: z.string().max(200), holds: z.enum(['enabled', 'percent']), ...from }))
    .max(50)
    .default([]),
  tests: z
    .array(z.strictObject({ name: z.string().min(1).max(200), count: z.number().int().min(1), ...from }))
    .max(200)
    .default([]),
  dates: z
    .array(z.strictObject({ what: z.enum(['start', 'end']), date: z.iso.date(), ...from }))
    .max(20)
    .default([]),
});
type Answer = z.output<typeof answerSchema>;

const largest = 1024 * 1024;

/**
 * Reads an assistant's answer, with or without a fence of Markdown around it.
 * @throws {UserError} `draft-unreadable` when it is no such answer; the line says where.
 */
export function readAnswer(text: string, name: string, guides: readonly string[]): readonly GuideValue[] {
  const refuse = (why: string): never => {
    throw new UserError('draft-unreadable', `${name}: ${why}; ask again with rampwatch import --ask`);
  };
  if (text.length > largest)
    refuse(`${(text.length / 1024 / 1024).toFixed(1)} MB is too large for a draft, the most is 1 MB`);
  let json: unknown;
  try {
    json = JSON.parse(withoutFence(text));
  } catch {
    refuse('not JSON');
  }
  const parsed = answerSchema.safeParse(json);
  if (parsed.success) return valuesOf(parsed.data, guides);
  const [issue] = parsed.error.issues;
  const at = issue?.path.join('.') ?? '';
  return refuse(
    `${at === '' ? 'the answer' : `\`${at}\``}: ${(issue?.message ?? 'not as asked').replaceAll(/\s+/g, ' ')}`,
  );
}

function withoutFence(text: string): string {
  const inside = /```(?:json)?\s*\n([\s\S]*?)\n```/.exec(text)?.[1];
  return (inside ?? text).replace(/^\ufeff/, '').trim();
}

type Quoted = { readonly file?: string | undefined; readonly line: number; readonly quote: string };

function valuesOf(answer: Answer, guides: readonly string[]): readonly GuideValue[] {
  const at = ({ file, line, quote }: Quoted): Provenance => ({
    file: file ?? guides[0] ?? '',
    line,
    quote,
    context: [],
  });
  return [
    ...answer.stages.map((each): GuideValue => ({ kind: 'stage', percent: each.percent, from: at(each) })),
    ...answer.soaks.map(
      (each): GuideValue => ({ kind: 'soak', stage: each.stage, length: each.length, from: at(each) }),
    ),
    ...answer.gates.flatMap((each): readonly GuideValue[] => {
      const claim = claimOf(each, undefined);
      return claim === undefined ? [] : [{ kind: 'gate', stage: each.stage, claim, from: at(each) }];
    }),
    ...answer.triggers.flatMap((each): readonly GuideValue[] => {
      const claim = claimOf(each, each.over);
      return claim === undefined
        ? []
        : [
            {
              kind: 'trigger',
              claim,
              consequence: each.consequence,
              within: undefined,
              windows: undefined,
              stages: undefined,
              from: at(each),
            },
          ];
    }),
    ...answer.flags.map(
      (each): GuideValue => ({ kind: 'flag', variable: each.variable, holds: each.holds, from: at(each) }),
    ),
    ...answer.tests.map((each): GuideValue => ({ kind: 'test', name: each.name, count: each.count, from: at(each) })),
    ...answer.dates.map((each): GuideValue => ({ kind: each.what, date: each.date, from: at(each) })),
  ];
}

const scales: Readonly<Record<Answer['gates'][number]['unit'], readonly [number, Claim['unit'], string]>> = {
  '': [1, '', ''],
  '%': [1, '%', '%'],
  ms: [1, 'ms', 'time'],
  s: [1000, 'ms', 'time'],
  min: [60_000, 'ms', 'time'],
  MB: [1, 'MiB', 'size'],
  GB: [1024, 'MiB', 'size'],
};

/** A condition in the plan's units; `undefined` when its words name nothing that a plan could measure. */
function claimOf(
  { measure, comparison, figure, unit, of_baseline: ofBaseline }: Omit<Answer['gates'][number], 'stage' | keyof Quoted>,
  over: string | undefined,
): Claim | undefined {
  const [scale, planUnit, kind] = scales[unit];
  const subject = subjectOf(tag(measure), ofBaseline ? '' : kind);
  const number = String(Number((figure * scale).toFixed(6)));
  if (subject === undefined || !/^\d{1,12}(?:\.\d{1,9})?$/.test(number)) return undefined;
  const plain = subject.family === 'other' && planUnit === '%' && !ofBaseline ? '' : planUnit;
  return { subject, comparison, number, unit: ofBaseline ? '%' : plain, ofBaseline, over };
}
