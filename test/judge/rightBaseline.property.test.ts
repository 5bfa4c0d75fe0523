import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { percent } from '../../daemon/protocol/domain/units.ts';
import { JudgeBench, visitFrom } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { upload } from '../support/uploadStream.ts';

/** The baseline of random stays, against the rule in plain words: a control that is no fair part of the stay is none. */

interface Part {
  readonly seconds: number;
  /** Treatment records a minute. */
  readonly rate: number;
  /** Control records for each of them. */
  readonly control: number;
}

interface Stay {
  readonly percent: number;
  /** Control records that were in flight at the switch, and the seconds in which they come. */
  readonly stragglers: { readonly count: number; readonly within: number };
  readonly parts: readonly Part[];
  readonly otherwise: 'window' | 'figure' | 'both' | 'nothing';
  readonly restarts: boolean;
}

const part: fc.Arbitrary<Part> = fc.record({
  seconds: fc.integer({ min: 60, max: 2400 }),
  rate: fc.constantFrom(2, 6, 12),
  control: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(0, 0.02, 0.1) },
    { weight: 3, arbitrary: fc.double({ min: 0.2, max: 2, noNaN: true }) },
  ),
});

/** A share that stays as it is, or one that changes from part to part. */
const parts: fc.Arbitrary<readonly Part[]> = fc.oneof(
  fc.array(part, { minLength: 1, maxLength: 6 }),
  fc
    .tuple(fc.array(part, { minLength: 1, maxLength: 4 }), fc.constantFrom(0, 0.1, 0.5, 1))
    .map(([all, control]) => all.map((each) => ({ ...each, control }))),
);

const stays: fc.Arbitrary<Stay> = fc
  .record({
    percent: fc.constantFrom(10, 50, 50, 100),
    stragglers: fc.record({ count: fc.integer({ min: 0, max: 60 }), within: fc.integer({ min: 1, max: 600 }) }),
    parts,
    otherwise: fc.constantFrom('window', 'figure', 'both', 'nothing'),
    restarts: fc.boolean(),
  })
  .filter(({ parts }) => timesOf(parts, () => 1).length >= 40);

const evenly = (count: number, from: number, to: number) =>
  Array.from({ length: count }, (_, index) => from + ((index + 0.5) * (to - from)) / count);

/** Seconds of records, `each` for each treatment record. */
function timesOf(parts: readonly Part[], each: (part: Part) => number): readonly number[] {
  let begin = 0;
  return parts.flatMap((part) => {
    const from = begin;
    begin += part.seconds;
    return evenly(Math.round((part.seconds / 60) * part.rate * each(part)), from, begin);
  });
}

interface Records {
  readonly treatment: readonly number[];
  readonly control: readonly number[];
}

function recordsOf({ parts, stragglers }: Stay): Records {
  return {
    treatment: timesOf(parts, () => 1),
    control: [...evenly(stragglers.count, 0, stragglers.within), ...timesOf(parts, ({ control }) => control)],
  };
}

/**
 * The reason why the control is no fair part of the stay, in the words that must tell it; `null` where it is one.
 *
 * @param moved seconds by which the edges between the quarters are moved.
 */
function unfairIn({ treatment, control }: Records, percentage: number, moved = [0, 0, 0]): RegExp | null {
  if (control.length === 0) return /there is no control record in this time/;
  const needed = 20;
  if (control.length < needed) return new RegExp(`control has ${control.length} of the ${needed} records it needs`);
  const end = Math.max(...treatment, ...control) + 0.001;
  const edges = [0, ...moved.map((by, index) => ((index + 1) * end) / 4 + by), end];
  const quarters = [0, 1, 2, 3].map((quarter) => {
    const [from = 0, to = 0] = edges.slice(quarter);
    const within = (times: readonly number[]) => times.filter((at) => at >= from && at < to).length;
    const expected = (control.length * within(treatment)) / treatment.length;
    return { n: within(control), isLacking: within(control) < Math.floor(expected / 4) };
  });
  if (!quarters.some(({ isLacking }) => isLacking)) {
    return percentage === 100 ? /at 100 % there is no control/ : null;
  }
  const first = quarters.findIndex(({ isLacking }) => isLacking);
  const isToTheEnd = quarters.slice(first).every(({ isLacking }) => isLacking);
  if (isToTheEnd && quarters[3]?.n === 0) return /control ended at \d\d:\d\d/;
  return /control has (?:no record|only \d+ records?) from /;
}

/** Older records are counted by the minute: a control that a minute makes fair or unfair may be either. */
function isClear(records: Records, percentage: number): boolean {
  const by = [-60, 0, 60];
  const found = by.flatMap((first) =>
    by.flatMap((second) => by.map((third) => unfairIn(records, percentage, [first, second, third])?.source)),
  );
  return new Set(found).size === 1;
}

const slow = 1000;
const recorded = 100;
const stated = 77;

function judged(stay: Stay, records: Records) {
  const window = 'window: ["2025-11-02T07:00Z", "2025-11-02T08:00Z"]';
  const figures = `figures: { latency: ${stated} }`;
  const others = { window, figure: figures, both: `${window}, ${figures}`, nothing: '' }[stay.otherwise];
  const bench = new JudgeBench(
    uploadPlan(`
baseline: { control: concurrent${others === '' ? '' : `, otherwise: { ${others} }`} }
stages: [{ id: now, percent: ${stay.percent}, gate: ["latency <= 110% of baseline"] }]
triggers: []`),
    { freshness: 'given', episodes: 'ticks' },
  );
  bench.observe(...evenly(40, -7000, -4000).map((second) => upload({ second, arm: 'control', duration: recorded })));
  const all = [
    ...records.treatment.map((second) => upload({ second, duration: 450 })),
    ...records.control.map((second) => upload({ second, arm: 'control', duration: slow })),
  ].sort((one, other) => one.reading.at - other.reading.at);
  bench.observe(...all);
  if (stay.restarts) bench.restart();
  const end = Math.max(...records.treatment, ...records.control);
  const [verdict] = bench.at(end + 1, 'now', {
    visit: { ...visitFrom(0, 'now'), percent: percent(stay.percent) },
  }).gate;
  if (verdict === undefined) throw new Error('no verdict');
  return verdict;
}

describe('the baseline of a stay', () => {
  it('is the control where that is a fair part of the stay, else one of the past, and the verdict says which and why', () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(stays, (stay) => {
        const records = recordsOf(stay);
        fc.pre(isClear(records, stay.percent));
        const unfair = unfairIn(records, stay.percent);
        const verdict = judged(stay, records);
        const { baseline } = verdict;
        const from =
          unfair === null
            ? 'concurrent'
            : ({ window: 'window', both: 'window', figure: 'figure', nothing: 'nothing' } as const)[stay.otherwise];
        seen.add(unfair === null ? 'fair' : unfair.source.replace(/\d+ of/, 'a few of'));
        if (from === 'nothing') {
          expect(verdict).toMatchObject({ verdict: 'no-data', baseline: null });
          expect(verdict.reason).toMatch(/^no baseline yet: /);
          expect(verdict.reason).toMatch(unfair ?? /never/);
          return;
        }
        expect(baseline?.from).toBe(from);
        const value = { concurrent: slow, window: recorded, figure: stated }[from];
        expect(Math.abs((baseline?.value ?? 0) / value - 1)).toBeLessThan(0.03);
        // 450 ms: better than the stragglers took, worse than before.
        expect(verdict.verdict).toBe(from === 'concurrent' ? 'met' : 'unmet');
        if (unfair === null) {
          const count = records.control.length.toLocaleString('en');
          expect(baseline?.why).toBe(`of ${count} control records of the same time`);
          return;
        }
        expect(baseline?.why).toMatch(from === 'window' ? /^of the recorded window / : /^as the plan states it, /);
        expect(baseline?.why).toMatch(unfair);
        expect(baseline?.why).toMatch(/: historical only$/);
      }),
      { numRuns: 300 },
    );
    // None, few, ended, a gap, everybody, and a fair one.
    expect(seen.size).toBe(6);
  });
});
