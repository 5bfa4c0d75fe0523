import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { loadPlan } from '../../daemon/plan/load.ts';
import { eventTime } from '../../daemon/protocol/domain/units.ts';
import { Random } from '../../daemon/simulate/random.ts';
import { simulatedMinute } from '../../daemon/simulate/simulatedMinute.ts';
import { partOf, spreadOf } from '../../daemon/simulate/simulationResult.ts';
import { simulationLines, simulationMarkdown } from '../../daemon/simulate/simulationText.ts';
import { ShapeOfRecords, type TrafficShape } from '../../daemon/simulate/trafficShape.ts';
import { simulateRollouts } from '../../daemon/simulateRollouts.ts';
import { testWorkspace } from '../support/runningDaemon.ts';
import { hasTerminal, runOnTerminal } from '../support/terminal.ts';

const planText = (rule: string) => `version: 1
id: shop
name: Shop <b>|</b>
timezone: UTC
sources: [{ file: orders.jsonl, fresh: 1h }]
arms: { treatment: { arm: new }, control: { arm: old } }
measures: { ok: { share: { ok: true } }, memory: { gauge: rss, process: { pid_file: app.pid } } }
baseline: { control: concurrent }
stages:
  - { id: half, percent: 50, soak: 3h, gate: ["ok >= 90%", "memory <= 5"] }
  - { id: full, percent: 100, soak: 1h }
triggers:
  - { id: failing, when: "ok < 95%", over: 5m, min: 20, then: rollback, rule: ${rule} }
`;

function planOf(rule: string) {
  const path = mkdtempSync(join(tmpdir(), 'rampwatch-simulate-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  writeFileSync(join(path, 'rampwatch.yaml'), planText(rule));
  return loadPlan(join(path, 'rampwatch.yaml'));
}

const shape: TrafficShape = {
  perMinute: 20,
  hours: new Array<number>(24).fill(1),
  success: 0.985,
  burst: 1,
  numbers: [],
};

function simulated(rule: string, threads: number, stop = new AbortController().signal, runs = 8) {
  return simulateRollouts({
    loaded: planOf(rule),
    shape,
    like: null,
    runs,
    seed: 3,
    drop: { success: 0.5 },
    stop,
    threads,
    progress: () => undefined,
  });
}

describe('a simulation', () => {
  it('is the same on any number of cores, and tells the rules apart', async () => {
    const one = await simulated('proven', 1);
    expect(await simulated('proven', 3)).toEqual(one);
    expect(one.healthy.rolledBack.n).toBe(0);
    expect(one.healthy.completed.n).toBe(8);
    expect(one.healthy.length?.median).toBeGreaterThanOrEqual(4 * 3_600_000);
    expect(one.drop.found).toMatchObject({ n: 4, of: 4 });
    expect(one.drop.delay?.median).toBeLessThan(30 * 60_000);
    expect(one.left).toEqual(['memory <= 5']);
    // 20 of a window of some 50 healthy records fail by chance now and then.
    const literal = await simulated('literal', 2);
    expect(literal.healthy.rolledBack.n).toBeGreaterThan(4);
    expect(literal.healthy.by).toEqual({ failing: literal.healthy.rolledBack.n });

    const lines = simulationLines(one).join('\n');
    expect(lines).toContain('Wrongly rolled back: 0 of 8, 0 % (95 % interval 0 % to 32 %).');
    expect(lines).toContain('Left out, because no simulated record tells it: memory <= 5');
    const page = simulationMarkdown(one, 'Shop <b>|</b>');
    expect(page).toContain('# Simulation of Shop \\<b\\>\\|\\</b\\>');
    const [, svg = ''] = /data:image\/svg\+xml;base64,([\w+/=]+)\)/.exec(page) ?? [];
    expect(atob(svg)).toMatch(/^<svg .*<rect .*median \d/);
  });

  it('that is stopped has the result of what is done', async () => {
    const stopped = new AbortController();
    stopped.abort();
    const result = await simulated('proven', 2, stopped.signal);
    expect(result).toMatchObject({
      runs: 0,
      asked: 8,
      healthy: { rolledBack: { n: 0, of: 0, lower: 0, upper: 1 }, length: null },
    });
    expect(simulationLines(result).length).toBeGreaterThan(3);
  });
});

describe('rampwatch simulate', () => {
  it('reads the traffic of a recording, and gives one document', async () => {
    const workspace = testWorkspace(planText('proven'));
    const start = Date.parse('2025-11-09T00:00:00Z');
    const records = Array.from({ length: 6000 }, (_, index) =>
      JSON.stringify({
        timestamp: new Date(start + index * 6000).toISOString(),
        arm: index % 2 === 0 ? 'new' : 'old',
        ok: index % 100 !== 1,
      }),
    );
    workspace.write('orders.jsonl', `${records.join('\n')}\n`);
    const words = ['simulate', '--like', 'orders.jsonl', '--seed', '5'];
    const { code, stdout, stderr } = await workspace.run(...words, '--runs', '2', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const result = JSON.parse(stdout);
    expect(result.traffic.perMinute).toBeCloseTo(10, 0);
    expect(result.traffic.success).toBeCloseTo(0.98, 3);
    expect(result.healthy.rolledBack).toMatchObject({ n: 0, of: 2 });
  });

  it.runIf(hasTerminal)(
    'shows its progress on a terminal, and ends cleanly at Ctrl-C with what is done',
    async () => {
      const workspace = testWorkspace(planText('proven'));
      const long = runOnTerminal(workspace, { columns: 100, rows: 30 }, 'simulate', '--runs', '100000');
      onTestFinished(() => long.end());
      await long.shows(/[4-9] of 150000 rollouts simulated/);
      long.type('\u0003');
      expect(await long.ended).toBe(1);
      expect(long.output).toMatch(/healthy rollouts in assumed traffic/);
      expect(long.output).toMatch(/stopped after \d+ of 100000 healthy rollouts/);
      expect(long.output).not.toMatch(/ at .*\.ts:\d+/);
    },
    120_000,
  );

  it.each([
    [['--runs', 'many'], '--runs takes a whole number from 1'],
    [['--rate', '0'], '--rate takes the records of both arms a minute'],
    [['--success', '120%'], '--success takes a share'],
    [['--drop', '99.9%'], '--drop must be below the healthy share of 99.00 %'],
    [['--format', 'pdf'], '--format takes lines or markdown'],
    [['--like', 'none.jsonl'], 'none.jsonl'],
  ])('refuses %j in one line', async (words, says) => {
    const workspace = testWorkspace(planText('proven'));
    const { code, stdout, stderr } = await workspace.run('simulate', ...words);
    expect([code === 0, stdout]).toEqual([false, '']);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain(says);
  });
});

describe('the traffic', () => {
  it('has the rate, the shares and the bursts that its shape says, and the shape of it is that shape again', () => {
    for (const burst of [1, 4]) {
      const given: TrafficShape = { ...shape, perMinute: 30, success: 0.9, burst };
      const random = new Random(11);
      const of = new ShapeOfRecords({ shares: ['ok'], fields: [] });
      let line = 0;
      let treatment = 0;
      for (let minute = 0; minute < 5000; minute += 1) {
        const from = Date.UTC(2025, 0, 6) + minute * 60_000;
        const records = simulatedMinute(
          given,
          { from, share: 0.25, success: { treatment: 0.9, control: 0.9 }, good: 1, valueFields: 0 },
          random,
          () => (line += 1),
        );
        for (const record of records) {
          expect(record.reading.at >= eventTime(from) && record.reading.at < from + 60_000).toBe(true);
          if (record.reading.kind === 'outcome' && record.reading.arm === 'treatment') treatment += 1;
          of.note(record);
        }
      }
      const found = of.shape();
      expect(found.perMinute).toBeCloseTo(30, -0.5);
      expect(Math.abs(found.success - 0.9)).toBeLessThan(0.01);
      expect(Math.abs(found.burst - burst)).toBeLessThan(0.2 * burst);
      expect(Math.abs(treatment / line - 0.25)).toBeLessThan(0.02);
    }
  });

  it('is summed up with intervals that hold: Wilson for parts, percentiles of the numbers', () => {
    expect(partOf(0, 300)).toMatchObject({ lower: 0 });
    expect(partOf(0, 300).upper).toBeCloseTo(0.0126, 4);
    expect(partOf(150, 300).lower).toBeCloseTo(0.4438, 3);
    expect(spreadOf([])).toBeNull();
    expect(spreadOf([4, 1, 3, 2])).toMatchObject({ n: 4, mean: 2.5, median: 3, p95: 4 });
  });
});
