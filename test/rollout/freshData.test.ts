import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Judge } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { Batch, Observation } from '../../daemon/protocol/domain/observation.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';

/** After a gap of the clock: data from before the gap stay old, however late they are read. */

const planText = `version: 1
id: uploads
sources: [{ file: uploads.jsonl }, { file: imports.jsonl }, { file: app.log }]
arms: { treatment: { arm: new } }
measures: { ok: { share: { ok: true } }, critical: { lines: [CRITICAL] } }
stages: [{ id: off, percent: 0 }, { id: ten, percent: 10, gate: ["ok >= 90%", "critical == 0"] }]
`;
const lastSource = 2;
const before = Date.UTC(2026, 0, 5, 10);
const gapEnd = before + 3_600_000;

function begun(text = planText) {
  const parsed = parsePlan(text, 'rampwatch.yaml');
  if (parsed.kind !== 'plan') throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  const { plan } = parsed.loaded;
  const instrument = compileInstrument(plan);
  const ledger = new Ledger(plan, instrument);
  const judge = new Judge(plan, instrument, ledger, null, { freshness: 'arrival', episodes: 'ticks' });
  const state = initialState(plan.id, 'hash', wallTime(before));
  const execution = new Execution({ plan, judge, ledger, state, counters: restoreCounters(null, 3) });
  const on = { attempt: 0, stage: 'off', revision: 0 };
  execution.command({ kind: 'begin', on }, 'mia', 'key', wallTime(before), eventTime(before));
  execution.clockGap(wallTime(before + 1000), wallTime(gapEnd));
  return execution;
}

function recordAt(at: number): Observation['reading'] {
  return { kind: 'outcome', at: eventTime(at), arm: 'treatment', shares: 1, fields: [], values: ['new'] };
}

function batchOf(source: number, readings: readonly Observation['reading'][], arrived: number): Batch {
  const place = { file: 'a file', line: 1, offset: 0 };
  const observations = readings.map((reading) => ({ reading, place }));
  const rest = { unread: false, ignored: 0, rejected: {}, positions: [], forgotten: [], gaps: [] };
  return { source, arrived: wallTime(arrived), observations, ...rest };
}

type Step =
  | { readonly kind: 'written'; readonly source: number }
  | { readonly kind: 'read'; readonly source: number; readonly most: number };

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('written' as const), source: fc.integer({ min: 0, max: lastSource }) }),
    fc.record({
      kind: fc.constant('read' as const),
      source: fc.integer({ min: 0, max: lastSource }),
      most: fc.integer({ min: 0, max: 9 }),
    }),
  ),
  { minLength: 20, maxLength: 60 },
);

describe('new data after a gap of the clock', () => {
  it('is never what was written before it, in whatever order the backlogs of several sources are read', () => {
    let lifted = 0;
    let waited = 0;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 3, maxLength: 3 }), steps, (backlog, taken) => {
        const execution = begun();
        const unread = backlog.map((count) => Array.from({ length: count }, (_, index) => before + 2000 + index));
        const newest: number[] = [];
        let now = gapEnd;
        for (const step of taken as readonly Step[]) {
          now += 1000;
          const lines = unread[step.source] ?? [];
          if (step.kind === 'written') lines.push(now);
          else {
            const read = lines.splice(0, step.most);
            // A line without a time of its own gets the time of its arrival.
            const readings = read.map((at) =>
              step.source === lastSource ? ({ kind: 'line', at: eventTime(now), matches: 0 } as const) : recordAt(at),
            );
            if (read.length > 0) execution.observe([batchOf(step.source, readings, now)], eventTime(now));
            if (step.source !== lastSource) newest.push(...read);
            const isRead = lines.length === 0;
            const progress = isRead
              ? { readToEnd: wallTime(now), behindSince: null }
              : { readToEnd: null, behindSince: wallTime(now) };
            execution.judge.sources.noteProgress(step.source, progress);
            if (isRead && step.source === lastSource)
              execution.judge.sources.noteAlive(step.source, wallTime(now), null);
          }
          const isHeld = execution.state.freshDataAfter !== null;
          execution.tick(wallTime(now), eventTime(now));
          if (!isHeld || execution.state.freshDataAfter !== null) {
            waited += 1;
            continue;
          }
          lifted += 1;
          expect(
            unread.flat().filter((at) => at < gapEnd),
            'no line of before the gap is unread',
          ).toEqual([]);
          expect(Math.max(...newest), 'a record of after the gap was read').toBeGreaterThan(gapEnd);
        }
      }),
      { numRuns: 400 },
    );
    expect(Math.min(lifted, waited)).toBeGreaterThan(50);
  });

  it('comes at last: once all is read and something new was recorded', () => {
    const execution = begun();
    execution.observe([batchOf(0, [recordAt(before + 2000)], gapEnd + 500)], eventTime(gapEnd + 500));
    expect(execution.state.freshDataAfter).toBe(gapEnd);
    for (const source of [0, 1, 2]) {
      execution.judge.sources.noteProgress(source, { readToEnd: wallTime(gapEnd + 900), behindSince: null });
    }
    execution.tick(wallTime(gapEnd + 1000), eventTime(gapEnd + 1000));
    expect(execution.state.freshDataAfter, 'nothing has happened since').toBe(gapEnd);
    execution.observe([batchOf(0, [recordAt(gapEnd + 1500)], gapEnd + 2000)], eventTime(gapEnd + 2000));
    expect(execution.state.freshDataAfter).toBeNull();
  });

  it('of a gate that rests on logs alone is that they were read to their end', () => {
    const execution = begun(planText.replace('"ok >= 90%", ', ''));
    const line = { kind: 'line', at: eventTime(gapEnd + 10), matches: 0 } as const;
    execution.observe([batchOf(2, [line], gapEnd + 10)], eventTime(gapEnd + 10));
    expect(execution.state.freshDataAfter, 'a line is no sign that no other is unread').toBe(gapEnd);
    execution.judge.sources.noteProgress(2, { readToEnd: wallTime(gapEnd + 11), behindSince: null });
    execution.tick(wallTime(gapEnd + 1000), eventTime(gapEnd + 1000));
    expect(execution.state.freshDataAfter).toBeNull();
  });

  it('is asked for at an advance too: a source that is never read to its end blocks it once its limit is over', () => {
    const execution = begun();
    const limit = 15 * 60_000;
    for (const at of [gapEnd + 1000, gapEnd + limit, gapEnd + limit + 2000]) {
      execution.observe([batchOf(0, [recordAt(at)], at)], eventTime(at));
      execution.judge.sources.noteProgress(0, { readToEnd: null, behindSince: wallTime(gapEnd + 1000) });
      execution.tick(wallTime(at), eventTime(at));
      const fresh = execution.judgement?.freshness[0]?.fresh;
      expect(fresh).toBe(at <= gapEnd + 1000 + limit);
    }
  });
});
