import { describe, expect, it } from 'vitest';
import { workspaceLines } from '../../../daemon/cli/statusText.ts';
import type { JournalBody, RolloutEvent } from '../../../daemon/protocol/domain/journalEntry.ts';
import type { HoldCause, Phase } from '../../../daemon/protocol/domain/rolloutPhase.ts';
import { duration, eventTime, percent, wallTime } from '../../../daemon/protocol/domain/units.ts';
import type { EvidenceLabel, Verdict } from '../../../daemon/protocol/domain/verdict.ts';
import { english } from '../../../daemon/protocol/words/factWords.ts';
import { type JournalKind, journalSentence, journalWords } from '../../../daemon/protocol/words/journalWords.ts';
import { holdCause, phaseWords } from '../../../daemon/protocol/words/phaseWords.ts';
import { sentence } from '../../../daemon/protocol/words/sentence.ts';
import { soakProgress, soakWords } from '../../../daemon/protocol/words/soakWords.ts';
import { evidenceWords, verdictWords } from '../../../daemon/protocol/words/verdictWords.ts';
import { entryText } from '../../../daemon/report/entryText.ts';
import type { Span } from '../../../daemon/report/reportDocument.ts';
import { activityText } from '../../../extension/views/activityText.ts';
import { conditionFacts } from '../../../extension/views/verdictText.ts';
import { gateRows } from '../../../webview/model/gateTable.ts';
import { stageRail } from '../../../webview/model/stageRail.ts';
import { condition, firing, lookedAt, sampleRollout, sampleWorkspace } from '../../extension/sampleViews.ts';

/**
 * Every fact on every surface, as one table for people to read and agree with: `golden/facts.txt`. A surface with words
 * of its own for a fact shows up there beside the others.
 */
describe('every fact', () => {
  it('has the same words on every surface', async () => {
    const table = [
      ...section('Verdicts', verdicts.flatMap(verdictLines)),
      ...section('Evidence', labels.flatMap(evidenceLines)),
      ...section('Phases', phases.flatMap(phaseLines)),
      ...section(
        'Holds',
        holds.map((cause) => `${cause.kind}: ${holdCause(cause, [], english)}`),
      ),
      ...section('Soaks', soaks.flatMap(soakLines)),
      ...section('Journal', journal.flatMap(journalLines)),
    ];
    await expect(`${table.join('\n')}\n`).toMatchFileSnapshot('golden/facts.txt');
  });

  it('of the journal stands in the table', () => {
    expect([...new Set(journal.map(({ kind }) => kind))].sort()).toEqual(Object.keys(everyKind).sort());
  });

  it('of a newer version is told by its kind', () => {
    const newer = { kind: 'flag-inverted' } as unknown as JournalBody;
    expect(journalWords(newer, names, english)).toMatchObject({ title: 'flag-inverted', detail: '' });
  });
});

const verdicts: readonly Verdict[] = ['met', 'unmet', 'insufficient', 'no-data', 'error'];
const labels: readonly { readonly label: EvidenceLabel; readonly n: number }[] = [
  { label: { kind: 'proven' }, n: 1204 },
  { label: { kind: 'refuted' }, n: 1204 },
  { label: { kind: 'insufficient', needed: 380 }, n: 1204 },
  { label: { kind: 'insufficient', needed: 380, within: duration(4 * 3_600_000) }, n: 1204 },
  { label: { kind: 'insufficient', needed: null }, n: 1204 },
  { label: { kind: 'insufficient', needed: 299 }, n: 0 },
];
const holds: readonly HoldCause[] = [
  { kind: 'person', by: 'ana', reason: 'lunch' },
  { kind: 'person', by: 'ana', reason: null },
  { kind: 'clock-gap', length: duration(90_000) },
  { kind: 'fault', detail: 'the state cannot be stored' },
  { kind: 'trigger', firings: [firing] },
  { kind: 'trigger', firings: [firing], beside: { kind: 'person', by: 'ana', reason: 'lunch' } },
];
const byTrigger = { kind: 'trigger', firing } as const;
const phases: readonly Phase[] = [
  { kind: 'planned' },
  { kind: 'soaking' },
  { kind: 'ready' },
  { kind: 'held', cause: { kind: 'person', by: 'ana', reason: 'lunch' } },
  { kind: 'held', cause: { kind: 'trigger', firings: [firing] } },
  { kind: 'review', firings: [firing], returnsTo: { kind: 'soaking' } },
  { kind: 'rolling-back', cause: byTrigger },
  { kind: 'rolled-back', cause: { kind: 'person', by: 'ana', reason: 'checkout is slow' } },
  { kind: 'rollback-failed', cause: byTrigger, detail: '.env is not writable' },
  { kind: 'completed' },
];
const hour = 3_600_000;
const soaks = [
  { required: 0, soaked: 0, countingSince: null },
  { required: 48 * hour, soaked: hour, countingSince: wallTime(lookedAt - hour) },
  { required: 48 * hour, soaked: hour, countingSince: null },
  { required: hour, soaked: hour, countingSince: wallTime(lookedAt) },
].map((soak) => ({ ...soak, required: duration(soak.required), soaked: duration(soak.soaked) }));

const on = { attempt: 1, stage: 'ten', revision: 7 };
const effect = sampleRollout().flag?.effect;
const entered: Extract<RolloutEvent, { kind: 'stage-entered' }> = {
  kind: 'stage-entered',
  stage: 2,
  id: 'ten',
  percent: percent(10),
  at: eventTime(lookedAt),
  cause: 'advance',
  by: 'ana',
  reason: null,
  unmet: [],
};
const unmet = ['latency <= 105% of baseline'];
const progressed = { kind: 'effect-progressed', id: 'effect-2', detail: null, took: duration(4000) } as const;
const tick = { kind: 'tick', item: 'daily/logs', by: 'ana', ticked: true, note: null } as const;
const suite = {
  name: 'Phase 1',
  file: 'phase1.xml',
  detail: '16 passed',
  expected: 16,
  counts: null,
  groups: [],
  at: null,
};
const escalated = {
  kind: 'escalated',
  by: 'ana',
  reason: 'nobody answers',
  reference: 'f5cd392b',
  bundle: { digest: 'abc', files: 4 },
  command: { sha256: 'abc', argv: ['page'] },
} as const;

const everyKind: { readonly [Kind in JournalKind]: readonly Extract<JournalBody, { kind: Kind }>[] } = {
  begun: [{ kind: 'begun', by: 'ana', attempt: 1, planHash: '' }],
  'stage-entered': [
    entered,
    { ...entered, cause: 'auto', by: 'rampwatch' },
    { ...entered, cause: 'observed', by: 'source' },
    { ...entered, cause: 'override', reason: 'a bug in the gate', unmet },
  ],
  'gate-ready': [{ kind: 'gate-ready' }],
  'gate-lost': [{ kind: 'gate-lost', conditions: unmet }],
  held: holds.map((cause) => ({ kind: 'held', cause })),
  resumed: [{ kind: 'resumed', by: 'ana' }],
  'clock-gap': [
    { kind: 'clock-gap', from: wallTime(0), to: wallTime(hour) },
    { kind: 'clock-gap', from: wallTime(hour), to: wallTime(0), setAside: 12 },
  ],
  'data-fresh': [{ kind: 'data-fresh' }],
  'review-opened': [{ kind: 'review-opened', firings: [firing] }],
  acknowledged: [{ kind: 'acknowledged', by: 'ana', reason: 'a test', triggers: ['low-success'] }],
  'rollback-started': [
    { kind: 'rollback-started', cause: byTrigger, to: 0, at: eventTime(lookedAt) },
    { kind: 'rollback-started', cause: { kind: 'person', by: 'ana', reason: null }, to: 1, at: eventTime(lookedAt) },
  ],
  'effect-intended': effect == null ? [] : [{ kind: 'effect-intended', effect }],
  'effect-progressed': [
    { ...progressed, progress: 'written' },
    { ...progressed, progress: 'written', detail: 'another key is set twice' },
    { ...progressed, progress: 'verified' },
    { ...progressed, progress: 'verified', detail: '80 % of the traffic is treatment' },
    { ...progressed, progress: 'in-force' },
    { ...progressed, progress: 'failed', detail: '.env is not writable', took: null },
  ],
  'flag-drifted': [{ kind: 'flag-drifted', detail: 'ROLLOUT is 50, not 10', from: eventTime(lookedAt) }],
  'flag-restored': [{ kind: 'flag-restored' }],
  'exposure-found': [
    {
      kind: 'exposure-found',
      by: 'flag',
      percent: percent(10),
      detail: '.env says ROLLOUT=10',
      since: eventTime(lookedAt),
    },
  ],
  'exposure-over': [{ kind: 'exposure-over' }],
  'promise-broken': [
    { kind: 'promise-broken', trigger: 'low-success', promised: duration(60_000), took: duration(90_000) },
  ],
  'rolled-back': [{ kind: 'rolled-back' }],
  'rollback-failed': [{ kind: 'rollback-failed', detail: '.env is not writable' }],
  completed: [
    { kind: 'completed', by: 'ana', reason: null, unmet: [] },
    { kind: 'completed', by: 'ana', reason: 'good enough', unmet },
  ],
  'plan-changed': [{ kind: 'plan-changed', planHash: '0123456789abcdef', stage: 2 }],
  command: [
    {
      kind: 'command',
      key: 'k',
      by: 'ana',
      command: { kind: 'advance', on },
      outcome: { kind: 'refused', code: 'gate-not-met', revision: 7, message: 'the gate is not met' },
    },
    {
      kind: 'command',
      key: 'k',
      by: 'ana',
      command: { kind: 'rollback' },
      outcome: { kind: 'done', revision: 8, message: 'Rolling back.' },
    },
  ],
  firing: [{ kind: 'firing', firing }],
  lines: [{ kind: 'lines', trigger: 'low-success', firedAt: eventTime(lookedAt), lines: [] }],
  explained: [
    {
      kind: 'explained',
      explanation: {
        about: { kind: 'trigger', trigger: 'low-success', firedAt: eventTime(lookedAt) },
        from: eventTime(lookedAt - 300_000),
        to: eventTime(lookedAt),
        of: 'share',
        failed: 37,
        passed: 400,
        control: { failed: 12, passed: 4000 },
        factors: [
          {
            field: 'provider',
            content: { kind: 'value', text: 'gemini' },
            failed: { n: 34, of: 37 },
            passed: { n: 2, of: 400 },
            control: { n: 3, of: 1200 },
          },
        ],
        signatures: [],
        mix: null,
        compared: { fields: 9, values: 60 },
        left: null,
      },
    },
  ],
  measured: [
    {
      kind: 'measured',
      attempt: 1,
      stage: 'ten',
      from: eventTime(lookedAt),
      gate: sampleRollout().stages[2]?.gate ?? [],
      arms: { treatment: 12, control: 88 },
    },
  ],
  source: [{ kind: 'source', glob: 'logs/*.jsonl', file: 'logs/a.jsonl', detail: 'truncated' }],
  signal: [{ kind: 'signal', name: 'complaint', by: 'ana', note: 'ticket 7', at: eventTime(lookedAt) }],
  tick: [
    tick,
    { ...tick, ticked: false },
    { ...tick, as: 'skip', note: 'a holiday' },
    { ...tick, as: 'note', note: 'odd' },
  ],
  evidence: [
    { kind: 'evidence', item: 'daily/logs', occurrence: 'daily@2025-11-04', holds: true, detail: '57 tests passed' },
    { kind: 'evidence', item: 'daily/logs', occurrence: 'daily@2025-11-04', holds: false, detail: '1 failed' },
  ],
  tests: [
    { kind: 'tests', suite: { ...suite, state: 'passing' } },
    { kind: 'tests', suite: { ...suite, state: 'failing', detail: '1 of 16 failed' } },
  ] as unknown as readonly Extract<JournalBody, { kind: 'tests' }>[],
  escalated: [
    { ...escalated, answer: { exit: 0, failure: null, stdout: 'paged bo\n' } },
    { ...escalated, reference: null, answer: { exit: 3, failure: null, stdout: '' } },
  ] as unknown as readonly Extract<JournalBody, { kind: 'escalated' }>[],
  reviewed: [
    {
      kind: 'reviewed',
      key: 'k',
      by: 'ana',
      since: wallTime(0),
      to: wallTime(lookedAt),
      summary: 'a quiet night',
      counts: {},
      log: 'async-upload.review.md',
      rejected: {},
    },
  ] as unknown as readonly Extract<JournalBody, { kind: 'reviewed' }>[],
  approved: [{ kind: 'approved', by: 'anna', reason: null, needed: 2 }],
  'lease-taken': [{ kind: 'lease-taken', holder: 'anna@laptop', epoch: 3 }],
  'journal-replaced': [
    { kind: 'journal-replaced', unpublished: 2 },
    { kind: 'journal-replaced', unpublished: 0 },
  ],
  daemon: [{ kind: 'daemon', detail: 'started' }],
};
const journal: readonly JournalBody[] = Object.values(everyKind).flat();
const checklists = [{ id: 'daily', title: 'Daily', items: [{ id: 'daily/logs', title: 'Review logs', ticked: null }] }];
const names = sampleRollout({ checklists });

function section(title: string, lines: readonly string[]): readonly string[] {
  return [`== ${title}`, '', ...lines, ''];
}

function onEverySurface(fact: string, surfaces: Readonly<Record<string, string>>): readonly string[] {
  return [fact, ...Object.entries(surfaces).map(([surface, text]) => `  ${surface.padEnd(8)} ${text}`), ''];
}

function rolloutWith(verdict: Verdict, label: EvidenceLabel | null, n: number) {
  const judged = condition('success_rate >= 99.5%', 'success_rate', {
    verdict,
    label,
    figure: { value: n === 0 ? null : 0.998, unit: '%', n, good: n === 0 ? null : Math.round(n * 0.998) },
    limit: 0.995,
  });
  const sample = sampleRollout();
  const index = sample.standing.stageIndex;
  const stages = sample.stages.map((stage, each) => (each === index ? { ...stage, gate: [judged] } : stage));
  return { judged, index, rollout: { ...sample, stages } };
}

const plainOutput = { paint: (_: string, text: string) => text } as Parameters<typeof workspaceLines>[2];

/** The words of each surface for a condition with this verdict and evidence. */
function conditionSurfaces(verdict: Verdict, label: EvidenceLabel | null, n: number): Readonly<Record<string, string>> {
  const { judged, index, rollout } = rolloutWith(verdict, label, n);
  const row = gateRows(rollout, index)[0];
  const lines = workspaceLines(sampleWorkspace([rollout]), lookedAt, plainOutput);
  return {
    tree: conditionFacts(judged, english),
    page: [row?.figure, row?.mark?.word, row?.evidence].filter((part) => part).join(' · '),
    terminal: lines.find((line) => line.includes('success_rate >='))?.trim() ?? '',
  };
}

function verdictLines(verdict: Verdict): readonly string[] {
  const { word, sentence: told, tone, symbol } = verdictWords(verdict, english);
  const n = verdict === 'no-data' ? 0 : 1204;
  return onEverySurface(verdict, {
    words: `${symbol} ${tone} | ${word} | ${told}`,
    ...conditionSurfaces(verdict, null, n),
  });
}

function evidenceLines({ label, n }: (typeof labels)[number]): readonly string[] {
  const { word, short, sentence: told, tone, symbol } = evidenceWords(label, n, english);
  const fact = `${label.kind}${label.kind === 'insufficient' ? `, needs ${label.needed}` : ''}, of ${n}`;
  return onEverySurface(fact, {
    words: `${symbol} ${tone} | ${word} | ${short} | ${told}`,
    ...conditionSurfaces('met', label, n),
  });
}

function phaseLines(phase: Phase): readonly string[] {
  const sample = sampleRollout();
  const rollout = { ...sample, standing: { ...sample.standing, phase } };
  const { word, sentence: told, tone, symbol } = phaseWords(phase, sample.triggers, english);
  const mark = stageRail(rollout, lookedAt)[sample.standing.stageIndex]?.mark;
  return onEverySurface(phase.kind, {
    words: `${symbol} ${tone} | ${word} | ${told}`,
    page: mark?.word ?? '',
    sentence: sentence(rollout, lookedAt),
  });
}

function soakLines(soak: (typeof soaks)[number]): readonly string[] {
  const progress = soakProgress(soak, lookedAt);
  const { word, short, sentence: told, tone, symbol } = soakWords(progress, english);
  return [`${progress.state}: ${symbol} ${tone} | ${word} | ${short} | ${told}`];
}

function journalLines(body: JournalBody): readonly string[] {
  const words = journalWords(body, names, english);
  const entry = { seq: 1, rollout: 'r', attempt: 1, at: wallTime(lookedAt), body, previous: '', hash: '' };
  const { what, why } = entryText(entry, names);
  const { label, detail } = activityText(entry, names, english);
  return onEverySurface(body.kind, {
    words: `${words.symbol} ${words.tone ?? 'plain'} ${words.topic} rank ${words.rank}`,
    tree: detail === '' ? label : `${label} · ${detail}`,
    report: [what.map(spanText).join(''), why.map(spanText).join('')].filter((part) => part !== '').join(' | '),
    ...(words.reviewed && { review: journalSentence(words) }),
  });
}

function spanText(span: Span): string {
  return typeof span === 'string' ? span : span.text;
}
