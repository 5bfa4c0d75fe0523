import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Judge } from '../../daemon/judge/judge.ts';
import { renderReport } from '../../daemon/live/renderReport.ts';
import { gatherReport } from '../../daemon/live/reportFacts.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import type { LoadedPlan, Plan } from '../../daemon/protocol/domain/plan.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import type { ReportPeriod } from '../../daemon/protocol/wire/reportRequest.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import { run, runs } from '../rollout/interleavings.ts';

const whole: ReportPeriod = { kind: 'whole' };

function journalOf(plan: Plan, steps: Parameters<typeof run>[1]): readonly JournalEntry[] {
  const entries: JournalEntry[] = [];
  // Only a replay is told its stage by the records, and it has no journal.
  const kept = steps.filter(({ kind }) => kind !== 'observed');
  run(plan, kept, ({ input, decision }) => {
    for (const body of decision.events) {
      const seq = entries.length + 1;
      const { attempt } = decision.state;
      const entry = { seq, rollout: plan.id, attempt, at: input.now, body, previous: '', hash: `hash of ${seq}` };
      entries.push(JSON.parse(JSON.stringify(entry)) as JournalEntry);
    }
  });
  return entries;
}

/** Made anew each time, as after a restart, in any state of the rollout. */
async function reportOf(
  plan: Plan,
  entries: readonly JournalEntry[],
  period: ReportPeriod,
  later = 0,
): Promise<string> {
  const loaded: LoadedPlan = { plan, file: `/somewhere/${later}/rampwatch.yaml`, root: '/', hash: 'hash', lines: {} };
  const instrument = compileInstrument(plan);
  const ledger = new Ledger(plan, instrument);
  const judge = new Judge(plan, instrument, ledger, null, { freshness: 'arrival', episodes: 'ticks' });
  const state = initialState(plan.id, 'hash', wallTime(later));
  const execution = new Execution({ plan, judge, ledger, state, counters: restoreCounters(null, 1) });
  execution.tick(wallTime(later), later as never);
  const sources = { loaded, store: { events: () => entries }, execution, instrument, suites: async () => undefined };
  const facts = await gatherReport(sources, period);
  const markdown = renderReport(facts, 'markdown').text;
  return `${markdown}\n${renderReport(facts, 'html').text}`;
}

describe('a report of any journal', () => {
  it('is the same text whenever it is made', async () => {
    await fc.assert(
      fc.asyncProperty(runs, fc.integer({ min: 0, max: 1e13 }), async ([plan, steps], later) => {
        const entries = journalOf(plan, steps);
        const once = await reportOf(plan, entries, whole);
        expect((await reportOf(plan, entries, whole, later)) === once).toBe(true);
        expect(once).not.toMatch(/undefined|NaN|\[object|somewhere/);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps every override with who and why, whatever came later', async () => {
    await fc.assert(
      fc.asyncProperty(runs, async ([plan, steps]) => {
        const entries = journalOf(plan, steps);
        const overrides = entries.filter(
          ({ body }) =>
            (body.kind === 'stage-entered' && body.cause === 'override') ||
            (body.kind === 'completed' && body.unmet.length > 0),
        );
        const text = await reportOf(plan, entries, whole);
        const told = text.match(/^\*\*(?:Left|Completed) by override\*\* by marta: a reason$/gm) ?? [];
        expect(told).toHaveLength(overrides.length);
      }),
      { numRuns: 60 },
    );
  });

  it('of a day is not changed by what happens after that day', async () => {
    await fc.assert(
      fc.asyncProperty(runs, async ([plan, steps]) => {
        const entries = journalOf(plan, steps);
        const first = entries[0];
        // Where the clock was set back there is no "after".
        const ordered = entries.every(({ at }, index) => index === 0 || at >= (entries[index - 1]?.at ?? at));
        if (first === undefined || !ordered) return;
        const date = new Date(first.at).toISOString().slice(0, 10);
        const end = Date.parse(date) + 86_400_000;
        const until = entries.findIndex(({ at }) => at >= end);
        if (until === -1) return;
        const period = { kind: 'day', date } as const;
        // The first entry of the next day shows that the day is over.
        const then = await reportOf(plan, entries.slice(0, until + 1), period);
        expect((await reportOf(plan, entries, period)) === then).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
