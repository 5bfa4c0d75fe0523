import type { Effect } from '../../daemon/protocol/domain/flagEffect.ts';
import type { Phase } from '../../daemon/protocol/domain/rolloutPhase.ts';
import { duration, eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { ConditionVerdict, Firing, TriggerStatus } from '../../daemon/protocol/domain/verdict.ts';
import type {
  RolloutView,
  SourceView,
  StageView,
  StandingView,
  WorkspaceView,
} from '../../daemon/protocol/wire/view.ts';

/** 2025-11-04 09:00 UTC: the moment at which the samples are looked at. */
export const lookedAt = Date.UTC(2025, 10, 4, 9);
const hour = 3_600_000;

export const firing: Firing = {
  trigger: 'low-success',
  rule: 'literal',
  at: eventTime(lookedAt - 60_000),
  until: eventTime(lookedAt - 5000),
  window: { from: eventTime(lookedAt - 360_000), to: eventTime(lookedAt - 60_000) },
  n: 52,
  good: 48,
  figure: 48 / 52,
  condition: 'success_rate < 95%',
  evidence: [],
};

export function condition(
  text: string,
  measure: string,
  over: Partial<ConditionVerdict> & Pick<ConditionVerdict, 'verdict' | 'figure'>,
): ConditionVerdict {
  return {
    condition: text,
    measure,
    limit: null,
    baseline: null,
    window: { from: null, to: null },
    label: null,
    reason: '',
    ...over,
  };
}

const gate: readonly ConditionVerdict[] = [
  condition('success_rate >= 99.5%', 'success_rate', {
    verdict: 'met',
    figure: { value: 1202 / 1204, unit: '%', n: 1204, good: 1202 },
    limit: 0.995,
    label: { kind: 'insufficient', needed: 380 },
  }),
  condition('error_rate <= 0.5%', 'error_rate', {
    verdict: 'met',
    figure: { value: 2 / 1204, unit: '%', n: 1204, good: 2 },
    limit: 0.005,
    label: { kind: 'proven' },
  }),
  condition('latency <= 105% of baseline', 'latency', {
    verdict: 'unmet',
    figure: { value: 940, unit: 'ms', n: 1204, good: null },
    limit: 913.5,
    baseline: { value: 870, unit: 'ms', n: 10_836, good: null, from: 'concurrent' },
  }),
  condition('uploads >= 1000', 'uploads', {
    verdict: 'met',
    figure: { value: 1204, unit: '', n: 1204, good: null },
    limit: 1000,
  }),
];

const effect: Effect = {
  id: 'effect-2',
  purpose: 'advance',
  stage: 'ten',
  percent: percent(10),
  enabled: true,
  progress: 'in-force',
  since: wallTime(lookedAt - 28 * hour),
  verifiedAt: wallTime(lookedAt - 28 * hour),
  detail: null,
  tries: 1,
};

function stage(id: string, of: number, over: Partial<StageView>): StageView {
  return {
    id,
    percent: percent(of),
    soak: duration(48 * hour),
    state: 'ahead',
    gate: [],
    visit: null,
    arms: { treatment: 0, control: 0 },
    ...over,
  };
}

function visit(id: string, of: number, from: number, to: number | null): StageView['visit'] {
  return {
    attempt: 1,
    stage: id,
    percent: percent(of),
    from: eventTime(from),
    to: to === null ? null : eventTime(to),
    override: null,
  };
}

export function sampleSource(over: Partial<SourceView> = {}): SourceView {
  return {
    source: 0,
    glob: 'logs/metrics.jsonl',
    arrived: wallTime(lookedAt - 12_000),
    newest: eventTime(lookedAt - 12_000),
    fresh: true,
    limit: duration(15 * 60_000),
    needed: true,
    health: { source: 0, glob: 'logs/metrics.jsonl', state: 'reading', detail: null, files: [], lag: 0 },
    records: 12_040,
    ignored: 0,
    rejected: {},
    gaps: [],
    ...over,
  };
}

/** Ten per cent for 28 hours, three of four conditions met, 20 hours of soak to come. */
function sampleStanding(over: Partial<StandingView> = {}): StandingView {
  return {
    attempt: 1,
    revision: 7,
    phase: { kind: 'soaking' },
    since: wallTime(lookedAt - 28 * hour),
    stage: 'ten',
    stageIndex: 2,
    percent: percent(10),
    health: { kind: 'ok' },
    soak: {
      required: duration(48 * hour),
      soaked: duration(0),
      countingSince: wallTime(lookedAt - 28 * hour),
    },
    gateMet: 3,
    gateTotal: 4,
    missing: ['latency 108 % of control, needs 105 %', 'soak ends tomorrow 05:00'],
    frozenUntil: null,
    watermark: eventTime(lookedAt - 12_000),
    effects: {
      rollback: {
        stage: 'off',
        percent: percent(0),
        flag: { target: '.env', values: { ASYNC_UPLOAD_ENABLED: 'false', ASYNC_UPLOAD_ROLLOUT: '0' } },
      },
      advance: {
        stage: 'fifty',
        percent: percent(50),
        flag: { target: '.env', values: { ASYNC_UPLOAD_ENABLED: 'true', ASYNC_UPLOAD_ROLLOUT: '50' } },
      },
    },
    may: ['advance', 'override', 'hold', 'rollback'],
    ...over,
  };
}

export function sampleRollout(over: Partial<RolloutView> = {}, standing: Partial<StandingView> = {}): RolloutView {
  return {
    rollout: 'async-upload',
    plan: {
      id: 'async-upload',
      name: 'Async upload rollout',
      file: '/workspace/rampwatch.yaml',
      hash: 'hash',
      timezone: 'UTC',
      mode: 'manual',
      lines: { 'stages.2': 31, 'stages.2.gate.2': 34 },
      documents: [],
      problem: null,
    },
    standing: sampleStanding(standing),
    stages: [
      stage('off', 0, {
        state: 'passed',
        soak: duration(24 * hour),
        visit: visit('off', 0, lookedAt - 100 * hour, lookedAt - 76 * hour),
      }),
      stage('one', 1, {
        state: 'passed',
        gate: gate.slice(0, 1),
        visit: visit('one', 1, lookedAt - 76 * hour, lookedAt - 28 * hour),
        arms: { treatment: 340, control: 33_010 },
      }),
      stage('ten', 10, {
        state: 'current',
        gate,
        visit: visit('ten', 10, lookedAt - 28 * hour, null),
        arms: { treatment: 1204, control: 10_836 },
      }),
      stage('fifty', 50, { gate: gate.slice(0, 2) }),
      stage('full', 100, {}),
    ],
    triggers: [],
    sources: [sampleSource()],
    flag: {
      target: '.env',
      effect,
      proof: { kind: 'proven', treatment: 1204, total: 12_040, detail: '1,204 of 12,040 uploads were treatment' },
      values: { ASYNC_UPLOAD_ENABLED: 'true', ASYNC_UPLOAD_ROLLOUT: '10' },
    },
    checklists: [],
    journal: [],
    ...over,
  };
}

export function withPhase(phase: Phase, standing: Partial<StandingView> = {}): RolloutView {
  return sampleRollout({}, { phase, ...standing });
}

export function sampleWorkspace(rollouts: readonly RolloutView[], over: Partial<WorkspaceView> = {}): WorkspaceView {
  return {
    root: '/workspace',
    rollouts,
    problems: [],
    faults: [],
    daemon: { pid: 1, version: '0.1.0', startedAt: wallTime(lookedAt - hour) },
    ...over,
  };
}

export function sampleTrigger(id: string, over: Partial<TriggerStatus> = {}): TriggerStatus {
  return {
    id,
    when: 'success_rate < 95%',
    consequence: 'rollback',
    over: duration(300_000),
    for: duration(0),
    min: 20,
    phase: { kind: 'armed' },
    verdict: condition('success_rate < 95%', 'success_rate', {
      verdict: 'unmet',
      figure: { value: 0.998, unit: '%', n: 1204, good: 1202 },
      limit: 0.95,
    }),
    sequential: null,
    ...over,
  };
}
