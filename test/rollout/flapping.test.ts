import { expect, it } from 'vitest';
import { Judge } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { JournalBody } from '../../daemon/protocol/domain/journalEntry.ts';
import type { Batch } from '../../daemon/protocol/domain/observation.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import type { Turn } from '../../daemon/rollout/turn.ts';

const triggers = Array.from(
  { length: 12 },
  (_, index) => `  - { id: t${index}, when: "lat > ${100 + index}ms", over: 1s, min: 1, then: review }`,
);
const parsed = parsePlan(
  `version: 1
id: flap
sources: [{ file: m.jsonl, fresh: 1m }]
arms: { treatment: { v: new }, control: { v: old } }
measures:
  lat: { quantile: 0.5, field: ms, unit: ms }
stages: [{ id: one, percent: 50, soak: 1d, gate: ["lat <= 100ms"] }]
triggers:
${triggers.join('\n')}
flag: { dotenv: .env, set: { F: "\${percent}" } }
`,
  'rampwatch.yaml',
);
if (parsed.kind !== 'plan') throw new Error(parsed.problems.map(({ message }) => message).join('; '));
const { plan } = parsed.loaded;
const start = Date.UTC(2026, 0, 5, 10);
const hour = 3_600_000;

/** An hour of a figure that crosses its limit every three seconds, in virtual time, with its journal. */
function flapping(acknowledgeAt: number): {
  readonly execution: Execution;
  readonly journal: readonly { readonly at: number; readonly body: JournalBody }[];
  readonly longest: number;
} {
  const instrument = compileInstrument(plan);
  const ledger = new Ledger(plan, instrument);
  const judge = new Judge(plan, instrument, ledger, null, { freshness: 'arrival', episodes: 'ticks' });
  const state = initialState(plan.id, 'hash', wallTime(start));
  const execution = new Execution({ plan, judge, ledger, state, counters: restoreCounters(null, 1) });
  const journal: { at: number; body: JournalBody }[] = [];
  let longest = 0;
  const keep = (turn: Turn): void => {
    journal.push(...turn.journal.map((body) => ({ at: turn.at - start, body })));
    if (turn.wish === null) return;
    const report = { id: turn.wish.id, progress: 'verified', detail: null } as const;
    keep(execution.effectReported(report, turn.at, eventTime(turn.at)));
  };
  const on = () => ({ attempt: execution.state.attempt, stage: 'one', revision: execution.state.revision });
  keep(execution.command({ kind: 'begin', on: on() }, 'ada', 'begin-1', wallTime(start), eventTime(start)));
  for (let passed = 500; passed <= hour; passed += 500) {
    const [wall, at] = [wallTime(start + passed), eventTime(start + passed)];
    keep(execution.observe([batchAt(start + passed, passed % 3000 < 1500 ? 500 : 50)], at));
    if (passed === acknowledgeAt) {
      const command = { kind: 'acknowledge', on: on(), reason: 'one slow disk' } as const;
      keep(execution.command(command, 'ada', 'acknowledge-1', wall, at));
    }
    keep(execution.tick(wall, at));
    longest = Math.max(longest, JSON.stringify(execution.state).length);
  }
  return { execution, journal, longest };
}

function batchAt(at: number, took: number): Batch {
  const reading = {
    kind: 'outcome',
    at: eventTime(at),
    arm: 'treatment',
    shares: 0,
    fields: [took],
    values: ['new'],
  } as const;
  const place = { file: 'm.jsonl', line: (at - start) / 500, offset: at - start };
  return {
    source: 0,
    arrived: wallTime(at),
    observations: [{ reading, place }],
    unread: false,
    ignored: 0,
    rejected: {},
    positions: [],
    forgotten: [],
    gaps: [],
  };
}

it('an hour of twelve triggers at their limits is twelve firings and one review, and one acknowledgement holds', () => {
  const { execution, journal, longest } = flapping(hour / 6);
  const of = (kind: JournalBody['kind']) => journal.filter(({ body }) => body.kind === kind);
  expect(of('firing')).toHaveLength(12);
  expect(of('acknowledged')).toMatchObject([{ at: hour / 6, body: { triggers: plan.triggers.map(({ id }) => id) } }]);
  expect(of('review-opened').every(({ at }) => at < 5000)).toBe(true);
  expect(execution.state.phase.kind).toBe('soaking');
  expect(journal.length).toBeLessThan(40);
  expect(longest).toBeLessThan(16_384);
});
