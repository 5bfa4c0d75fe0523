import { describe, expect, it } from 'vitest';
import { parseCondition } from '../../daemon/protocol/domain/condition.ts';
import { type Evidence, planSchema } from '../../daemon/protocol/domain/plan.ts';
import type { TestSuiteView } from '../../daemon/protocol/domain/testReport.ts';
import { eventTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import type { ConditionVerdict, TriggerStatus, Verdict } from '../../daemon/protocol/domain/verdict.ts';
import { type EvidenceFacts, judgeEvidence } from '../../daemon/rollout/checklistEvidence.ts';
import type { Occurrence } from '../../daemon/rollout/checklistOccurrences.ts';

const hour = 3_600_000;
const now = Date.UTC(2025, 10, 3, 9, 12);

/** As a plan writes it. */
function evidence(written: unknown): Evidence {
  const { checklists } = planSchema.pick({ checklists: true }).parse({
    checklists: [{ id: 'a', title: 'A', items: [{ title: 'It', evidence: written }] }],
  });
  const item = checklists[0]?.items[0];
  if (item === undefined || typeof item === 'string' || item.evidence === undefined) throw new Error('no evidence');
  return item.evidence;
}
function occurrence(from: number | null): Occurrence {
  const begun = from === null ? null : wallTime(from);
  return { key: 'x', from: begun, until: null, asked: null, due: null, overdueAt: null };
}
function facts(rest: Partial<EvidenceFacts> = {}): EvidenceFacts {
  return {
    now: wallTime(now),
    zone: 'Europe/Berlin',
    suites: [],
    condition: () => null,
    triggers: [],
    exposedSince: null,
    exposedInStages: () => null,
    fired: () => null,
    silent: null,
    files: new Map(),
    flag: {},
    newest: () => null,
    ...rest,
  };
}
const judged = (written: unknown, rest: Partial<EvidenceFacts>, from: number | null = now - hour) =>
  judgeEvidence(evidence(written), occurrence(from), facts(rest));

describe('tests', () => {
  const suite = (name: string, state: TestSuiteView['state']): TestSuiteView => ({
    ...{ name, state, junit: 'a.xml', detail: `${state}`, expect: null, groups: [] },
    ...{ ran: null, freshUntil: null, commit: null, tests: 3, passed: 3, failed: 0, skipped: 0 },
  });
  it('all suites, or the one that is named', () => {
    const suites = [suite('One', 'passing'), suite('Two', 'stale'), suite('Three', 'missing')];
    expect(judged('tests', { suites: suites.slice(0, 1) })).toEqual({
      state: 'holds',
      detail: '3 tests passed in One',
    });
    expect(judged('tests', { suites })).toEqual({ state: 'fails', detail: 'Two: stale, and 1 more' });
    expect(judged({ tests: 'One' }, { suites }).state).toBe('holds');
    expect(judged({ tests: 'Two' }, { suites }).state).toBe('fails');
    expect(judged('tests', {}).state).toBe('unknown');
  });
});

describe('a measure', () => {
  const text = 'success_rate >= 99%';
  const verdictOf = (verdict: Verdict, reason = ''): ConditionVerdict => ({
    ...{ condition: text, measure: 'success_rate', verdict, limit: 0.99, baseline: null, label: null, reason },
    ...{ figure: { value: 0.995, unit: '%', n: 200, good: 199 }, window: { from: null, to: null } },
  });
  it.each([
    ['met', 'holds'],
    ['unmet', 'fails'],
    ['insufficient', 'fails'],
    ['no-data', 'unknown'],
    ['error', 'unknown'],
  ] as const)('%s: it %s', (verdict, state) => {
    const asked: unknown[] = [];
    const condition: EvidenceFacts['condition'] = (wanted, over) => {
      asked.push(wanted, over);
      return verdictOf(verdict, state === 'unknown' ? 'no uploads yet' : '');
    };
    const found = judged({ measure: text, over: '12h' }, { condition });
    expect(found.state).toBe(state);
    expect(asked).toEqual([parseCondition(text), 12 * hour]);
    if (state === 'unknown') expect(found.detail).toBe('success_rate >= 99%: no uploads yet');
  });
  it('before the rollout began it is unknown', () => {
    expect(judged({ measure: text }, {}).state).toBe('unknown');
  });
});

describe('a quiet trigger', () => {
  const written = { quiet: 'low-success', for: '24h' };
  const status = (kind: 'armed' | 'firing'): TriggerStatus => {
    const phase = kind === 'firing' ? ({ kind, since: eventTime(now) } as const) : ({ kind } as const);
    return { id: 'low-success', phase } as TriggerStatus;
  };
  const since = (hours: number) => ({ triggers: [status('armed')], exposedSince: eventTime(now - hours * hour) });
  it('must have been watched for so long', () => {
    expect(judged(written, since(24)).state).toBe('holds');
    expect(judged(written, since(23))).toEqual({
      state: 'fails',
      detail: 'low-success: watched, and quiet, since 2025-11-02 11:12; 1 d are needed',
    });
  });
  it('counts from when it last fired', () => {
    expect(judged(written, { ...since(100), fired: () => now - 2 * hour })).toMatchObject({
      state: 'fails',
      detail: expect.stringContaining('quiet since 2025-11-03 08:12'),
    });
    expect(judged(written, { ...since(100), fired: () => now - 30 * hour }).state).toBe('holds');
    expect(judged(written, { ...since(100), triggers: [status('firing')] })).toEqual({
      state: 'fails',
      detail: 'low-success fires',
    });
  });
  it('is unknown while nobody is exposed, and while a source is silent', () => {
    expect(judged(written, { triggers: [status('armed')] }).state).toBe('unknown');
    expect(judged(written, { ...since(100), silent: 'metrics.jsonl is silent' })).toEqual({
      state: 'unknown',
      detail: 'metrics.jsonl is silent',
    });
  });
});

describe('a file', () => {
  const at = (modified: number) => ({
    files: new Map([['a.md', { kind: 'file', modified: wallTime(modified) } as const]]),
  });
  it('exists, or was written since the round began', () => {
    expect(judged({ file: 'a.md' }, at(0)).state).toBe('holds');
    expect(judged({ file: 'a.md', changed: true }, at(now - 2 * hour)).state).toBe('fails');
    expect(judged({ file: 'a.md', changed: true }, at(now - hour))).toEqual({
      state: 'holds',
      detail: 'a.md was written 2025-11-03 09:12',
    });
    expect(judged({ file: 'a.md', changed: true }, at(now), null).state).toBe('unknown');
  });
  it('is missing, or cannot be looked at', () => {
    expect(judged({ file: 'a.md' }, { files: new Map([['a.md', { kind: 'missing' }]]) }).state).toBe('fails');
    expect(judged({ file: 'a.md' }, {}).state).toBe('unknown');
  });
});

describe('the flag', () => {
  it('says what is wanted, whether the plan writes a word, a number or a truth', () => {
    const flag = { ENABLED: 'false', PERCENT: '10', GONE: null };
    expect(judged({ flag: { ENABLED: false, PERCENT: 10 } }, { flag })).toEqual({
      state: 'holds',
      detail: 'ENABLED=false PERCENT=10',
    });
    expect(judged({ flag: { PERCENT: 50 } }, { flag })).toEqual({ state: 'fails', detail: 'PERCENT is 10, not 50' });
    expect(judged({ flag: { GONE: null } }, { flag }).state).toBe('holds');
    expect(judged({ flag: { GONE: 1 } }, { flag }).detail).toBe('GONE is not set, not 1');
  });
});

describe('the journal', () => {
  it('has an entry since the round began', () => {
    const newest = (kind: string) => (kind === 'acknowledged' ? wallTime(now - hour) : null);
    expect(judged({ journal: 'acknowledged' }, { newest }).state).toBe('holds');
    expect(judged({ journal: 'acknowledged' }, { newest }, now - hour + 1).state).toBe('fails');
    expect(judged({ journal: 'acknowledged' }, { newest }, null).state).toBe('holds');
    expect(judged({ journal: 'signal' }, { newest }).detail).toBe('the journal has no `signal`');
  });
});
