import type { EvidenceState, EvidenceView } from '../protocol/domain/checklistView.ts';
import type { Condition } from '../protocol/domain/condition.ts';
import { formatDuration } from '../protocol/domain/duration.ts';
import type { Evidence } from '../protocol/domain/plan.ts';
import type { TestSuiteView } from '../protocol/domain/testReport.ts';
import type { Duration, EventTime, WallTime } from '../protocol/domain/units.ts';
import type { ConditionVerdict, TriggerStatus } from '../protocol/domain/verdict.ts';
import { localTime } from '../protocol/domain/zonedTime.ts';
import { conditionText } from '../protocol/words/figureText.ts';
import type { Occurrence } from './checklistOccurrences.ts';

/** The knowledge about a file of the plan's folder. */
export type FileFact =
  | { readonly kind: 'file'; readonly modified: WallTime }
  | { readonly kind: 'missing' }
  | { readonly kind: 'error'; readonly detail: string };

/** All inputs of evidence; files were read before. */
export interface EvidenceFacts {
  readonly now: WallTime;
  /** The plan's time zone. */
  readonly zone: string;
  readonly suites: readonly TestSuiteView[];
  /** Over the stay in the current stage, or (`over`) the trailing window; `null` when that cannot be judged. */
  condition(condition: Condition, over: Duration | null): ConditionVerdict | null;
  readonly triggers: readonly TriggerStatus[];
  /** Since when triggers are judged in this attempt; `null` while they are not. */
  readonly exposedSince: EventTime | null;
  /** The same for a trigger that is judged in these stages alone. */
  readonly exposedInStages: (stages: readonly string[]) => EventTime | null;
  /** The latest time at which a trigger is known to have fired. */
  fired(trigger: string): number | null;
  /** The reason why the data may not be relied on now: a silent source. */
  readonly silent: string | null;
  readonly files: ReadonlyMap<string, FileFact>;
  readonly flag: Readonly<Record<string, string | null>>;
  /** When the newest journal entry of a kind was written. */
  newest(kind: string): WallTime | null;
}

/** The present state of an item's evidence, and the words for it. */
export function judgeEvidence(evidence: Evidence, occurrence: Occurrence, facts: EvidenceFacts): EvidenceView {
  if (evidence === 'tests') return ofSuites(facts.suites);
  if ('tests' in evidence) return ofSuites(facts.suites.filter(({ name }) => name === evidence.tests));
  if ('measure' in evidence) return ofCondition(evidence.measure, evidence.over ?? null, facts);
  if ('quiet' in evidence) return ofQuiet(evidence.quiet, evidence.for, facts);
  if ('file' in evidence) return ofFile(evidence, occurrence, facts);
  if ('flag' in evidence) return ofFlag(evidence.flag, facts);
  return ofJournal(evidence.journal, occurrence, facts);
}

function ofSuites(suites: readonly TestSuiteView[]): EvidenceView {
  if (suites.length === 0) return said('unknown', 'the plan names no tests');
  const open = suites.filter(({ state }) => state !== 'passing');
  const [first] = open;
  if (first === undefined) {
    const passed = suites.reduce((sum, suite) => sum + suite.passed, 0);
    return said('holds', `${passed} tests passed in ${suites.map(({ name }) => name).join(', ')}`);
  }
  const more = open.length === 1 ? '' : `, and ${open.length - 1} more`;
  return said('fails', `${first.name}: ${first.detail}${more}`);
}

function ofCondition(condition: Condition, over: Duration | null, facts: EvidenceFacts): EvidenceView {
  const verdict = facts.condition(condition, over);
  if (verdict === null) return said('unknown', `${condition.text}: the rollout has not begun`);
  const text = conditionText(verdict);
  switch (verdict.verdict) {
    case 'met':
      return said('holds', text);
    case 'unmet':
    case 'insufficient':
      return said('fails', text);
    case 'no-data':
    case 'error':
      return said('unknown', `${condition.text}: ${verdict.reason === '' ? text : verdict.reason}`);
  }
}

function ofQuiet(trigger: string, length: Duration, facts: EvidenceFacts): EvidenceView {
  const { now, zone, silent } = facts;
  const status = facts.triggers.find(({ id }) => id === trigger);
  const exposed = status?.stages === undefined ? facts.exposedSince : facts.exposedInStages(status.stages);
  if (exposed === null || status === undefined) return said('unknown', `${trigger} is not watched now`);
  if (status.phase.kind === 'firing') return said('fails', `${trigger} fires`);
  if (silent !== null) return said('unknown', silent);
  const fired = facts.fired(trigger);
  const since = Math.max(exposed, fired ?? Number.NEGATIVE_INFINITY);
  const from = `${fired === since ? 'quiet' : 'watched, and quiet,'} since ${minuteText(since, zone)}`;
  if (now - since >= length) return said('holds', `${trigger}: ${from}`);
  return said('fails', `${trigger}: ${from}; ${formatDuration(length)} are needed`);
}

function ofFile(
  { file, changed }: { readonly file: string; readonly changed: boolean },
  { from }: Occurrence,
  { files, zone }: EvidenceFacts,
): EvidenceView {
  const fact = files.get(file) ?? { kind: 'error', detail: 'it was not looked at yet' };
  switch (fact.kind) {
    case 'missing':
      return said('fails', `${file} does not exist`);
    case 'error':
      return said('unknown', `${file}: ${fact.detail}`);
    case 'file': {
      const written = `${file} was written ${minuteText(fact.modified, zone)}`;
      if (!changed) return said('holds', written);
      if (from === null) return said('unknown', `${file}: the checklist has no beginning to count from`);
      return fact.modified >= from
        ? said('holds', written)
        : said('fails', `${written}, before ${minuteText(from, zone)}`);
    }
  }
}

function ofFlag(wanted: Extract<Evidence, { flag: unknown }>['flag'], { flag }: EvidenceFacts): EvidenceView {
  const entries = Object.entries(wanted);
  const wrong = entries.find(([key, value]) => (flag[key] ?? null) !== (value === null ? null : String(value)));
  if (wrong === undefined) return said('holds', entries.map(([key, value]) => `${key}=${value ?? ''}`).join(' '));
  const [key, value] = wrong;
  const found = flag[key] ?? null;
  return said('fails', `${key} is ${found === null ? 'not set' : found}, not ${value === null ? 'unset' : value}`);
}

function ofJournal(kind: string, { from }: Occurrence, { newest, zone }: EvidenceFacts): EvidenceView {
  const at = newest(kind);
  if (at === null) return said('fails', `the journal has no \`${kind}\``);
  const text = `\`${kind}\` in the journal at ${minuteText(at, zone)}`;
  return from === null || at >= from ? said('holds', text) : said('fails', `${text}, before ${minuteText(from, zone)}`);
}

function said(state: EvidenceState, detail: string): EvidenceView {
  return { state, detail };
}

/** `2025-11-03 09:12`, in the plan's time zone. */
function minuteText(at: number, zone: string): string {
  const { year, month, day, minute } = localTime(at, zone);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${year}-${two(month)}-${two(day)} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}
