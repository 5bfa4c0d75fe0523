import { describe, expect, it } from 'vitest';
import { hour, minute, RolloutBench, second } from '../faults/rolloutBench.ts';

/** Records that are dated well before they are written: no window sees them, so they are not fresh data. */

/** Uploads in order, read at once, each dated this long before its writing. */
function live(bench: RolloutBench, behind: number, seconds: number): void {
  for (let passed = 0; passed < seconds; passed += 1) {
    bench.readAll();
    bench.now += second;
    bench.uploads(2, true, behind + 200);
    bench.quietLog();
    bench.tick();
  }
}

describe('a source whose time stamps are in the wrong zone', () => {
  it.each([1, 2, 5.5, 13])('by %d hours into the past is not fresh, and that is said with what to do', (hours) => {
    const bench = new RolloutBench();
    live(bench, hours * hour, 30);
    expect(bench.execution.judgement?.freshness[0]).toMatchObject({ fresh: false, kind: 'records' });
    expect(bench.phase).toBe('soaking');
    const said = `metrics.jsonl: time stamps are ${hours === 5.5 ? '5 h 30 m' : `${hours} h`} behind their arrival: wrong zone? They are read as UTC; set the source's \`time.zone\` to the zone in which they are written`;
    expect(bench.health()).toEqual({ kind: 'degraded', detail: said });
    expect(bench.sourceHealth()).toMatchObject({ state: 'degraded', detail: said });
    expect(bench.command('advance')).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining(`data from metrics.jsonl is dated`),
    });
    expect(bench.restoredState()).toEqual(bench.execution.state);
  });

  it('is told before anything has begun', () => {
    const bench = new RolloutBench('planned');
    live(bench, 2 * hour, 3);
    expect(bench.health().kind).toBe('degraded');
  });

  it('is well again once it says the right time', () => {
    const bench = new RolloutBench();
    live(bench, 2 * hour, 10);
    live(bench, 0, 10);
    expect(bench.execution.judgement?.freshness[0]?.fresh).toBe(true);
    expect(bench.health().kind).not.toBe('degraded');
    expect(bench.phase).toBe('ready');
  });
});

describe('a source that is merely late', () => {
  it('within its limit is fresh; beyond it is not, and the writer is named', () => {
    const bench = new RolloutBench();
    live(bench, 4 * minute, 30);
    expect(bench.execution.judgement?.freshness[0]?.fresh).toBe(true);
    expect(bench.health().kind).not.toBe('degraded');
    live(bench, 22 * minute, 10);
    expect(bench.execution.judgement?.freshness[0]?.fresh).toBe(false);
    expect(bench.health()).toMatchObject({ detail: expect.stringContaining('look at the writer and its clock') });
  });

  it('because a backlog is read says nothing of its zone, and is fresh when it is over', () => {
    const bench = new RolloutBench();
    for (let left = 20; left >= 0; left -= 1) {
      bench.now += second;
      const at = new Date(bench.now - left * 6 * minute).toISOString();
      bench.records([{ timestamp: at, arm: 'new', ok: true }], left > 0);
      bench.tick();
      expect(bench.health().kind).not.toBe('degraded');
      expect(bench.execution.judgement?.freshness[0]?.fresh).toBe(left === 0);
    }
  });

  it('because it was silent before the first look is silent, although it is read only now', () => {
    const bench = new RolloutBench();
    bench.uploads(20, true, hour);
    bench.quietLog();
    bench.tick();
    expect(bench.execution.judgement?.freshness[0]?.fresh).toBe(false);
    expect(bench.health().kind).not.toBe('degraded');
  });
});
