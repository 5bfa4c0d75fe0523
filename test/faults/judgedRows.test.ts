import { describe, expect, it } from 'vitest';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { hour, minute, RolloutBench, second } from './rolloutBench.ts';

/** The rows of the fault matrix that the judge and the state machine answer for. */

function proven(): RolloutBench {
  const bench = new RolloutBench();
  bench.quietLog();
  bench.uploads(20, true);
  bench.tick();
  return bench;
}

describe('row 29: a source that says nothing', () => {
  it('when all is there, goes on', () => {
    expect(proven().phase).toBe('ready');
  });

  it.each([
    ['never existed', (bench: RolloutBench) => bench.quietLog(), /nothing has come from metrics\.jsonl yet/],
    [
      'was deleted or fell silent',
      (bench: RolloutBench) => {
        bench.uploads(20, true);
        bench.tick(6 * minute);
        bench.quietLog();
      },
      /metrics\.jsonl has been silent since 10:10:00, longer than 5 m/,
    ],
  ])('that %s is no-data and blocks the advance', (_, happens, said) => {
    const bench = new RolloutBench();
    happens(bench);
    bench.tick();
    expect(bench.phase).toBe('soaking');
    expect(bench.verdict('ok >= 90%')).toMatchObject({ verdict: 'no-data', reason: expect.stringMatching(said) });
    expect(bench.command('advance')).toMatchObject({ kind: 'refused' });
  });

  it('takes back what was ready', () => {
    const bench = proven();
    bench.tick(6 * minute);
    expect(bench.phase).toBe('soaking');
    expect(bench.journal.at(-1)).toMatchObject({ kind: 'gate-lost' });
  });
});

describe('row 30: a writer that is alive and tells of no error', () => {
  it('proves nothing with fewer uploads than the gate wants', () => {
    const bench = new RolloutBench();
    bench.quietLog();
    bench.uploads(9, true);
    bench.tick();
    expect(bench.verdict('ok >= 90%')?.verdict).toBe('met');
    expect(bench.verdict('uploads >= 10')?.verdict).toBe('unmet');
    expect(bench.phase).toBe('soaking');
  });

  it('proves nothing by a log without a line of trouble that nobody could read', () => {
    const bench = new RolloutBench();
    bench.uploads(20, true);
    bench.tick();
    expect(bench.verdict('critical == 0')?.verdict).toBe('no-data');
    expect(bench.phase).toBe('soaking');
  });
});

describe('row 31: a record that comes late', () => {
  it('is counted, and may roll back', () => {
    const bench = proven();
    bench.uploads(30, false, 2 * minute);
    expect(bench.execution.ledger.records).toBe(50);
    expect(bench.phase).toBe('rolled-back');
  });

  it('never advances: what happened before the stage began proves nothing of it', () => {
    const bench = new RolloutBench();
    bench.quietLog();
    bench.uploads(30, true, hour);
    bench.tick();
    expect(bench.execution.ledger.records).toBe(30);
    expect(bench.verdict('ok >= 90%')?.verdict).toBe('no-data');
    expect(bench.phase).toBe('soaking');
  });
});

describe('row 32: stamps', () => {
  it('of more than five minutes ahead are set aside and counted; they move no window', () => {
    const bench = proven();
    const at = (ahead: number) => new Date(bench.now + ahead).toISOString();
    bench.records([
      { timestamp: at(6 * minute), arm: 'new', ok: false },
      { timestamp: at(24 * hour), arm: 'new', ok: false },
      { timestamp: at(4 * minute), arm: 'new', ok: true },
    ]);
    expect(bench.rejected).toEqual({ future: 2 });
    // No event is later than its arrival: a clock that is a little ahead does not hide the other writers' records.
    expect(bench.execution.ledger.watermark).toBe(bench.now + second);
    bench.uploads(40, false);
    expect(bench.phase).toBe('rolled-back');
  });
});

describe('row 33: a backfill of days', () => {
  it('passes no gate of now, however good it is', () => {
    const bench = new RolloutBench();
    bench.quietLog();
    const days = Array.from({ length: 3 * 24 }, (_, hours) => bench.now - (3 * 24 - hours) * hour);
    for (const at of days) {
      const records = Array.from({ length: 20 }, (_, index) => ({
        timestamp: new Date(at + index * 1000).toISOString(),
        arm: 'new',
        ok: true,
      }));
      bench.records(records, at !== days.at(-1));
    }
    bench.tick();
    expect(bench.execution.ledger.records).toBe(3 * 24 * 20);
    expect(bench.verdict('ok >= 90%')?.verdict).toBe('no-data');
    expect(bench.command('advance')).toMatchObject({ kind: 'refused' });
    expect(bench.journal.filter(({ kind }) => kind === 'firing')).toEqual([]);
  });
});

describe('row 37: a flood that is read more slowly than it is written', () => {
  it('is stale once it has been behind for longer than its limit, and blocks; its failures still roll back', () => {
    const bench = proven();
    const behindSince = wallTime(bench.now);
    for (let second = 0; second < 310; second += 5) {
      bench.now += 5000;
      bench.quietLog();
      bench.records([{ timestamp: new Date(bench.now - minute).toISOString(), arm: 'new', ok: true }], true);
      bench.execution.judge.sources.noteProgress(0, { readToEnd: behindSince, behindSince });
      bench.tick();
    }
    expect(bench.phase).toBe('soaking');
    expect(bench.verdict('ok >= 90%')).toMatchObject({
      verdict: 'no-data',
      reason: expect.stringMatching(/^metrics\.jsonl has had unread data for 5 m 10 s, longer than 5 m$/),
    });
    bench.records(
      Array.from({ length: 60 }, (_, index) => ({
        timestamp: new Date(bench.now - minute + index * 100).toISOString(),
        arm: 'new',
        ok: false,
      })),
      true,
    );
    expect(bench.phase).toBe('rolled-back');
  });
});

describe('row 38: a suspend', () => {
  it('is nobody’s soak, and lets nothing go on before something has happened after it', () => {
    const bench = proven();
    bench.gap(8 * hour);
    bench.quietLog();
    bench.tick(1000);
    expect(bench.phase).toBe('soaking');
    // Written before the lid was closed, read after it was opened.
    bench.uploads(30, true, 8 * hour);
    bench.quietLog();
    bench.tick(1000);
    expect(bench.execution.state.freshDataAfter).not.toBeNull();
    expect(bench.command('advance')).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('no new data since the clock gap'),
    });
    bench.uploads(1, true);
    bench.quietLog();
    bench.tick(1000);
    expect(bench.phase).toBe('ready');
  });

  it('a backlog of it may roll back', () => {
    const bench = proven();
    bench.gap(8 * hour);
    bench.uploads(30, false, 8 * hour - minute);
    expect(bench.phase).toBe('rolled-back');
    expect(bench.execution.ledger.watermark).toBeLessThan(eventTime(bench.now));
  });
});
