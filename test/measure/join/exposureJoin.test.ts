import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileInstrument } from '../../../daemon/measure/instrument.ts';
import { ExposureJoin } from '../../../daemon/measure/join/exposureJoin.ts';
import { parsePlan } from '../../../daemon/plan/load.ts';
import type { Batch, Observation, PositionRecord } from '../../../daemon/protocol/domain/observation.ts';
import { wallTime } from '../../../daemon/protocol/domain/units.ts';

const minute = 60_000;
const start = Date.UTC(2026, 0, 5, 10);

function planOf(failed: boolean, arms = 'arms: { treatment: { variation: b }, control: { variation: a } }') {
  const unanswered = failed ? ', without_outcome: failed' : '';
  const parsed = parsePlan(
    `version: 1
id: joined
sources:
  - { file: exposures.jsonl, time: { field: at }, join: { key: user, exposures: all, within: 5m${unanswered} } }
  - { file: outcomes.jsonl, time: { field: at }, join: { key: who } }
  - { file: others.jsonl, time: { field: at } }
${arms}
measures:
  success_rate: { share: { ok: true } }
  latency: { quantile: 0.95, field: took, unit: ms }
stages: [{ id: off, percent: 0 }]
`,
    'rampwatch.yaml',
  );
  if (parsed.kind === 'problems') throw new Error(JSON.stringify(parsed.problems));
  return parsed.loaded.plan;
}

type Written = Readonly<Record<string, unknown>> & { readonly at: number };

/** What lies in the store: positions by their generation. */
class Stored {
  readonly #positions = new Map<string, PositionRecord>();

  commit(batches: readonly Batch[]): void {
    for (const { positions, forgotten } of batches) {
      for (const position of positions) this.#positions.set(`${position.source} ${position.generation}`, position);
      for (const { source, generation } of forgotten) this.#positions.delete(`${source} ${generation}`);
    }
  }

  get positions(): readonly PositionRecord[] {
    return [...this.#positions.values()];
  }
}

function batchesOf(
  plan: ReturnType<typeof planOf>,
  written: readonly { readonly source: number; readonly record: Written; readonly line: number }[],
): readonly Batch[] {
  const instrument = compileInstrument(plan);
  return [...Map.groupBy(written, ({ source }) => source)].map(([source, own]): Batch => {
    const observations = own.flatMap(({ record, line }): Observation[] => {
      const reading = instrument.readRecord(source, { ...record }, wallTime(Number.MAX_SAFE_INTEGER));
      if (reading.kind !== 'outcome') throw new Error(JSON.stringify(reading));
      return [{ reading, place: { file: `${source}`, line, offset: 0 } }];
    });
    const arrived = wallTime(start);
    return {
      source,
      observations,
      arrived,
      unread: false,
      ignored: 0,
      rejected: {},
      positions: [],
      forgotten: [],
      gaps: [],
    };
  });
}

/** `line arm good` of each outcome that counts, and how many are unmatched. */
function told(batches: readonly Batch[], into: { outcomes: string[]; unmatched: number }): void {
  for (const { observations, rejected } of batches) {
    into.unmatched += rejected['no-exposure'] ?? 0;
    for (const { reading, place } of observations) {
      if (reading.kind !== 'outcome' || reading.more === true || !('file' in place)) continue;
      expect(reading.half).toBeUndefined();
      into.outcomes.push(`${place.file}:${place.line} ${reading.arm} ${reading.shares} ${reading.fields[0]}`);
    }
  }
}

const happening = fc.record({
  user: fc.integer({ min: 0, max: 30 }),
  at: fc.integer({ min: 0, max: 60 * minute }),
  isExposure: fc.boolean(),
  good: fc.boolean(),
  /** It is read so much later than its time says. */
  late: fc.integer({ min: 0, max: 50_000 }),
  /** What happens to the turn in which it is read. */
  turn: fc.constantFrom('same', 'same', 'next', 'refused', 'killed'),
});

describe('outcomes and exposures', () => {
  it('are joined as an oracle joins them, once each, whatever is refused or killed', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 120, size: 'max' }), fc.boolean(), (happenings, failed) => {
        const plan = planOf(failed);
        const instrument = compileInstrument(plan);
        const armOf = (user: number) => (user % 3 === 0 ? 'b' : user % 3 === 1 ? 'a' : 'neither');
        const read = happenings
          .map((each, line) => ({ ...each, line }))
          .sort((one, other) => one.at + one.late - (other.at + other.late));
        const turns: (typeof read)[] = [[]];
        for (const each of read) {
          turns.at(-1)?.push(each);
          if (each.turn !== 'same') turns.push([]);
        }
        // Time goes on until nothing can come any more.
        const end = 10 * 60 * minute;
        const last = { user: -1, at: end, good: true, late: 0, turn: 'next' as const };
        turns.push([
          { ...last, isExposure: true, line: -1 },
          { ...last, isExposure: false, line: -2 },
        ]);

        const stored = new Stored();
        const found = { outcomes: [] as string[], unmatched: 0 };
        let join = new ExposureJoin(plan, instrument, []);
        for (const turn of turns) {
          const batches = batchesOf(
            plan,
            turn.map(({ user, at, isExposure, good, line }) => ({
              source: isExposure ? 0 : 1,
              line,
              record: isExposure
                ? { at: start + at, user: `u${user}`, variation: armOf(user) }
                : { at: start + at, who: `u${user}`, ok: good, took: line },
            })),
          );
          if (turn.at(-1)?.turn === 'refused') {
            join.join(batches);
            join.takeBack();
          }
          if (turn.at(-1)?.turn === 'killed') {
            join.join(batches);
            join = new ExposureJoin(plan, instrument, stored.positions);
          }
          const joined = join.join(batches);
          stored.commit(joined);
          join.keep();
          told(joined, found);
        }

        const arms = { b: 'treatment', a: 'control', neither: 'null' };
        const exposures = happenings.filter(({ isExposure }) => isExposure);
        const within = (exposure: { at: number }, at: number) =>
          exposure.at <= at + 2000 && at <= exposure.at + 5 * minute;
        const wanted = happenings.flatMap(({ user, at, isExposure, good }, line) => {
          const told = exposures.some((exposure) => exposure.user === user && within(exposure, at));
          return !isExposure && told ? [`1:${line} ${arms[armOf(user)]} ${good ? 1 : 0} ${line}`] : [];
        });
        const ofOutcomes = found.outcomes.filter((text) => text.startsWith('1:') && !text.startsWith('1:-2'));
        expect(ofOutcomes.toSorted()).toEqual(wanted.toSorted());
        const outcomes = happenings.filter(({ isExposure }) => !isExposure).length;
        expect(found.unmatched).toBe(outcomes - wanted.length);

        const silent = found.outcomes.filter((text) => text.startsWith('0:'));
        if (!failed) expect(silent).toEqual([]);
        // A user of whom nothing else is heard has failed once for each of the exposures that are more than `within` apart.
        const ofUser = Map.groupBy(happenings.entries(), ([, { user }]) => user);
        for (const [, own] of failed ? ofUser : []) {
          const [only, ...others] = own.filter(([, { isExposure }]) => isExposure);
          if (only === undefined || others.length > 0) continue;
          const isAnswered = own.some(([, { isExposure, at }]) => !isExposure && within(only[1], at));
          expect(silent.filter((text) => text.startsWith(`0:${only[0]} `))).toHaveLength(isAnswered ? 0 : 1);
        }
        const heard = new Set(happenings.filter(({ isExposure }) => !isExposure).map(({ user }) => user));
        if (failed)
          for (const user of new Set(exposures.map((exposure) => exposure.user))) {
            if (heard.has(user)) continue;
            const own = happenings.flatMap((each, line) => (each.isExposure && each.user === user ? [line] : []));
            const failures = silent.filter((text) => own.includes(Number(/:(-?\d+) /.exec(text)?.[1])));
            expect(failures.length).toBeGreaterThan(0);
            for (const text of failures) expect(text).toMatch(new RegExp(` ${arms[armOf(user)]} 0 NaN$`));
          }
      }),
    );
  });

  it('hold no more than they may, and say what is lost', () => {
    const plan = planOf(false);
    const join = new ExposureJoin(plan, compileInstrument(plan), [], { exposures: 10, waiting: 5 });
    const exposures = Array.from({ length: 30 }, (_, line) => ({
      source: 0,
      line,
      record: { at: start + line, user: `u${line}`, variation: 'b' },
    }));
    const [batch] = join.join(batchesOf(plan, exposures));
    expect(batch?.gaps.map(({ reason, lost }) => ({ reason, lost }))).toEqual([
      {
        reason: 'more than 10 exposures wait for their outcomes: the oldest were dropped, so shorten `join.within`',
        lost: true,
      },
    ]);
    join.keep();
    const outcomes = exposures.map(({ line }) => ({
      source: 1,
      line,
      record: { at: start + 100 + line, who: `u${line}`, ok: true, took: 1 },
    }));
    const found = { outcomes: [] as string[], unmatched: 0 };
    told(join.join(batchesOf(plan, outcomes)), found);
    expect(found.outcomes).toHaveLength(10);
    // Five of the twenty wait, the others have found no place to.
    expect(found.unmatched).toBe(15);
    expect(join.waiting).toBe(5);
  });

  it('an edit of the arms leaves no exposure that was told by the old ones', () => {
    const plan = planOf(false);
    const stored = new Stored();
    const join = new ExposureJoin(plan, compileInstrument(plan), []);
    const record = { at: start, user: 'u1', variation: 'b' };
    stored.commit(join.join(batchesOf(plan, [{ source: 0, line: 1, record }])));
    const edited = planOf(false, 'arms: { treatment: { variation: c }, control: { variation: b } }');
    const again = new ExposureJoin(edited, compileInstrument(edited), stored.positions);
    const outcome = { source: 1, line: 2, record: { at: start + 5, who: 'u1', ok: true, took: 1 } };
    const found = { outcomes: [] as string[], unmatched: 0 };
    const joined = again.join(batchesOf(edited, [outcome]));
    told(joined, found);
    stored.commit(joined);
    expect(found.outcomes).toEqual([]);
    expect(stored.positions.map(({ generation }) => generation)).toEqual(['join']);
  });

  it('what has no join is left as it is', () => {
    const plan = planOf(false);
    const join = new ExposureJoin(plan, compileInstrument(plan), []);
    const batches = batchesOf(plan, [{ source: 2, line: 1, record: { at: start, variation: 'b', ok: true } }]);
    expect(join.join(batches)).toBe(batches);
  });
});
