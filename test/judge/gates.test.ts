import { describe, expect, it } from 'vitest';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { conditionText } from '../../daemon/protocol/words/figureText.ts';
import { filePlace } from '../support/filePlace.ts';
import { JudgeBench, visitFrom } from '../support/judgeBench.ts';
import { uploadPlan } from '../support/uploadPlan.ts';
import { streamStart, textLine, type Upload, upload } from '../support/uploadStream.ts';

const gatePlan = (gate: string, more = '') =>
  uploadPlan(`triggers: []\nstages: [ { id: one, percent: 1, gate: [ ${gate} ] } ]\n${more}`);

function bench(gate: string, more = ''): JudgeBench {
  const made = new JudgeBench(gatePlan(`"${gate}"`, more));
  made.alive(0);
  return made;
}

const uploads = (count: number, upload_: Partial<Upload> = {}, from = 0) =>
  Array.from({ length: count }, (_, index) => upload({ second: from + index, ...upload_ }, index + 1));

describe('a share', () => {
  it('is exact at its threshold', () => {
    const gate = bench('success_rate >= 95%');
    gate.observe(...uploads(19), upload({ second: 19, good: false }));
    expect(gate.gate(20, 'success_rate >= 95%')).toMatchObject({
      verdict: 'met',
      figure: { value: 0.95, unit: '%', n: 20, good: 19 },
      limit: 0.95,
      baseline: null,
      window: { from: streamStart, to: null },
    });
    gate.observe(upload({ second: 20, good: false }));
    expect(gate.gate(21, 'success_rate >= 95%').verdict).toBe('unmet');
  });

  it('without uploads is no data, and before the stage begins too', () => {
    const gate = bench('success_rate >= 95%');
    expect(gate.gate(0, 'success_rate >= 95%')).toMatchObject({ verdict: 'no-data', reason: 'no uploads yet' });
    gate.observe(upload({ second: -1 }), upload({ second: 1, arm: 'control' }), upload({ second: 1, arm: null }));
    expect(gate.gate(0, 'success_rate >= 95%')).toMatchObject({ verdict: 'no-data', figure: { n: 0, value: null } });
    const [before] = gate.at(0, 'one', { visit: null }).gate;
    expect(before).toMatchObject({ verdict: 'no-data', reason: 'the stage has not begun' });
  });

  it('carries beside its verdict what the data can prove', () => {
    const gate = bench('success_rate >= 99.5%');
    gate.observe(...uploads(100));
    expect(gate.gate(100, 'success_rate >= 99.5%')).toMatchObject({
      verdict: 'met',
      // At one a second so far, in two digits of minutes.
      label: { kind: 'insufficient', needed: 801, within: 13 * 60_000 },
    });
    const errors = bench('error_rate <= 0.5%');
    errors.observe(...uploads(901));
    errors.alive(901);
    expect(errors.gate(901, 'error_rate <= 0.5%')).toMatchObject({ verdict: 'met', label: { kind: 'proven' } });
  });
});

describe('a quantile', () => {
  it('needs so many records that its rank means something', () => {
    const gate = bench('latency <= 1000ms');
    gate.observe(...uploads(19));
    expect(gate.gate(19, 'latency <= 1000ms')).toMatchObject({
      verdict: 'insufficient',
      reason: 'needs 20 uploads, has 19',
    });
    gate.observe(upload({ second: 19, duration: 9000 }));
    const verdict = gate.gate(20, 'latency <= 1000ms');
    expect(verdict).toMatchObject({ verdict: 'met', figure: { n: 20, unit: 'ms' }, limit: 1000, label: null });
    expect((verdict.figure.value ?? 0) / 400).toBeCloseTo(1, 2);
  });

  it.each([
    [0.5, 2],
    [0.9, 10],
    [0.95, 20],
    [0.99, 100],
    [0.2, 5],
  ])('of %f needs %i, not one more for what a double makes of it', (quantile, needed) => {
    const gate = bench('part <= 1000', `measures: { part: { quantile: ${quantile}, field: duration_ms } }`);
    gate.observe(...uploads(needed - 1));
    expect(gate.gate(needed, 'part <= 1000').verdict).toBe('insufficient');
    gate.observe(upload({ second: needed }));
    expect(gate.gate(needed, 'part <= 1000').verdict).toBe('met');
  });
});

describe('a count', () => {
  it('of nothing is zero, of either arm is both', () => {
    const gate = bench('uploads >= 2');
    expect(gate.gate(0, 'uploads >= 2')).toMatchObject({ verdict: 'unmet', figure: { value: 0, n: 0 } });
    gate.observe(...uploads(2));
    expect(gate.gate(2, 'uploads >= 2').verdict).toBe('met');
    const both = bench('all == 3', 'measures: { all: { count: any } }');
    both.observe(...uploads(2), upload({ second: 3, arm: 'control' }), upload({ second: 3, arm: null }));
    expect(both.gate(4, 'all == 3').verdict).toBe('met');
  });
});

describe('a gauge', () => {
  it.each([
    ['max', 80],
    ['mean', 30],
    ['last', 2],
  ])('takes the %s of its readings, of any arm', (take, value) => {
    const gate = bench('size < 50', `measures: { size: { gauge: file_size_mb, take: ${take} } }`);
    expect(gate.gate(0, 'size < 50')).toMatchObject({ verdict: 'no-data', reason: 'no readings yet' });
    const sizes = [upload({ second: 1, arm: 'control' }), upload({ second: 2 }), upload({ second: 3, arm: null })];
    for (const [index, size] of [80, 8, 2].entries()) {
      const observation = sizes[index];
      if (observation?.reading.kind !== 'outcome') continue;
      gate.observe({ ...observation, reading: { ...observation.reading, fields: [size] } });
    }
    expect(gate.gate(4, 'size < 50')).toMatchObject({ verdict: value < 50 ? 'met' : 'unmet', figure: { value, n: 3 } });
  });
});

describe('lines of a stage', () => {
  it('are summed as they come, late ones too, and again after a restart', () => {
    const gate = bench('critical_errors == 3');
    const figure = () => gate.gate(200, 'critical_errors == 3').figure.value;
    expect(figure()).toBe(0);
    gate.observe(textLine(100, 1), textLine(-1, 1), textLine(1, 1));
    expect(figure()).toBe(2);
    gate.restart();
    expect(figure()).toBe(2);
    gate.observe(textLine(0, 1), textLine(-100, 1));
    expect(gate.gate(200, 'critical_errors == 3')).toMatchObject({ verdict: 'met', figure: { value: 3 } });
  });
});

describe('the records against a condition', () => {
  const against = (gate: JudgeBench) => {
    const [condition] = gate.plan.stages[0]?.gate ?? [];
    if (condition === undefined) throw new Error('the gate is empty');
    return gate.judge.recordsAgainst(condition, visitFrom(0)).map((place) => filePlace(place).line);
  };

  it('are the failures of a share, and those beyond the limit of a quantile, newest last', () => {
    const share = bench('success_rate >= 95%');
    share.observe(
      upload({ second: -1, good: false }, 1),
      upload({ second: 1, good: false }, 2),
      upload({ second: 2 }, 3),
      upload({ second: 3, good: false }, 4),
    );
    expect(against(share)).toEqual([2, 4]);
    const slow = bench('latency <= 1000ms');
    slow.observe(upload({ second: 1, duration: 1000 }, 1), upload({ second: 2, duration: 1001 }, 2));
    expect(against(slow)).toEqual([2]);
  });

  it('are found days later too, across a restart, and are never more than were counted', () => {
    const days = 2 * 86_400;
    const gate = bench('success_rate >= 99%');
    const slow = bench('latency <= 1000ms');
    for (const made of [gate, slow]) {
      made.observe(upload({ second: 60, good: false, duration: 1001 }, 1), upload({ second: 61 }, 2));
      made.commit();
      for (let second = 120; second < days; second += 600) made.observe(upload({ second }, 1000 + second));
      made.restart();
      // Late by days, and as much a failure as the others.
      made.observe(upload({ second: 30, good: false, duration: 2000 }, 3));
      made.observe(upload({ second: days, good: false, duration: 1500 }, 4));
      made.restart();
      expect(against(made)).toEqual([3, 1, 4]);
    }
  });

  it('of a time that is over are no others’, and of a clock that was wrong none', () => {
    const gate = bench('success_rate >= 99%');
    const failures = [-1, 0, 7300, 7400, 20_000].map((second) => upload({ second, good: false }, second + 10));
    gate.observe(...failures);
    const [condition] = gate.plan.stages[0]?.gate ?? [];
    if (condition === undefined) throw new Error('the gate is empty');
    const over = { ...visitFrom(0), to: eventTime(streamStart + 7400_000) };
    expect(gate.judge.recordsAgainst(condition, over).map((place) => filePlace(place).line)).toEqual([10, 7310]);
    gate.judge.setBack(wallTime(streamStart + 7350_000));
    expect(against(gate)).toEqual([10]);
  });

  it('are the lines where there should be none, and nobody where there are too few', () => {
    const errors = bench('critical_errors == 0');
    errors.observe(textLine(1, 1, 7), textLine(2, 0, 8));
    expect(against(errors)).toEqual([7]);
    const few = bench('uploads >= 100');
    few.observe(...uploads(3));
    expect(against(few)).toEqual([]);
  });
});

describe('silence', () => {
  const condition = 'success_rate >= 95%';

  it('of a source that a condition rests on is no data, however good its figure', () => {
    const gate = bench(condition);
    gate.observe(...uploads(30));
    gate.alive(30);
    expect(gate.gate(30 + 15 * 60, condition).verdict).toBe('met');
    expect(gate.gate(31 + 15 * 60, condition)).toMatchObject({
      verdict: 'no-data',
      reason: 'logs/metrics.jsonl has been silent since 09:00, longer than 15 m',
      figure: { n: 30 },
    });
    // An existing file is not a record.
    gate.judge.sources.noteAlive(0, wallTime(streamStart + 900_000), null);
    expect(gate.gate(31 + 15 * 60, condition).verdict).toBe('no-data');
  });

  it('of a log is no news while the log can be read', () => {
    const gate = new JudgeBench(gatePlan('"critical_errors == 0"'));
    const line = 'critical_errors == 0';
    expect(gate.gate(0, line)).toMatchObject({ verdict: 'no-data', reason: 'nothing has come from logs/*.log yet' });
    gate.judge.sources.noteAlive(1, wallTime(streamStart), null);
    expect(gate.gate(0, line).verdict).toBe('met');
    gate.observe(textLine(1, 1));
    expect(gate.gate(1, line)).toMatchObject({ verdict: 'unmet', figure: { value: 1 } });
    expect(gate.gate(1000, line).verdict).toBe('no-data');
  });

  it('of a log that no plan reads is never silence', () => {
    const gate = bench('critical_errors == 0', 'sources: [ { file: metrics.jsonl } ]');
    expect(gate.gate(0, 'critical_errors == 0')).toMatchObject({ verdict: 'no-data' });
  });

  it('is told source by source, with what rests on it', () => {
    const gate = new JudgeBench(gatePlan(`"${condition}"`));
    gate.judge.sources.noteAlive(0, wallTime(streamStart), eventTime(streamStart - 5));
    expect(gate.at(1).freshness).toMatchObject([
      {
        source: 0,
        glob: 'logs/metrics.jsonl',
        arrived: streamStart,
        newest: streamStart - 5,
        fresh: true,
        limit: 900_000,
        needed: true,
      },
      { source: 1, glob: 'logs/*.log', arrived: null, newest: null, fresh: false, limit: 900_000, needed: false },
    ]);
  });

  it('does not exist in a replay', () => {
    const replayed = new JudgeBench(gatePlan(`"${condition}", "critical_errors == 0"`), {
      freshness: 'given',
      episodes: 'records',
    });
    replayed.observe(...uploads(30));
    expect(replayed.gate(1e6, condition).verdict).toBe('met');
    expect(replayed.gate(1e6, 'critical_errors == 0').verdict).toBe('no-data');
    replayed.judge.sources.noteAlive(1, wallTime(streamStart), null);
    expect(replayed.gate(1e6, 'critical_errors == 0').verdict).toBe('met');
  });
});

describe('a baseline', () => {
  const day = 86_400;
  const condition = 'latency <= 110% of baseline';
  /** In the recorded window of the plan, the day before the stream. */
  const recorded = (arm: 'treatment' | 'control', duration: number, count = 30) =>
    uploads(count, { arm, duration }, -day);

  it('is the control arm of the same time first, exactly so many per cent of it', () => {
    const gate = bench(condition);
    gate.observe(
      ...recorded('control', 100),
      ...uploads(30, { duration: 500 }),
      ...uploads(30, { arm: 'control', duration: 480 }),
    );
    const verdict = gate.gate(30, condition);
    expect(verdict).toMatchObject({ verdict: 'met', baseline: { from: 'concurrent', n: 30 } });
    expect(verdict.limit).toBeCloseTo(1.1 * (verdict.baseline?.value ?? 0), 9);
  });

  it('is the recorded window when the control arm has too few', () => {
    const gate = bench(condition);
    gate.observe(...recorded('control', 300), ...recorded('treatment', 9000));
    gate.observe(...uploads(30, { duration: 500 }), ...uploads(19, { arm: 'control', duration: 480 }, 10));
    expect(gate.gate(30, condition)).toMatchObject({ verdict: 'unmet', baseline: { from: 'window', n: 30 } });
    gate.observe(upload({ second: 5, arm: 'control', duration: 480 }));
    expect(gate.gate(30, condition)).toMatchObject({ verdict: 'met', baseline: { from: 'concurrent', n: 20 } });
    const alone = bench(condition);
    alone.observe(...recorded('treatment', 300), ...uploads(30, { duration: 320 }));
    expect(alone.gate(30, condition)).toMatchObject({ verdict: 'met', baseline: { from: 'window', n: 30 } });
  });

  it('is the fixed figure last, and no data without any', () => {
    const gate = bench(condition, 'baseline: { control: concurrent, otherwise: { figures: { latency: 300 } } }');
    gate.observe(...uploads(30, { duration: 500 }));
    expect(gate.gate(30, condition)).toMatchObject({
      verdict: 'unmet',
      limit: 330,
      baseline: { from: 'figure', n: 0 },
    });
    const either = bench(condition, 'baseline: { figures: { uploads: 3 }, otherwise: { figures: { latency: 300 } } }');
    either.observe(...uploads(30, { duration: 500 }));
    expect(either.gate(30, condition)).toMatchObject({ verdict: 'unmet', limit: 330 });
    const none = bench(condition, 'baseline: { control: concurrent }');
    none.observe(...uploads(30));
    expect(none.gate(30, condition)).toMatchObject({ verdict: 'no-data', limit: null, baseline: null });
    const few = 'uploads <= 120% of baseline';
    const counted = bench(few, 'baseline: { control: concurrent }');
    counted.observe(...uploads(3));
    expect(counted.gate(3, few)).toMatchObject({ verdict: 'no-data', baseline: null });
    counted.observe(...uploads(3, { arm: 'control' }));
    expect(counted.gate(3, few)).toMatchObject({ verdict: 'met', baseline: { from: 'concurrent', n: 3 } });
  });

  it('of a share is compared exactly', () => {
    const gate = bench('success_rate >= 100% of baseline', 'baseline: { control: concurrent }');
    gate.observe(...uploads(2, { good: true }), upload({ second: 2, good: false }));
    gate.observe(...uploads(6, { arm: 'control' }), ...uploads(3, { arm: 'control', good: false }));
    expect(gate.gate(3, 'success_rate >= 100% of baseline')).toMatchObject({ verdict: 'met', label: null });
  });

  it('of a share is compared exactly where doubles would not', () => {
    // 7 of 10 is 90 % of 7 of 9; as doubles it is less.
    expect(7 / 10 >= 0.9 * (7 / 9)).toBe(false);
    const gate = bench('success_rate >= 90% of baseline', 'baseline: { control: concurrent }');
    gate.observe(...uploads(7), ...uploads(3, { good: false }));
    gate.observe(...uploads(7, { arm: 'control' }), ...uploads(2, { arm: 'control', good: false }));
    expect(gate.gate(3, 'success_rate >= 90% of baseline').verdict).toBe('met');
  });

  it('counts late records of its window, and refuses a window that is none', () => {
    const gate = bench(condition);
    gate.observe(...uploads(30, { duration: 500 }));
    expect(gate.gate(30, condition).verdict).toBe('no-data');
    gate.observe(...recorded('control', 600));
    expect(gate.gate(30, condition)).toMatchObject({ verdict: 'met', baseline: { from: 'window' } });
    expect(() => bench(condition, 'baseline: { window: [2025-11-02T00:00Z, noon] }')).toThrow(/baseline\.window/);
  });
});

it('a finished stage is judged over exactly its own time, in hindsight too', () => {
  const gate = new JudgeBench(gatePlan('"uploads >= 5"'));
  const [stage] = gate.plan.stages;
  if (stage === undefined) throw new Error('no stage');
  gate.alive(0);
  const to = eventTime(streamStart + 4000);
  for (let second = -3; second < 10; second += 1) {
    gate.observe(upload({ second }));
    gate.at(second, 'one', { visit: second < 4 ? visitFrom(0) : { ...visitFrom(0), from: to } });
  }
  gate.observe(...uploads(1, {}, 100_000));
  expect(gate.judge.judgeGate(stage, eventTime(streamStart), to)).toMatchObject([
    { verdict: 'unmet', figure: { value: 4 }, window: { from: streamStart, to } },
  ]);
  gate.restart();
  expect(gate.judge.judgeGate(stage, to, eventTime(streamStart + 50_000_000))).toMatchObject([
    { verdict: 'met', figure: { value: 6 } },
  ]);
});

it('a quantile says how many records have no number there, and a share counts them', () => {
  const gate = new JudgeBench(gatePlan('"latency <= 1000ms", "success_rate >= 95%"'));
  gate.alive(0);
  gate.observe(...uploads(30), ...uploads(10, { duration: Number.NaN, good: false }, 30));
  const latency = gate.gate(40, 'latency <= 1000ms');
  expect(latency).toMatchObject({ verdict: 'met', figure: { n: 30 }, leftOut: 10 });
  expect(conditionText(latency)).toMatch(/of 30 records; 10 have no number there/);
  expect(gate.gate(40, 'success_rate >= 95%')).toMatchObject({ verdict: 'unmet', figure: { n: 40, good: 30 } });
});
