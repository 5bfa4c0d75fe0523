import { describe, expect, it } from 'vitest';
import type { JournalBody } from '../../daemon/protocol/domain/journalEntry.ts';
import { hour, minute, RolloutBench, second } from '../faults/rolloutBench.ts';

/** A wall clock that ran ahead is set right: its early stamps must not hide later events. */

function gaps(journal: readonly JournalBody[]) {
  return journal.flatMap((body) => (body.kind === 'clock-gap' ? [body] : []));
}

describe('a clock that was set back by hours', () => {
  it.each([2 * hour, 40 * minute, 26 * hour])('leaves no trigger blind (%d ms)', (by) => {
    const bench = new RolloutBench();
    bench.quietLog();
    bench.uploads(200, true);
    bench.tick();
    bench.gap(-by);
    for (let passed = 0; passed < 5; passed += 1) {
      bench.now += 2 * second;
      bench.uploads(2, false);
      bench.tick();
    }
    expect(bench.phase).toBe('rolled-back');
    expect(bench.journal.filter(({ kind }) => kind === 'firing')).toHaveLength(1);
    expect(gaps(bench.journal)).toMatchObject([{ setAside: 200 }]);
  });

  it('counts in no window what was dated ahead of it: good uploads of then do not outweigh failing ones of now', () => {
    const bench = new RolloutBench();
    const began = bench.now;
    for (let passed = 0; passed < 60; passed += 1) {
      bench.now += minute;
      bench.uploads(20, true);
    }
    bench.gap(began - bench.now + 10 * minute);
    bench.now += 10 * second;
    bench.uploads(9, false);
    expect(bench.phase).toBe('soaking');
    bench.now += 3 * minute;
    bench.uploads(60, false);
    expect(bench.phase).toBe('rolled-back');
  });

  it('begins a stay that it dated ahead with the present, for its gate too', () => {
    const bench = new RolloutBench();
    bench.quietLog();
    bench.uploads(30, true);
    bench.tick();
    bench.gap(-3 * hour);
    const { visits, soaked, countingSince } = bench.execution.state;
    expect(visits.at(-1)?.from).toBe(bench.now);
    expect({ soaked, countingSince }).toEqual({ soaked: 10 * minute, countingSince: bench.now });
    bench.tick();
    expect(bench.verdict('uploads >= 10')).toMatchObject({ verdict: 'no-data' });
    bench.now += 30 * second;
    bench.uploads(12, true);
    bench.quietLog();
    bench.tick();
    expect(bench.verdict('uploads >= 10')).toMatchObject({ verdict: 'met', figure: { n: 12 } });
  });

  it('lets nothing pass until something was written after it, whatever the dates of what is read late', () => {
    const bench = new RolloutBench();
    bench.quietLog();
    bench.uploads(30, true);
    bench.tick();
    bench.gap(-2 * minute);
    // Written before the clock was set back, dated up to two minutes ahead of it, read after it.
    bench.now += second;
    bench.uploads(30, true, -90 * second);
    bench.quietLog();
    bench.tick(second);
    expect(bench.command('advance')).toMatchObject({ kind: 'refused' });
    expect(bench.execution.state.freshDataAfter).not.toBeNull();
    bench.readAll();
    bench.tick(second);
    expect(bench.execution.state.freshDataAfter).not.toBeNull();
    bench.now += second;
    bench.uploads(12, true);
    expect(bench.execution.state.freshDataAfter).toBeNull();
  });

  it('is not undone by what was read before it and is taken after it', () => {
    const bench = new RolloutBench();
    bench.quietLog();
    bench.uploads(30, true);
    const arrived = bench.now;
    bench.gap(-2 * hour);
    bench.now += second;
    bench.uploadsRead(arrived, 50);
    expect(bench.rejected).toEqual({ future: 50 });
    expect(bench.execution.ledger.watermark).toBeNull();
    bench.now += 10 * second;
    bench.uploads(9, false);
    expect(bench.phase).toBe('rolled-back');
  });

  it('is journalled once, and its journal tells the state that it left', () => {
    const bench = new RolloutBench();
    bench.uploads(30, true);
    bench.gap(-5 * hour);
    for (let passed = 0; passed < 30; passed += 1) bench.tick(second);
    expect(gaps(bench.journal)).toHaveLength(1);
    expect(bench.restoredState()).toEqual(bench.execution.state);
  });
});
