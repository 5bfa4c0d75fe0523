import { parsePlan } from '../../daemon/plan/load.ts';
import type { JournalBody, JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import type { LoadedPlan } from '../../daemon/protocol/domain/plan.ts';
import { duration, eventTime, percent, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { ConditionVerdict, Firing } from '../../daemon/protocol/domain/verdict.ts';
import type { ReportFacts } from '../../daemon/report/facts.ts';

const hour = 3_600_000;
const began = Date.UTC(2025, 10, 3, 9);

/** Facts in which every kind of text that others write is `hostile`: the plan's, a log's, a person's. */
export function hostileFacts(hostile: string): ReportFacts {
  const loaded = loadedPlan(hostile);
  const firing: Firing = {
    trigger: hostile,
    rule: 'literal',
    at: eventTime(began + hour),
    until: eventTime(began + hour),
    window: { from: eventTime(began), to: eventTime(began + hour) },
    n: 20,
    good: 5,
    figure: 0.25,
    condition: hostile,
    evidence: [
      { file: hostile, line: 7, offset: 90 },
      { file: 'metrics.jsonl', line: 8, offset: 190 },
    ],
  };
  const verdict: ConditionVerdict = {
    condition: hostile,
    measure: hostile,
    verdict: 'unmet',
    figure: { value: 0.25, unit: '%', n: 20, good: 5 },
    limit: 0.9,
    baseline: { value: 0.5, unit: hostile.slice(0, 5), n: 3, good: null, from: 'concurrent' },
    window: { from: null, to: null },
    label: { kind: 'insufficient', needed: 12 },
    reason: hostile,
  };
  const visit = {
    attempt: 1,
    stage: hostile,
    percent: percent(10),
    from: eventTime(began),
    to: eventTime(began + hour),
    override: { by: hostile, reason: hostile, unmet: [hostile, hostile] },
  };
  const bodies: readonly JournalBody[] = [
    { kind: 'begun', by: hostile, attempt: 1, planHash: hostile },
    {
      kind: 'stage-entered',
      stage: 0,
      id: hostile,
      percent: percent(10),
      at: eventTime(began),
      cause: 'override',
      by: hostile,
      reason: hostile,
      unmet: [hostile],
    },
    { kind: 'gate-lost', conditions: [hostile] },
    { kind: 'held', cause: { kind: 'person', by: hostile, reason: hostile } },
    { kind: 'resumed', by: hostile },
    { kind: 'source', glob: hostile, file: hostile, detail: hostile },
    { kind: 'signal', name: hostile, by: hostile, note: hostile, at: eventTime(began) },
    { kind: 'tick', item: hostile, by: hostile, ticked: true, note: hostile },
    { kind: 'daemon', detail: hostile },
    { kind: 'firing', firing },
    {
      kind: 'lines',
      trigger: hostile,
      firedAt: firing.at,
      lines: firing.evidence.map((place) => ({ place, text: hostile })),
    },
    { kind: 'review-opened', firings: [firing] },
    { kind: 'acknowledged', by: hostile, reason: hostile, triggers: [hostile, hostile] },
    { kind: 'rollback-started', cause: { kind: 'trigger', firing }, to: -1, at: eventTime(began + hour) },
    { kind: 'effect-progressed', id: 'x', progress: 'failed', detail: hostile, took: duration(7) },
    { kind: 'rollback-failed', detail: hostile },
    { kind: 'plan-changed', planHash: hostile, stage: 0 },
  ];
  const entries = bodies.map(
    (body, index): JournalEntry => ({
      seq: index + 1,
      rollout: 'hostile',
      attempt: 1,
      at: wallTime(began + (index * hour) / 20),
      body,
      previous: hostile,
      hash: hostile,
    }),
  );
  const asOf = entries.at(-1)?.at ?? wallTime(began);
  const tick = { by: hostile, at: asOf, note: hostile };
  const checklist = {
    id: 'list',
    title: hostile,
    items: [
      { id: `list/${hostile}`, title: hostile, ticked: tick, from: 'claim' as const, ticks: [tick], notes: [tick] },
    ],
    occurrence: { id: `list@${hostile}`, from: null, due: null, overdueAt: null },
  };
  const column = [3, 0, 5];
  const arm = {
    n: column,
    good: [3, 0, 4],
    quantiles: [
      { at: 0.5, values: [100, null, 120] },
      { at: 0.95, values: [200, null, 240] },
    ],
  };
  return {
    period: { kind: 'whole' },
    span: null,
    loaded,
    asOf,
    entries,
    stays: [
      { visit, index: 0, gate: [verdict], arms: { treatment: 20, control: 3 }, from: 'journal' },
      {
        visit: { ...visit, to: null },
        index: 0,
        gate: [verdict],
        arms: { treatment: 20, control: 3 },
        from: 'records',
      },
    ],
    series: {
      step: hour / 3,
      times: [began, began + hour / 3, began + hour],
      arms: { treatment: arm, control: arm },
      measures: { success: 'ok', error: 'bad', uploads: 'uploads', quantiles: [{ at: 0.95, measure: 'latency' }] },
      latencyUnit: hostile.slice(0, 5),
    },
    closeUps: [],
    leftOut: [],
    view: {
      rollout: 'hostile',
      plan: {
        id: 'hostile',
        name: hostile,
        file: loaded.file,
        hash: loaded.hash,
        timezone: 'UTC',
        mode: 'manual',
        lines: {},
        documents: [],
        problem: null,
      },
      standing: {
        attempt: 1,
        revision: 3,
        phase: { kind: 'rollback-failed', cause: { kind: 'trigger', firing }, detail: hostile },
        since: asOf,
        stage: hostile,
        stageIndex: 0,
        percent: percent(10),
        health: { kind: 'alarm', detail: hostile },
        soak: { required: duration(0), soaked: duration(0), countingSince: null },
        gateMet: 0,
        gateTotal: 1,
        missing: [hostile],
        frozenUntil: null,
        watermark: null,
        may: [],
      },
      stages: [
        {
          id: hostile,
          percent: percent(10),
          soak: duration(0),
          state: 'current',
          gate: [verdict],
          visit,
          arms: { treatment: 1, control: 1 },
        },
      ],
      triggers: [],
      sources: [],
      flag: { target: hostile, effect: null, proof: null, values: {} },
      checklists: [checklist],
      deliverables: checklist,
      tests: [
        {
          name: hostile,
          junit: hostile,
          state: 'failing',
          detail: hostile,
          expect: 3,
          groups: [{ name: hostile, expect: 1, met: false, tests: 1, passed: 0, failed: 1, skipped: 0 }],
          ran: asOf,
          freshUntil: null,
          commit: hostile,
          tests: 1,
          passed: 0,
          failed: 1,
          skipped: 0,
        },
      ],
      targets: [
        {
          measure: hostile,
          wanted: hostile,
          outcome: 'missed',
          detail: hostile,
          unit: 'ms',
          baseline: null,
          current: null,
          ratio: null,
        },
      ],
      journal: [],
    },
  };
}

/** A plan whose every free text is the hostile one; what the schema restricts cannot be. */
function loadedPlan(hostile: string): LoadedPlan {
  const parsed = parsePlan(
    `version: 1
id: hostile
sources: [{ file: metrics.jsonl }]
arms: { treatment: { arm: new } }
measures: { ok: { share: { ok: true } }, bad: { share_not: ok } }
stages: [{ id: ten, percent: 10, gate: ["ok >= 90%"] }, { id: full, percent: 100, gate: ["ok >= 95%"] }]
triggers: [{ id: low, when: "ok < 80%", over: 5m, then: rollback, rule: literal, within: 5m }]
checklists: [{ id: list, title: List, items: [One] }]
milestones: [{ date: 2025-11-04, title: End }]
documents: [{ path: a.md, purpose: b, minutes: 5 }]
escalation: { contact: c, reference: d }
`,
    '/plans/rampwatch.yaml',
  );
  if (parsed.kind !== 'plan') throw new Error(JSON.stringify(parsed.problems));
  const { loaded } = parsed;
  const [trigger] = loaded.plan.triggers;
  if (trigger === undefined) throw new Error('the plan has a trigger');
  const plan = {
    ...loaded.plan,
    name: hostile,
    stages: loaded.plan.stages.map((stage) => ({
      ...stage,
      id: hostile,
      gate: stage.gate.map((condition) => ({ ...condition, text: hostile })),
    })),
    triggers: [{ ...trigger, id: hostile, when: { ...trigger.when, text: hostile } }],
    milestones: [{ date: hostile, title: hostile }],
    documents: [{ path: hostile, purpose: hostile, minutes: 5 }],
    escalation: { contact: hostile, reference: hostile },
  };
  return { ...loaded, plan, hash: hostile, file: `/plans/${hostile.replaceAll('/', '')}` };
}
