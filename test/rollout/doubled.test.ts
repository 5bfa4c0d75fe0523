import { expect, it } from 'vitest';
import { Judge } from '../../daemon/judge/judge.ts';
import { compileInstrument } from '../../daemon/measure/instrument.ts';
import { Ledger } from '../../daemon/measure/ledger.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { Batch, SourceGap } from '../../daemon/protocol/domain/observation.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { restoreCounters } from '../../daemon/rollout/counters.ts';
import { initialState } from '../../daemon/rollout/evolve.ts';
import { Execution } from '../../daemon/rollout/execution.ts';
import { blockers } from '../../daemon/rollout/readiness.ts';

const planText = `version: 1
id: uploads
sources: [{ file: uploads.jsonl }]
arms: { treatment: { arm: new } }
measures: { ok: { share: { ok: true } } }
stages: [{ id: ten, percent: 10 }, { id: half, percent: 50 }, { id: full, percent: 100 }]
`;
const start = Date.UTC(2026, 0, 5, 10);

function begun() {
  const parsed = parsePlan(planText, 'rampwatch.yaml');
  if (parsed.kind !== 'plan') throw new Error(parsed.problems.map(({ message }) => message).join('; '));
  const { plan } = parsed.loaded;
  const instrument = compileInstrument(plan);
  const ledger = new Ledger(plan, instrument);
  const judge = new Judge(plan, instrument, ledger, null, { freshness: 'arrival', episodes: 'ticks' });
  const state = initialState(plan.id, 'hash', wallTime(start));
  const execution = new Execution({ plan, judge, ledger, state, counters: restoreCounters(null, 1) });
  execution.command({ kind: 'begin', on: decidedOn(execution) }, 'mia', 'begin', wallTime(start), eventTime(start));
  const doubledBlocks = () =>
    blockers(plan, execution.state, execution.judgement, wallTime(start)).filter(({ kind }) => kind === 'doubled');
  return { execution, doubledBlocks };
}

const decidedOn = ({ state }: Execution) => ({
  attempt: state.attempt,
  stage: state.visits.at(-1)?.stage ?? 'ten',
  revision: state.revision,
});

function batchWith(gap: Partial<SourceGap>): Batch {
  const at = wallTime(start + 1000);
  const gaps = [{ source: 0, file: 'uploads.jsonl', reason: 'it was rewritten', at, ...gap }];
  const nothing = { observations: [], ignored: 0, rejected: {}, positions: [], forgotten: [], gaps };
  return { source: 0, arrived: at, unread: false, ...nothing };
}

it('what may be counted twice is in the way of the next stage until a person goes on, with a reason', () => {
  const { execution, doubledBlocks } = begun();
  const turn = execution.observe([batchWith({ doubled: true })], eventTime(start + 1000));
  expect(turn.journal).toContainEqual(expect.objectContaining({ kind: 'source', doubled: true }));
  expect(doubledBlocks()).toEqual([{ kind: 'doubled', file: 'uploads.jsonl' }]);
  execution.observe([batchWith({ doubled: true })], eventTime(start + 2000));
  expect(doubledBlocks().length).toBe(1);
  const later = start + 3000;
  const advance = { kind: 'advance', on: decidedOn(execution), reason: 'looked at' } as const;
  execution.command(advance, 'mia', 'advance', wallTime(later), eventTime(later));
  expect(execution.state.visits.at(-1)?.stage).toBe('half');
  expect(doubledBlocks()).toEqual([]);
});

it('what a stream may have lost for good is in the way in the same manner', () => {
  const { execution } = begun();
  const lost = () =>
    blockers(execution.plan, execution.state, execution.judgement, wallTime(start)).filter(
      ({ kind }) => kind === 'lost',
    );
  const turn = execution.observe([batchWith({ lost: true })], eventTime(start + 1000));
  expect(turn.journal).toContainEqual(expect.objectContaining({ kind: 'source', lost: true }));
  expect(lost()).toEqual([{ kind: 'lost', file: 'uploads.jsonl' }]);
  const later = start + 3000;
  const bare = { kind: 'advance', on: decidedOn(execution) } as const;
  expect(execution.command(bare, 'mia', 'bare', wallTime(later), eventTime(later)).outcome?.kind).toBe('refused');
  const advance = { kind: 'advance', on: decidedOn(execution), reason: 'looked at' } as const;
  execution.command(advance, 'mia', 'advance', wallTime(later), eventTime(later));
  expect(lost()).toEqual([]);
});

it('what a file has lost is in nobody’s way', () => {
  const { execution, doubledBlocks } = begun();
  execution.observe([batchWith({})], eventTime(start + 1000));
  expect(doubledBlocks()).toEqual([]);
});
