import { expect, it } from 'vitest';
import { always, Judge } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import { type WallTime, wallTime } from '../../daemon/protocol/domain/units.ts';

const start = Date.UTC(2026, 0, 5, 10);
const planWith = (triggers: string) => `version: 1
id: two
sources: [{ file: a.jsonl }, { file: b.jsonl }]
arms: { treatment: { kind: new } }
measures: { ok: { share: { ok: true } }, n: { count: treatment } }
stages: [{ id: on, percent: 50 }]
triggers:
${triggers}
`;
const windows = `  - { id: low, when: "ok < 75%", over: 5m, min: 3, rule: literal, then: rollback }
  - { id: few, when: "n < 3", over: 1m, then: review }`;
/** Rules that sum up each record by itself, whatever the window holds. */
const sums = `  - { id: summed, when: "ok < 75%", over: 5m, min: 3, rule: literal, also: sequential, then: rollback }
  - { id: proven, when: "ok < 75%", over: 5m, then: rollback }`;

interface Judging {
  readonly judge: Judge;
  add(source: number, ok: boolean, at: number): void;
}

/** A judge of two sources, of which the second is new. */
function judgeOf(isBeside: boolean, triggers = windows): Judging {
  const parsed = parsePlan(planWith(triggers), 'rampwatch.yaml');
  if (parsed.kind !== 'plan') throw new Error(JSON.stringify(parsed.problems));
  const { plan } = parsed.loaded;
  const instrument = compileInstrument(plan);
  const parts = [0, 1].map((source) => ({
    key: `part-${source}`,
    sources: [source],
    isBeside: isBeside && source === 1,
    cells: [],
    outcomes: [],
    keptSince: null,
  }));
  const ledger = Ledger.restore(plan, instrument, [], [], null, parts);
  const judge = new Judge(plan, instrument, ledger, null, { freshness: 'arrival', episodes: 'ticks' });
  return {
    judge,
    add(source, ok, at) {
      const record = { timestamp: new Date(at).toISOString(), kind: 'new', ok };
      const reading = instrument.readRecord(source, record, wallTime(at));
      if (reading.kind !== 'outcome') throw new Error(reading.kind);
      judge.sources.noteRead(source, wallTime(at), { counted: 1, read: 1, rejected: {} });
      const place = { file: source === 0 ? 'a.jsonl' : 'b.jsonl', line: at, offset: 0 };
      judge.observe({ reading, place }, { exposedSince: always }, source);
    },
  };
}

const firedBy = (judge: Judge, now: WallTime): readonly string[] =>
  judge
    .judge({
      now,
      eventNow: now as never,
      exposedSince: always,
      stage: { id: 'on', percent: 50, gate: [] } as never,
      visit: null,
      effect: null,
      previous: null,
    })
    .fired.map(({ trigger }) => trigger);

it('nothing of a new source is judged before it is read to its end', () => {
  const { judge, add } = judgeOf(true);
  for (let index = 0; index < 20; index += 1) {
    add(1, false, start + index * 1000);
    add(0, true, start + index * 1000 + 500);
  }
  expect(firedBy(judge, wallTime(start + 20_000))).toEqual([]);
});

it('a trigger goes on with the other sources while a new one is read, however well that one does', () => {
  const { judge, add } = judgeOf(true);
  for (let index = 0; index < 20; index += 1) {
    for (let time = 0; time < 5; time += 1) add(1, true, start + index * 1000 + time);
    if (index % 2 === 0) add(0, false, start + index * 1000 + 500);
  }
  expect(firedBy(judge, wallTime(start + 20_000))).toEqual(['low']);
});

it('a source that is no longer new is judged with the others', () => {
  const { judge, add } = judgeOf(false);
  for (let index = 0; index < 20; index += 1) add(1, false, start + index * 1000);
  expect(firedBy(judge, wallTime(start + 20_000))).toContain('low');
});

it('no sum over single records takes those of a new source, which would have fired by themselves', () => {
  const firings = [true, false].map((isBeside) => {
    const { judge, add } = judgeOf(isBeside, sums);
    for (let index = 0; index < 200; index += 1) {
      add(1, false, start + index * 100);
      if (index % 10 === 0) add(0, true, start + index * 100 + 50);
    }
    return firedBy(judge, wallTime(start + 20_000));
  });
  expect(firings[0]).toEqual([]);
  expect(new Set(firings[1])).toEqual(new Set(['summed', 'proven']));
});
