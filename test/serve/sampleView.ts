import type { JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { duration, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { RolloutView, StandingView, WorkspaceView } from '../../daemon/protocol/wire/view.ts';

/** A rollout that was never begun. */
export function sampleRollout(id: string): RolloutView {
  return {
    rollout: id,
    plan: {
      id,
      name: id,
      file: '/workspace/rampwatch.yaml',
      hash: 'hash',
      timezone: 'UTC',
      mode: 'manual',
      lines: {},
      documents: [],
      problem: null,
    } as unknown as RolloutView['plan'],
    standing: sampleStanding(0),
    stages: [],
    triggers: [],
    sources: [],
    flag: null,
    checklists: [],
    journal: [],
  };
}

/** `revision` tells one standing from another. */
export function sampleStanding(revision: number): StandingView {
  return {
    attempt: 0,
    revision,
    phase: { kind: 'planned' },
    since: wallTime(0),
    stage: 'off',
    stageIndex: 0,
    percent: percent(0),
    health: { kind: 'ok' },
    soak: { required: duration(0), soaked: duration(0), countingSince: null },
    gateMet: 0,
    gateTotal: 0,
    missing: [],
    frozenUntil: null,
    watermark: null,
    may: ['begin', 'rollback'],
  } as unknown as StandingView;
}

export function sampleJournal(seq: number, detail: string): readonly JournalEntry[] {
  return [
    {
      seq,
      rollout: 'one',
      attempt: 0,
      at: wallTime(seq),
      body: { kind: 'daemon', detail },
      previous: '',
      hash: '',
    },
  ];
}

export function sampleWorkspace(rollouts: readonly RolloutView[]): WorkspaceView {
  return {
    root: '/workspace',
    rollouts,
    problems: [],
    faults: [],
    daemon: { pid: 1, version: '0.0.0', startedAt: wallTime(0) },
  };
}
