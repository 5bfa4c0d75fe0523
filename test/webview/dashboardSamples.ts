import type { ChecklistView, ItemPhase } from '../../daemon/protocol/domain/checklistView.ts';
import type { JournalBody, JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { duration, eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { TriggerStatus } from '../../daemon/protocol/domain/verdict.ts';
import type { HostMessage } from '../../daemon/protocol/wire/dashboardMessages.ts';
import type { SeriesResult } from '../../daemon/protocol/wire/series.ts';
import type { RolloutView, StandingView } from '../../daemon/protocol/wire/view.ts';
import { condition, lookedAt, sampleRollout, sampleSource } from '../extension/sampleViews.ts';

/** Views as the daemon sends them, small enough to read as a golden text. */

const minute = 60_000;
const hour = 60 * minute;

export function trigger(id: string, over: Partial<TriggerStatus>): TriggerStatus {
  return {
    id,
    when: 'success_rate < 95%',
    consequence: 'rollback',
    over: duration(5 * minute),
    for: duration(0),
    min: 20,
    phase: { kind: 'armed' },
    verdict: condition('success_rate < 95%', 'success_rate', {
      verdict: 'met',
      figure: { value: 178 / 180, unit: '%', n: 180, good: 178 },
      limit: 0.95,
    }),
    sequential: null,
    ...over,
  };
}

const triggers: readonly TriggerStatus[] = [
  trigger('low-success', { sequential: { capital: 12.4, threshold: 10_000 } }),
  trigger('critical', {
    when: 'critical_errors > 0',
    min: 1,
    verdict: condition('critical_errors > 0', 'critical_errors', {
      verdict: 'unmet',
      figure: { value: 0, unit: '', n: 0, good: null },
      limit: 0,
    }),
  }),
  trigger('slow', {
    when: 'latency > 120% of baseline',
    consequence: 'review',
    over: duration(30 * minute),
    for: duration(30 * minute),
    min: 1,
    phase: { kind: 'pending', since: eventTime(lookedAt - 12 * minute) },
    verdict: condition('latency > 120% of baseline', 'latency', {
      verdict: 'met',
      figure: { value: 1100, unit: 'ms', n: 212, good: null },
      limit: 1044,
      baseline: { value: 870, unit: 'ms', n: 1900, good: null, from: 'concurrent' },
    }),
  }),
];

export function journalEntry(seq: number, at: number, body: JournalBody): JournalEntry {
  return { seq, rollout: 'async-upload', attempt: 1, at: wallTime(at), body, previous: '', hash: '' };
}

/** Ten per cent, soaking, with everything that the page can show. */
export function fullRollout(over: Partial<RolloutView> = {}, standing: Partial<StandingView> = {}): RolloutView {
  const plain = sampleRollout({}, standing);
  return {
    ...plain,
    plan: { ...plain.plan, lines: { ...plain.plan.lines, 'triggers.0': 52 } },
    triggers,
    sources: [
      sampleSource({ rejected: { 'invalid-json': 3, 'no-time': 1 } }),
      sampleSource({
        source: 1,
        glob: 'logs/*.log',
        arrived: wallTime(lookedAt - 20 * minute),
        needed: false,
        records: 0,
        fresh: false,
      }),
    ],
    checklists: [
      {
        id: 'before',
        title: 'Before week 1',
        items: [
          {
            id: 'before/review',
            title: 'Review all documentation',
            ticked: { by: 'ada', at: wallTime(lookedAt - hour), note: null },
          },
          { id: 'before/tests', title: 'Verify all 57 tests passing', ticked: null },
        ],
      },
      checklist('morning', 'Each morning', 'overdue', ['overdue', 'done']),
      checklist('evening', 'Each evening', 'due', ['due', 'due']),
      checklist('night', 'Each night', 'waiting', ['waiting', 'waiting']),
      checklist('weekly', 'Each week', 'done', ['done', 'done']),
    ],
    journal: [
      journalEntry(1, lookedAt - 28 * hour, {
        kind: 'stage-entered',
        stage: 2,
        id: 'ten',
        percent: percent(10),
        at: eventTime(lookedAt - 28 * hour),
        cause: 'advance',
        by: 'ada',
        reason: null,
        unmet: [],
      }),
    ],
    ...over,
  };
}

/** Due an hour before the samples are looked at, unless it waits; and again a day later. */
function checklist(id: string, title: string, phase: ItemPhase, items: readonly ItemPhase[]): ChecklistView {
  const due = wallTime(lookedAt + (phase === 'waiting' ? 9 : -1) * hour);
  return {
    id,
    title,
    phase,
    every: 'day',
    occurrence: {
      id: `${id}@2025-11-04`,
      from: wallTime(lookedAt - 9 * hour),
      due,
      overdueAt: wallTime(due + hour),
      nextDue: wallTime(due + 24 * hour),
    },
    items: items.map((each, index) => ({
      id: `${id}/${index}`,
      title: `Item ${index + 1}`,
      phase: each,
      ticked: each === 'done' ? { by: 'ada', at: wallTime(lookedAt - hour), note: null } : null,
    })),
  };
}

export function snapshot(
  view: RolloutView | null,
  over: Partial<Extract<HostMessage, { type: 'snapshot' }>> = {},
): HostMessage {
  return {
    type: 'snapshot',
    now: wallTime(lookedAt),
    rollouts: [],
    shown: view === null ? null : { folder: 'app', view },
    empty: view === null ? 'no-plan' : null,
    problems: [],
    faults: [],
    link: { kind: 'live' },
    language: {},
    ...over,
  };
}

/** `buckets` of ten minutes up to `lookedAt`; a dip of treatment in the middle. */
export function sampleSeries(buckets = 36): SeriesResult {
  const step = 10 * minute;
  const indices = Array.from({ length: buckets }, (_, index) => index);
  const dip = Math.floor(buckets / 2);
  return {
    step,
    times: indices.map((index) => lookedAt - (buckets - index) * step),
    arms: {
      treatment: {
        n: indices.map((index) => 20 + (index % 5)),
        good: indices.map((index) => (index === dip ? 16 : 20 + (index % 5))),
        quantiles: [
          { at: 0.5, values: indices.map(() => 390) },
          { at: 0.95, values: indices.map((index) => 900 + 10 * (index % 7)) },
        ],
      },
      control: {
        n: indices.map((index) => 190 + (index % 9)),
        good: indices.map((index) => 189 + (index % 9)),
        quantiles: [
          { at: 0.5, values: indices.map(() => 610) },
          { at: 0.95, values: indices.map((index) => 1400 + 20 * (index % 4)) },
        ],
      },
    },
    measures: {
      success: 'success_rate',
      error: 'error_rate',
      uploads: 'uploads',
      quantiles: [{ at: 0.95, measure: 'latency' }],
    },
    latencyUnit: 'ms',
  };
}
