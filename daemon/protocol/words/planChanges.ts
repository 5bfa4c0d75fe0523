import type { Condition } from '../domain/condition.ts';
import { formatDuration } from '../domain/duration.ts';
import type { PlanChange } from '../domain/journalEntry.ts';
import type { GateCondition, Plan } from '../domain/plan.ts';
import { sourceName, sourceSettings } from '../domain/sourceKinds.ts';
import type { Translate } from './factWords.ts';
import { plainText } from './plainText.ts';

/** The number of changes that are listed, and the greatest length of each. */
const mostChanges = 20;
const longest = 200;

/** Keys whose numbers are lengths of time. */
const lengths: ReadonlySet<string> = new Set(['over', 'for', 'within', 'soak', 'fresh', 'by_minute', 'by_hour']);

const sourcePart = 'source ';

type Parts = ReadonlyMap<string, string>;

/** The changes of an edit, part by part in the plan's order, in the plan's own words. */
export function planChanges(before: Plan, after: Plan): readonly PlanChange[] {
  const changes = [...partChanges(partsOf(before), partsOf(after)), ...gateChanges(before, after)];
  const told = changes.slice(0, mostChanges).map(({ part, was, now }) => ({
    part: plainText(part, longest),
    was: was === null ? null : plainText(was, longest),
    now: now === null ? null : plainText(now, longest),
  }));
  const left = changes.length - told.length;
  return left === 0 ? told : [...told, { part: `${left} more parts`, was: null, now: null }];
}

/** One change as a sentence's part: `gate of ten: success_rate >= 95% is now success_rate >= 80%`. */
export function planChangeText({ part, was, now }: PlanChange, t: Translate): string {
  if (was !== null && now !== null) return t('{0}: {1} is now {2}', part, was, now);
  const isSource = part.startsWith(sourcePart);
  if (now !== null) {
    return isSource
      ? t('{0} is new, and counts once it has been read to its end: {1}', part, now)
      : t('{0} is new: {1}', part, now);
  }
  if (was !== null && isSource) return t('{0} is gone, and its records no longer count: it was {1}', part, was);
  return was === null ? part : t('{0} is gone: it was {1}', part, was);
}

function partChanges(before: Parts, after: Parts): PlanChange[] {
  const changes: PlanChange[] = [];
  for (const part of new Set([...before.keys(), ...after.keys()])) {
    const was = before.get(part) ?? null;
    const now = after.get(part) ?? null;
    if (was !== now) changes.push({ part, was, now });
  }
  return changes;
}

function partsOf(plan: Plan): Parts {
  const parts = new Map<string, string>();
  const { sources, arms, measures, stages, triggers, checklists, version: _version, ...rest } = plan;
  for (const source of sources) {
    put(parts, sourcePart + sourceName(source), sourceSettings(source));
  }
  for (const [name, arm] of Object.entries(arms)) put(parts, `arm ${name}`, arm);
  for (const [name, measure] of Object.entries(measures)) put(parts, `measure ${name}`, measure);
  // The gate's conditions are compared separately.
  for (const { id, gate: _gate, ...stage } of stages) put(parts, `stage ${id}`, stage);
  for (const { id, ...trigger } of triggers) put(parts, `trigger ${id}`, trigger);
  for (const { id, ...checklist } of checklists) put(parts, `checklist ${id}`, checklist);
  for (const [key, value] of Object.entries(rest)) put(parts, key === 'timezone' ? 'time zone' : key, value);
  return parts;
}

function put(parts: Map<string, string>, part: string, value: unknown): void {
  if (value !== undefined) parts.set(part, written(value, ''));
}

/** Conditions of one gate correspond when they have one measure and one direction. */
function gateChanges(before: Plan, after: Plan): PlanChange[] {
  const gates = (plan: Plan) => new Map(plan.stages.map(({ id, gate }) => [id, gate]));
  const [then, now] = [gates(before), gates(after)];
  return [...new Set([...then.keys(), ...now.keys()])].flatMap((id) => {
    const left = [...(now.get(id) ?? [])];
    const part = `gate of ${id}`;
    const gone: PlanChange[] = [];
    for (const old of then.get(id) ?? []) {
      const same = left.findIndex((asked) => askedText(asked) === askedText(old));
      if (same !== -1) left.splice(same, 1);
      else gone.push({ part, was: askedText(old), now: null });
    }
    const changed = gone.map((change): PlanChange => {
      const old = then.get(id)?.find((asked) => askedText(asked) === change.was);
      const other = left.findIndex((each) => old !== undefined && looksAlike(each, old));
      const [found] = other === -1 ? [] : left.splice(other, 1);
      return { ...change, now: found === undefined ? null : askedText(found) };
    });
    return [...changed, ...left.map((asked): PlanChange => ({ part, was: null, now: askedText(asked) }))];
  });
}

function askedText({ text, missing = 'block' }: GateCondition): string {
  return missing === 'block' ? text : `{ when: ${text}, missing: ${written(missing, 'missing')} }`;
}

/** True when both conditions are on one measure and both ask for more of it, or for less. */
export function looksAlike(one: Condition, other: Condition): boolean {
  const side = ({ comparison }: Condition) => comparison.charAt(0);
  return (
    one.measure === other.measure &&
    side(one) === side(other) &&
    one.against === other.against &&
    one.difference === other.difference
  );
}

function isCondition(value: object): value is Condition {
  return 'comparison' in value && 'threshold' in value;
}

/** The value as the plan would write it in one line. */
function written(value: unknown, key: string): string {
  if (Array.isArray(value)) return `[${value.map((each) => written(each, key)).join(', ')}]`;
  if (typeof value === 'number' && lengths.has(key)) return formatDuration(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (isCondition(value)) return value.text;
  const parts = Object.entries(value).filter(([, part]) => part !== undefined);
  return `{ ${parts.map(([name, part]) => `${name}: ${written(part, name)}`).join(', ')} }`;
}
