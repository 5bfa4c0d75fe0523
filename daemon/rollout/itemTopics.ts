import type { ItemTopic } from '../protocol/domain/dailyReview.ts';
import type { Measure } from '../protocol/domain/measure.ts';
import type { Evidence, Plan } from '../protocol/domain/plan.ts';
import { itemsOf } from './checklistRounds.ts';

/**
 * The topic of each item, so that a review shows the figures that answer it: from the item's evidence, else from the
 * names of the plan's measures and triggers, and from everyday words for kinds of measures, in its title. An item
 * without a topic gets the overview.
 */
export function itemTopics(plan: Plan): Readonly<Record<string, ItemTopic>> {
  return Object.fromEntries(
    itemsOf(plan).map(({ id, title, evidence }) => [
      id,
      evidence === undefined ? fromTitle(title, plan) : fromEvidence(evidence),
    ]),
  );
}

const nothing = { measures: [], triggers: [], errors: false, sources: false } as const;

/** Words of measures' names that say nothing alone: a rate of what? */
const general = new Set(
  'rate count total number ratio share time max mean min p50 p90 p95 p99 median value per'.split(' '),
);
const kindWords: Readonly<Record<'quantile' | 'lines' | 'count', ReadonlySet<string>>> = {
  quantile: new Set('latency duration slow speed performance response timing'.split(' ')),
  lines: new Set('log error exception'.split(' ')),
  count: new Set('traffic volume exposure'.split(' ')),
};
const errorWords = new Set('log error exception failure crash'.split(' '));
const triggerWords = new Set('trigger alert alarm rollback threshold'.split(' '));
const sourceWords = new Set('source silence silent ingest data pipeline'.split(' '));

function fromEvidence(evidence: Evidence): ItemTopic {
  if (typeof evidence === 'object' && 'measure' in evidence) {
    return { ...nothing, from: 'evidence', measures: [evidence.measure.measure] };
  }
  if (typeof evidence === 'object' && 'quiet' in evidence) {
    return { ...nothing, from: 'evidence', triggers: [evidence.quiet] };
  }
  return { ...nothing, from: 'evidence' };
}

function fromTitle(title: string, { measures, triggers }: Plan): ItemTopic {
  const words = new Set(wordsOf(title));
  const named = Object.entries(measures).flatMap(([name, measure]) =>
    isNamed(words, name) || hasKindWord(words, measure) ? [name] : [],
  );
  const allTriggers = any(words, triggerWords);
  const meant = triggers.filter(
    ({ id, when }) => allTriggers || named.includes(when.measure) || hasAll(words, wordsOf(id)),
  );
  const topic = {
    measures: named,
    triggers: meant.map(({ id }) => id),
    errors: any(words, errorWords),
    sources: any(words, sourceWords),
  };
  const says = named.length > 0 || meant.length > 0 || topic.errors || topic.sources;
  return { ...topic, from: says ? 'title' : 'overview' };
}

function isNamed(words: ReadonlySet<string>, name: string): boolean {
  const parts = wordsOf(name);
  return hasAll(words, parts) || parts.some((part) => !general.has(part) && words.has(part));
}

function hasKindWord(words: ReadonlySet<string>, measure: Measure): boolean {
  if ('quantile' in measure) return any(words, kindWords.quantile);
  if ('lines' in measure) return any(words, kindWords.lines);
  return 'count' in measure && any(words, kindWords.count);
}

function hasAll(words: ReadonlySet<string>, parts: readonly string[]): boolean {
  return parts.length > 0 && parts.every((part) => words.has(part));
}

function any(words: ReadonlySet<string>, of: ReadonlySet<string>): boolean {
  return [...of].some((word) => words.has(word));
}

/**
 * In lower case, without a plural's `s`, and split where names are: `criticalErrors` and `critical_errors` are the
 * same.
 */
function wordsOf(text: string): readonly string[] {
  const parts =
    text
      .replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .match(/[\p{L}\p{N}]+/gu) ?? [];
  return parts.map((part) =>
    part.length > 3 && part.endsWith('s') && !part.endsWith('ss') ? part.slice(0, -1) : part,
  );
}
