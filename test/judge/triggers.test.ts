import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { always } from '../../daemon/judge/judge.ts';
import type { Observation } from '../../daemon/protocol/domain/observation.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { filePlace } from '../support/filePlace.ts';
import { JudgeBench, statusOf, visitFrom } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { arrivingUploads, streamStart, textLine, upload } from '../support/uploadStream.ts';

const replayed = { freshness: 'given', episodes: 'records' } as const;
const triggers = (list: string) =>
  uploadPlan(`baseline: { figures: { memory: 100 } }\ntriggers: [ ${list} ]\nstages: [ { id: one, percent: 1 } ]`);
const lowSuccess = '{ id: low, when: "success_rate < 95%", over: 5m, min: 20, then: rollback, rule: literal }';
const run = (from: number, to: number, step: number, good: boolean) =>
  Array.from({ length: Math.ceil((to - from) / step) }, (_, index) =>
    upload({ second: from + index * step, good }, from + index),
  );

describe('the literal rule', () => {
  it('fires as a look at every record of the arm says, whatever the order of arrival', () => {
    fc.assert(
      fc.property(arrivingUploads, fc.integer({ min: 1, max: 6 }), (observations, min) => {
        const bench = new JudgeBench(
          triggers(`{ id: low, when: "success_rate < 75%", over: 10m, min: ${min}, then: rollback }`),
          replayed,
        );
        const expected: { at: number; until: number; n: number; good: number }[] = [];
        let firing = false;
        for (const [index, observation] of observations.entries()) {
          bench.observe(observation);
          if (observation.reading.kind !== 'outcome' || observation.reading.arm !== 'treatment') continue;
          const watermark = bench.ledger.watermark ?? 0;
          const inside = observations
            .slice(0, index + 1)
            .flatMap(({ reading }) => (reading.kind === 'outcome' && reading.arm === 'treatment' ? [reading] : []))
            .filter(({ at }) => at > watermark - 600_000);
          const good = inside.filter(({ shares }) => shares === 1).length;
          const fires = inside.length >= min && good * 100 < 75 * inside.length;
          const last = expected.at(-1);
          if (fires && firing && last !== undefined) last.until = watermark;
          else if (fires) expected.push({ at: watermark, until: watermark, n: inside.length, good });
          firing = fires;
        }
        const found = bench.judge.episodes().map(({ at, until, n, good }) => ({ at, until, n, good }));
        expect(found).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it('fires on windows in a row when each of them shows it, and not before the last has passed', () => {
    const inARow = '{ id: low, when: "success_rate < 95%", over: 5m, for: 3 windows, then: rollback, rule: literal }';
    const bench = new JudgeBench(triggers(inARow), replayed);
    const bad = run(0, 1200, 10, false);
    bench.observe(...bad.slice(0, 60));
    expect(bench.judge.episodes()).toEqual([]);
    // Ten minutes after the first record that shows it: windows that end then, and five and ten minutes before.
    bench.observe(...bad.slice(60));
    expect(bench.judge.episodes().map(({ at }) => at)).toEqual([eventTime(streamStart + 600_000)]);
    const calm = new JudgeBench(triggers(inARow), replayed);
    calm.observe(...run(0, 300, 10, false), ...run(300, 900, 10, true), ...run(900, 1400, 10, false));
    expect(calm.judge.episodes()).toEqual([]);
  });

  it('keeps the counts from a found exposure on apart, so that its first windows walk over no records', () => {
    const bench = new JudgeBench(triggers(lowSuccess));
    const since = eventTime(streamStart + 30_500);
    for (const observation of run(0, 60, 1, true)) bench.judge.observe(observation, { exposedSince: since });
    const [counted] = bench.ledger.takeChanges().cells.filter(({ series }) => series === `treatment@${since}`);
    expect(counted).toBeDefined();
    expect(bench.ledger.totals('treatment', since, null).n).toBe(29);
  });

  it('calls few of something few when its whole window has passed under users, and many at once', () => {
    const exposed = { exposedSince: eventTime(streamStart) };
    const bench = new JudgeBench(
      triggers(`{ id: few, when: "uploads < 10", over: 5m, then: rollback },
        { id: many, when: "uploads > 2", over: 5m, then: rollback },
        { id: other, when: "uploads != 2", over: 5m, then: review }`),
    );
    const verdicts = (second: number) => {
      bench.judge.sources.noteAlive(0, wallTime(streamStart + second * 1000), eventTime(streamStart + second * 1000));
      const judged = bench.at(second, 'one', exposed);
      return ['few', 'many', 'other'].map((trigger) => statusOf(judged, trigger).verdict.verdict);
    };
    bench.observe(upload({ second: -1, arm: 'control' }));
    expect(verdicts(1)).toEqual(['insufficient', 'unmet', 'insufficient']);
    expect(statusOf(bench.at(1, 'one', exposed), 'few').verdict.reason).toMatch(
      /not been exposed for the whole window/,
    );
    for (const one of run(2, 5, 1, true)) bench.judge.observe(one, exposed);
    // Three are already other than two, whatever the rest of the window brings.
    expect(verdicts(299)).toEqual(['insufficient', 'met', 'met']);
    expect(bench.judge.episodes().map(({ trigger }) => trigger)).toEqual(['many', 'other']);
    expect(verdicts(300)[0]).toBe('met');
    expect(bench.judge.episodes().map(({ trigger }) => trigger)).toEqual(['many', 'other', 'few']);
    for (const one of run(300, 320, 1, true)) bench.judge.observe(one, exposed);
    expect(verdicts(321)[0]).toBe('unmet');
  });

  it('needs its least number of records, and 19 of 20 are not less than 95 %', () => {
    const bench = new JudgeBench(triggers(lowSuccess), replayed);
    bench.observe(...run(0, 19, 1, false));
    expect(statusOf(bench.at(18), 'low')).toMatchObject({
      phase: { kind: 'armed' },
      verdict: { verdict: 'insufficient', reason: 'needs 20 uploads, has 19' },
    });
    const fair = new JudgeBench(triggers(lowSuccess), replayed);
    fair.observe(...run(0, 19, 1, true), upload({ second: 19, good: false }));
    expect(statusOf(fair.at(19), 'low').verdict).toMatchObject({ verdict: 'unmet', figure: { n: 20, good: 19 } });
    const errors = new JudgeBench(triggers(lowSuccess.replace('success_rate < 95%', 'error_rate > 5%')), replayed);
    errors.observe(...run(0, 19, 1, true), upload({ second: 19, good: false }));
    expect(statusOf(errors.at(19), 'low').verdict).toMatchObject({
      verdict: 'unmet',
      figure: { value: 0.05, good: 19 },
    });
  });

  it('names the failing lines, newest last, at most fifty', () => {
    const bench = new JudgeBench(
      triggers('{ id: low, when: "success_rate < 50%", over: 5m, min: 120, then: rollback, rule: literal }'),
      replayed,
    );
    bench.observe(...run(0, 60, 1, true), ...run(60, 121, 1, false));
    const [firing] = bench.judge.episodes();
    expect(firing).toMatchObject({ n: 121, good: 60 });
    expect(firing?.evidence.map((place) => filePlace(place).line)).toEqual(
      Array.from({ length: 50 }, (_, index) => 71 + index),
    );
  });

  it('names the failing lines of a window of hours and days, in whatever order they came', () => {
    const step = fc.record({
      wait: fc.integer({ min: 1, max: 3000 }),
      late: fc.constantFrom(0, 0, 0, 60, 9000),
      good: fc.boolean(),
    });
    const windows = fc.constantFrom('90m', '6h', '2d');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), windows, fc.nat(60), (steps, over, restart) => {
        const bench = new JudgeBench(
          triggers(`{ id: low, when: "success_rate < 60%", over: ${over}, min: 5, then: rollback }`),
          replayed,
        );
        const failed: { readonly at: number; readonly line: number }[] = [];
        let now = 0;
        let told = 0;
        for (const [line, { wait, late, good }] of steps.entries()) {
          now += wait;
          if (!good) failed.push({ at: streamStart + (now - late) * 1000, line });
          bench.observe(upload({ second: now - late, good }, line));
          const firing = bench.judge.episodes()[told];
          if (firing !== undefined) {
            told += 1;
            const { from, to } = firing.window;
            const inside = failed.filter(({ at }) => at > from && at <= to).sort((one, other) => one.at - other.at);
            expect(firing.evidence.map((place) => filePlace(place).line)).toEqual(inside.map((each) => each.line));
          }
          if (line === restart) {
            bench.restart();
            told = bench.judge.episodes().length;
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('names what a count of hours rests on, also when nothing has come in the newest', () => {
    const step = fc.record({
      wait: fc.integer({ min: 1, max: 5000 }),
      late: fc.constantFrom(0, 0, 60, 9000),
      arm: fc.constantFrom('treatment', 'control', 'treatment'),
    });
    const measured = fc.constantFrom('treatment', 'control', 'any');
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), measured, fc.nat(60), (steps, of, restart) => {
        const bench = new JudgeBench(
          uploadPlan(
            `measures: { seen: { count: ${of} } }\ntriggers: [ { id: many, when: "seen > 2", over: 6h, then: review } ]\nstages: [ { id: one, percent: 1 } ]`,
          ),
          replayed,
        );
        const counted: { readonly at: number; readonly line: number }[] = [];
        let now = 0;
        let told = 0;
        for (const [line, { wait, late, arm }] of steps.entries()) {
          now += wait;
          if (of === 'any' || of === arm) counted.push({ at: streamStart + (now - late) * 1000, line });
          bench.observe(upload({ second: now - late, arm }, line));
          const firing = bench.judge.episodes()[told];
          if (firing !== undefined) {
            told += 1;
            const { from, to } = firing.window;
            const inside = counted.filter(({ at }) => at > from && at <= to).sort((one, other) => one.at - other.at);
            expect(firing.evidence.map((place) => filePlace(place).line)).toEqual(inside.map((each) => each.line));
          }
          if (line === restart) {
            bench.restart();
            told = bench.judge.episodes().length;
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('of a quantile names the slow ones', () => {
    const bench = new JudgeBench(triggers('{ id: slow, when: "latency > 1000ms", over: 5m, then: review }'), replayed);
    for (let second = 0; second < 20; second += 1)
      bench.observe(upload({ second, duration: second < 18 ? 400 : 2000 }, second));
    const [firing] = bench.judge.episodes();
    expect(firing).toMatchObject({ n: 20, good: null, window: { to: streamStart + 19_000 } });
    expect(firing?.evidence.map((place) => filePlace(place).line)).toEqual([18, 19]);
  });
});

describe('lines, signals and gauges', () => {
  it('a critical line fires at once and for as long as the window holds it', () => {
    const bench = new JudgeBench(
      triggers('{ id: critical, when: "critical_errors > 0", over: 5m, then: rollback }'),
      replayed,
    );
    bench.observe(textLine(0, 0, 1), textLine(10, 1, 2), textLine(20, 0, 3), textLine(310, 0, 4), textLine(311, 1, 5));
    expect(bench.judge.episodes()).toMatchObject([
      { at: streamStart + 10_000, until: streamStart + 20_000, n: 1, evidence: [{ file: 'logs/app.log', line: 2 }] },
      { at: streamStart + 311_000, n: 1, evidence: [{ line: 5 }] },
    ]);
  });

  it('no critical line in a log that cannot be read is no data', () => {
    const bench = new JudgeBench(triggers('{ id: critical, when: "critical_errors > 0", over: 5m, then: rollback }'));
    expect(statusOf(bench.at(0), 'critical').verdict).toMatchObject({ verdict: 'no-data', figure: { value: 0 } });
    bench.judge.sources.noteAlive(1, wallTime(streamStart), null);
    expect(statusOf(bench.at(1), 'critical').verdict).toMatchObject({ verdict: 'unmet', reason: '' });
    bench.observe(textLine(2, 1));
    expect(statusOf(bench.at(20_000), 'critical').verdict).toMatchObject({ verdict: 'no-data' });
    expect(statusOf(bench.at(2), 'critical').verdict).toMatchObject({ verdict: 'met', figure: { value: 1 } });
  });

  it('a gauge of a process and a signal are judged as they are noted', () => {
    const bench = new JudgeBench(
      triggers(
        '{ id: memory, when: "memory > 120% of baseline", over: 5m, then: rollback }, { id: loud, when: "complaints >= 2", over: 1h, then: review }',
      ),
      replayed,
    );
    const at = (second: number) => eventTime(streamStart + second * 1000);
    expect(statusOf(bench.at(0), 'memory').verdict).toMatchObject({ verdict: 'no-data' });
    bench.judge.noteGauge('memory', 119, at(0), { exposedSince: always });
    bench.judge.noteGauge('memory', 121, at(5), { exposedSince: always });
    bench.judge.noteSignal('complaint', at(6), { exposedSince: always });
    bench.judge.noteSignal('other', at(6), { exposedSince: always });
    bench.judge.noteSignal('complaint', at(7), { exposedSince: always });
    bench.judge.noteGauge('memory', 90, at(306), { exposedSince: always });
    expect(bench.judge.episodes()).toMatchObject([
      { trigger: 'memory', at: at(5), until: at(5), figure: 121 },
      { trigger: 'loud', at: at(7), n: 2 },
    ]);
    expect(statusOf(bench.at(306), 'memory')).toMatchObject({ phase: { kind: 'armed' }, verdict: { limit: 120 } });
  });
});

describe('for', () => {
  const sagging = '{ id: sagging, when: "success_rate < 97%", over: 5m, for: 10m, min: 2, then: review }';

  it('waits while the condition holds, then fires', () => {
    const bench = new JudgeBench(triggers(sagging), replayed);
    bench.observe(...run(0, 600, 30, false));
    expect(bench.judge.episodes()).toEqual([]);
    expect(statusOf(bench.at(570), 'sagging').phase).toEqual({
      kind: 'pending',
      since: streamStart + 30_000,
      observed: 540_000,
    });
    bench.observe(upload({ second: 630, good: false }));
    expect(bench.judge.episodes()).toMatchObject([{ at: streamStart + 630_000 }]);
    expect(statusOf(bench.at(630), 'sagging').phase).toEqual({ kind: 'firing', since: streamStart + 630_000 });
  });

  it('begins anew after a plain false, not after a gap', () => {
    const gap = new JudgeBench(triggers(sagging), replayed);
    // 40 seconds, a gap that is longer than the window, and then what is left of ten minutes.
    gap.observe(...run(0, 60, 10, false), ...run(500, 1061, 10, false));
    expect(gap.judge.episodes()).toEqual([]);
    gap.observe(upload({ second: 1070, good: false }));
    expect(gap.judge.episodes()).toMatchObject([{ at: streamStart + 1_070_000 }]);
    const recovered = new JudgeBench(triggers(sagging), replayed);
    recovered.observe(...run(0, 60, 10, false), ...run(400, 420, 2, true), ...run(800, 820, 10, false));
    expect(recovered.judge.episodes()).toEqual([]);
    expect(statusOf(recovered.at(810), 'sagging').phase).toMatchObject({
      kind: 'pending',
      since: streamStart + 810_000,
    });
  });

  it('elapses at a tick too, when ticks judge', () => {
    const bench = new JudgeBench(triggers(sagging.replace('over: 5m', 'over: 15m')));
    bench.observe(...run(0, 60, 10, false));
    expect(bench.at(609).fired).toEqual([]);
    expect(bench.at(610).fired).toMatchObject([{ trigger: 'sagging', at: streamStart + 610_000 }]);
    expect(bench.at(611).fired).toEqual([]);
    const quiet = new JudgeBench(triggers(sagging.replace('over: 5m', 'over: 15m')), replayed);
    quiet.observe(...run(0, 60, 10, false));
    expect(quiet.at(700).fired).toEqual([]);
  });
});

describe('ticks', () => {
  it('end an episode when its window has emptied', () => {
    const bench = new JudgeBench(triggers(lowSuccess));
    bench.observe(...run(0, 30, 1, false));
    expect(statusOf(bench.at(30), 'low').phase.kind).toBe('firing');
    expect(statusOf(bench.at(329), 'low')).toMatchObject({ phase: { kind: 'armed' }, verdict: { verdict: 'no-data' } });
    const [firing] = bench.judge.episodes();
    expect(firing).toMatchObject({ at: streamStart + 19_000, until: streamStart + 29_000 });
    bench.observe(...run(330, 360, 1, false));
    expect(bench.judge.episodes()).toHaveLength(2);
  });

  it('without a record change nothing in a replay', () => {
    const bench = new JudgeBench(triggers(lowSuccess), replayed);
    bench.observe(...run(0, 30, 1, false));
    bench.at(400);
    bench.observe(upload({ second: 30, good: false }));
    expect(bench.judge.episodes()).toHaveLength(1);
  });
});

describe('exposure', () => {
  it('without it triggers are idle, and nothing is summed', () => {
    const bench = new JudgeBench(triggers(lowSuccess.replace('}', ', also: sequential }')), replayed);
    for (const observation of run(0, 40, 1, false)) bench.judge.observe(observation, { exposedSince: null });
    const judgement = bench.at(40, 'one', { exposedSince: null });
    expect(judgement.fired).toEqual([]);
    expect(statusOf(judgement, 'low')).toMatchObject({
      phase: { kind: 'idle' },
      sequential: { capital: 1, threshold: 10_000 },
      verdict: { figure: { n: 40 } },
    });
    bench.observe(upload({ second: 41, good: false }));
    expect(bench.judge.episodes()).toHaveLength(1);
  });

  it('what happened before it is neither judged nor in a window', () => {
    const bench = new JudgeBench(triggers(lowSuccess.replace('}', ', also: sequential }')), replayed);
    const since = eventTime(streamStart + 40_000);
    const observeSince = (...observations: readonly Observation[]): void => {
      for (const observation of observations) bench.judge.observe(observation, { exposedSince: since });
    };
    // A backlog of another attempt's failures, then twenty good uploads within the same five minutes.
    observeSince(...run(0, 39, 1, false), ...run(40, 60, 1, true));
    expect(bench.judge.episodes()).toEqual([]);
    expect(statusOf(bench.at(60, 'one', { exposedSince: since }), 'low')).toMatchObject({
      verdict: { figure: { n: 20, good: 20 } },
    });
    observeSince(...run(60, 64, 1, false));
    expect(bench.judge.episodes()).toMatchObject([{ window: { from: since }, n: 22, good: 20 }]);
  });

  it('what happened at its very begin is in the window, a line as well as a record', () => {
    const since = eventTime(streamStart);
    const few = lowSuccess.replace('min: 20', 'min: 1');
    const bench = new JudgeBench(
      triggers(`${few}, { id: critical, when: "critical_errors > 0", over: 5m, then: rollback }`),
      replayed,
    );
    for (const observation of [...run(0, 2, 1, false), textLine(0, 1, 7), textLine(1, 1, 8)]) {
      bench.judge.observe(observation, { exposedSince: since });
    }
    expect(bench.judge.episodes()).toMatchObject([
      { trigger: 'low', at: since, n: 1, evidence: [{ line: 0 }] },
      { trigger: 'critical', at: since, n: 1, evidence: [{ line: 7 }] },
    ]);
  });

  it('what has begun to fire is told to the next who decides, not to those who only look, across a restart too', () => {
    const bench = new JudgeBench(triggers(lowSuccess), replayed);
    bench.observe(...run(0, 30, 1, false));
    const stage = bench.plan.stages[0];
    if (stage === undefined) throw new Error('no stage');
    const now = wallTime(streamStart + 30_000);
    const context = {
      now,
      eventNow: eventTime(now),
      exposedSince: always,
      stage,
      visit: null,
      effect: null,
      previous: null,
    };
    expect(bench.judge.look(context).fired).toEqual([]);
    bench.restart();
    expect(bench.judge.hasFired).toBe(true);
    expect(bench.judge.judge(context).fired).toHaveLength(1);
    expect(bench.judge.judge(context).fired).toEqual([]);
  });

  it('a new attempt starts with clean hands', () => {
    const bench = new JudgeBench(triggers(lowSuccess.replace('}', ', also: sequential }')), replayed);
    bench.observe(...run(0, 30, 1, false));
    expect(bench.judge.hasFired).toBe(true);
    bench.judge.reset();
    expect(bench.judge.hasFired).toBe(false);
    expect(statusOf(bench.at(30), 'low')).toMatchObject({ phase: { kind: 'armed' }, sequential: { capital: 1 } });
  });
});

describe('the sequential test', () => {
  const also = (condition: string, more = '') =>
    triggers(
      `{ id: low, when: "${condition}", over: 5m, min: 1000, then: rollback, rule: literal, also: sequential${more} }`,
    );

  it('alarms after six failures in a row, wherever they lie, and starts anew', () => {
    for (const condition of ['success_rate < 95%', 'error_rate > 5%']) {
      const bench = new JudgeBench(also(condition), replayed);
      bench.observe(...run(0, 1000, 500, true), ...run(1000, 13_000, 1000, false));
      expect(bench.judge.episodes()).toMatchObject([
        {
          rule: 'sequential',
          at: streamStart + 6_000_000,
          until: streamStart + 6_000_000,
          window: { from: streamStart + 1_000_000 },
          n: 6,
          good: 0,
          figure: condition.startsWith('success') ? 0 : 1,
        },
        { at: streamStart + 12_000_000, n: 6 },
      ]);
      expect(bench.judge.episodes()[0]?.evidence).toHaveLength(6);
    }
  });

  it('goes by arrival, and shows how far it is', () => {
    const bench = new JudgeBench(also('success_rate < 95%'), replayed);
    bench.observe(upload({ second: 100, good: false }), upload({ second: 0, good: false }), upload({ second: 200 }));
    expect(statusOf(bench.at(200), 'low').sequential?.capital).toBeCloseTo((25 * 0.9) / 0.98, 9);
  });

  it('may be given other rates, and is not made of what is not a share', () => {
    const sharp = triggers(
      '{ id: low, when: "success_rate < 95%", over: 5m, min: 1000, then: rollback, rule: literal, also: { sequential: { good: 0.99, bad: 0.5, threshold: 100 } } }',
    );
    const bench = new JudgeBench(sharp, replayed);
    bench.observe(...run(0, 2, 1, false));
    expect(bench.judge.episodes()).toHaveLength(1);
    const count = new JudgeBench(also('uploads < 10'), replayed);
    expect(statusOf(count.at(0), 'low').sequential).toBeNull();
  });
});

it('each episode is told once, and none without a visit is judged by a gate', () => {
  const bench = new JudgeBench(triggers(lowSuccess));
  bench.observe(...run(0, 30, 1, false));
  expect(bench.at(30, 'one', { visit: visitFrom(0) }).fired).toHaveLength(1);
  expect(bench.at(31).fired).toEqual([]);
});
