import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Edited, type Step, start, type Written } from './edited.ts';

interface PlanChoice {
  readonly sources: number;
  readonly arms: number;
  readonly zone: number;
  /** The pool's measures in use, and their names. */
  readonly measures: readonly number[];
  readonly shift: number;
  readonly ignore: boolean;
}

const pool = [
  '{ share: { ok: true } }',
  '{ share: { fast: true } }',
  '{ share: { ok: true, fast: true }, of: control }',
  '{ quantile: 0.5, field: ms }',
  '{ quantile: 0.9, field: size, of: control }',
  '{ lines: [CRITICAL] }',
  '{ lines: [ERROR], source: "app.log" }',
  '{ gauge: rss, take: last }',
  '{ count: treatment }',
  '{ count: any }',
];
const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
const sourceLists = [
  ['metrics.jsonl', 'app.log'],
  ['app.log', 'metrics.jsonl'],
  ['metrics.jsonl'],
  ['metrics*.jsonl', 'app.log'],
  ['metrics.jsonl', 'other.jsonl', 'app.log'],
];
const armLists = [
  '{ treatment: { kind: new }, control: { kind: old } }',
  '{ treatment: { kind: [new, odd] }, control: { kind: old } }',
];

function planText(choice: PlanChoice): string {
  const files = sourceLists[choice.sources] ?? [];
  const ignore = choice.ignore ? ', ignore: { skip: true }' : '';
  const sources = files.map((file) => `  - { file: "${file}"${file.endsWith('.log') ? '' : ignore} }`);
  const measures = choice.measures
    .filter((index) => files.includes('app.log') || !pool[index]?.includes('lines'))
    .map((index) => `  ${names[(index + choice.shift) % names.length]}: ${pool[index]}`);
  return `version: 1
id: edited
timezone: ${choice.zone === 0 ? 'UTC' : 'Europe/Berlin'}
sources:
${sources.join('\n')}
arms: ${armLists[choice.arms]}
measures:
  always: { share: { ok: true } }
${measures.join('\n')}
stages: [{ id: on, percent: 50 }]
triggers: [{ id: low, when: "always < 75%", over: 1m, min: 3, then: review }]
`;
}

type PlanStep = Exclude<Step, { readonly kind: 'edit' }> | { readonly kind: 'edit'; readonly plan: PlanChoice };

const files = ['metrics.jsonl', 'app.log', 'other.jsonl'];

function line(seed: number, at: string): Written {
  const file = ['metrics.jsonl', 'metrics.jsonl', 'metrics.jsonl', 'app.log', 'other.jsonl'][seed % 5] ?? '';
  const record = {
    // A stamp without a zone is read in the plan's.
    timestamp: seed % 11 === 0 ? at.slice(0, -1) : at,
    kind: ['new', 'old', 'odd'][seed % 3],
    ok: seed % 4 !== 0,
    fast: seed % 6 < 3,
    ms: 100 + (seed % 50),
    ...(seed % 8 !== 0 && { size: seed % 13 }),
    ...(seed % 9 === 0 && { rss: seed }),
    ...(seed % 10 === 0 && { skip: true }),
  };
  const level = ['INFO', 'ERROR', 'CRITICAL'][(seed >> 3) % 3];
  const text = file === 'app.log' ? `${at} ${level} something ${seed}` : JSON.stringify(record);
  return { file, text };
}

const choice: fc.Arbitrary<PlanChoice> = fc.record({
  sources: fc.nat({ max: sourceLists.length - 1 }),
  arms: fc.nat({ max: 1 }),
  zone: fc.nat({ max: 1 }),
  measures: fc.uniqueArray(fc.nat({ max: pool.length - 1 }), { maxLength: pool.length }),
  shift: fc.constantFrom(0, 1, 3),
  ignore: fc.boolean(),
});
const write: fc.Arbitrary<PlanStep> = fc
  .array(fc.nat({ max: 10_000 }), { minLength: 1, maxLength: 25 })
  .map((records) => ({ kind: 'write', records }));
const edit: fc.Arbitrary<PlanStep> = choice.map((plan) => ({ kind: 'edit', plan }));
const other = (...kinds: Exclude<Step['kind'], 'write' | 'edit'>[]): fc.Arbitrary<PlanStep> =>
  fc.constantFrom(...kinds).map((kind) => ({ kind }));

async function run(
  first: PlanChoice,
  steps: readonly PlanStep[],
  check: (edited: Edited) => void,
  begins = false,
): Promise<Edited> {
  const edited = new Edited(planText(first), { files, line });
  try {
    await edited.poll();
    if (begins) edited.begin();
    for (const step of steps) {
      await edited.take(step.kind === 'edit' ? { kind: 'edit', text: planText(step.plan) } : step);
      check(edited);
    }
    await edited.settle();
    check(edited);
  } finally {
    await edited.end();
  }
  return edited;
}

/** A figure that stands without a doubt is the one of everything that was written. */
function holdsOrDoubts(edited: Edited): void {
  // A source that an edit has brought in is not judged by before it was read to its end.
  if (edited.readsForTheFirstTime) return;
  const wanted = edited.figures(edited.counted());
  const found = edited.figures(edited.ledger);
  for (const [index, { missing, ...figure }] of found.entries()) {
    if (missing > 0) continue;
    const { missing: _missing, ...expected } = wanted[index] ?? {};
    expect(figure).toEqual(expected);
  }
}

describe('a trigger that no edit touches', () => {
  it('fires when it would have fired without any edit, and never twice', async () => {
    const withoutNews = fc.oneof(
      { weight: 4, arbitrary: write },
      { weight: 2, arbitrary: edit },
      other('rotate', 'delete', 'kill', 'some', 'settle'),
    );
    let fired = 0;
    await fc.assert(
      fc.asyncProperty(choice, fc.array(withoutNews, { minLength: 3, maxLength: 12 }), async (first, steps) => {
        const { arms, zone, sources, ignore } = first;
        const edits = steps.map(
          (step): PlanStep =>
            step.kind === 'edit' ? { kind: 'edit', plan: { ...step.plan, arms, zone, sources, ignore } } : step,
        );
        const none = steps.map((step): PlanStep => (step.kind === 'edit' ? { kind: 'instead of an edit' } : step));
        const edited = await run(first, edits, () => undefined, true);
        const left = await run(first, none, () => undefined, true);
        expect(edited.firings).toEqual(left.firings);
        fired += left.firings.length;
      }),
      { numRuns: 40 },
    );
    expect(fired).toBeGreaterThan(10);
  });
});

describe('a trigger that an edit changes', () => {
  it('judges what comes from its edit on', async () => {
    const text = planText({ sources: 0, arms: 0, zone: 0, measures: [], shift: 0, ignore: false });
    const edited = new Edited(text, { files, line });
    // Records of the treatment: these have failed, and 21 has not.
    const failed = (...records: number[]): Promise<void> => edited.take({ kind: 'write', records });
    try {
      edited.begin();
      await failed(0, 12, 36, 60);
      expect(edited.firings).toHaveLength(1);
      await edited.edit(text.replace('always < 75%", over: 1m, min: 3', 'always < 90%", over: 1m'));
      await edited.settle();
      await edited.take({ kind: 'write', records: [21] });
      expect(edited.firings).toHaveLength(1);
      await failed(36);
      expect(edited.firings).toHaveLength(2);
      expect(edited.firings.at(-1)).toBeGreaterThan(start + 700);
    } finally {
      await edited.end();
    }
  });
});

describe('counts after any edits of the plan', () => {
  it('are those of a daemon that had the plan from the start, as long as every file is there', async () => {
    await fc.assert(
      fc.asyncProperty(
        choice,
        fc.array(
          fc.oneof(
            { weight: 3, arbitrary: write },
            { weight: 2, arbitrary: edit },
            other('rotate', 'settle', 'kill', 'some'),
          ),
          {
            minLength: 2,
            maxLength: 12,
          },
        ),
        async (first, steps) => {
          await run(first, steps, (edited) => {
            holdsOrDoubts(edited);
            if (!edited.settled) return;
            const doubtful = edited.figures(edited.ledger).filter(({ missing }) => missing > 0);
            expect(doubtful).toEqual([]);
          });
        },
      ),
      { numRuns: 40 },
    );
  });

  it('are never a part that passes for the whole, whatever is rotated away and deleted', async () => {
    await fc.assert(
      fc.asyncProperty(
        choice,
        fc.array(
          fc.oneof(
            { weight: 3, arbitrary: write },
            { weight: 2, arbitrary: edit },
            other('rotate', 'delete', 'settle', 'kill', 'some'),
          ),
          { minLength: 2, maxLength: 12 },
        ),
        async (first, steps) => {
          await run(first, steps, holdsOrDoubts);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('stay exactly as they are for what no edit touches, although its files are gone', async () => {
    await fc.assert(
      fc.asyncProperty(
        choice,
        fc.array(
          fc.oneof(
            { weight: 3, arbitrary: write },
            { weight: 2, arbitrary: choice },
            other('rotate', 'delete', 'kill', 'some'),
          ),
          {
            minLength: 2,
            maxLength: 12,
          },
        ),
        async (first, steps) => {
          const kept = steps.map((step): PlanStep => {
            if ('kind' in step) return step;
            const { arms, zone, sources, ignore } = first;
            return { kind: 'edit', plan: { ...step, arms, zone, sources, ignore } };
          });
          await run(first, kept, (edited) => {
            const isAlways = ({ name }: { readonly name: string }) => name === 'always';
            expect(edited.figures(edited.ledger).filter(isAlways)).toEqual(
              edited.figures(edited.counted()).filter(isAlways),
            );
          });
        },
      ),
      { numRuns: 25 },
    );
  });
});
