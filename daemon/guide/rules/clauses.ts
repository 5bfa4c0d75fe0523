import type { Concept } from '../lexicon/concepts.ts';
import { means, saysMore, type Token } from '../tag.ts';
import { comparisonOf, isBeyondBaseline } from './comparisons.ts';
import { measureConcepts } from './subject.ts';

/** The words of a text without those that say what follows from it. */
export function withoutMood(tokens: readonly Token[]): readonly Token[] {
  const colon = tokens.findLastIndex(({ text }) => text === ':');
  const behind = tokens.slice(colon + 1);
  const named = saysMore(withoutLead(behind).filter((token) => !means(token, 'not')))
    ? behind
    : tokens.slice(0, Math.max(0, colon));
  return withoutLead(named).filter(
    (token, at, all) =>
      (token.kind === 'word' || token.number?.unit === '') &&
      // The decline rate is a name, a decline is none.
      (means(all[at + 1], 'rate') ||
        !(means(token, 'rises', 'falls', 'afterwards', 'automatic') && !means(token, 'error', 'success'))) &&
      !(means(token, 'lasting', 'within', 'baseline', 'only') && !means(token, 'filler')),
  );
}

// biome-ignore format: a list of words is read across
const moods: readonly Concept[] = [
  'rollback', 'abort', 'pause', 'ask', 'alert', 'gate', 'advance', 'automatic', 'expose', 'condition', 'observe',
  'measured', 'total',
];

export const opensCondition =
  /^(?:if|when|whenever|once|until|unless|wenn|falls|sobald|si|se|cuando|quando|lorsque|quand)$/i;

/** `falls` is German for if at the start of a clause, and English for a decline elsewhere. */
export function lastOpening(tokens: readonly Token[]): number {
  return tokens.findLastIndex(
    ({ text }, at) =>
      opensCondition.test(text) && (!/^falls$/i.test(text) || at === 0 || tokens[at - 1]?.kind === 'mark'),
  );
}

const around: readonly Concept[] = ['filler', 'rate', 'whole', 'count', 'median', 'must', 'atLeast'];
const measured: readonly Concept[] = [...measureConcepts, ...around];

/** `Roll back when the error rate …`: what leads to the condition is no part of what is measured. */
function withoutLead(tokens: readonly Token[]): readonly Token[] {
  // `Before each step the error rate …`
  const opening = tokens.findIndex((token) => !means(token, 'before', 'each', 'stage', 'filler'));
  let from = means(tokens[0], 'before', 'each') ? Math.max(0, opening) : 0;
  for (const [at, token] of tokens.entries()) {
    const next = tokens[at + 1];
    if (!means(token, ...moods) || means(token, 'success', 'error', 'latency', 'memory') || means(next, 'rate'))
      continue;
    const leads = !saysMore(tokens.slice(from, at));
    if (leads || (next === undefined && !means(token, 'measured')) || next?.kind === 'mark' || means(next, 'filler'))
      from = at + 1;
  }
  // `Automatic rollback fires when the error rate …`
  const condition = lastOpening(tokens);
  if (condition !== -1 && saysMore(tokens.slice(condition + 1))) from = Math.max(from, condition + 1);
  // `Check the error rate`: what is done about it comes first.
  const verb = tokens.findIndex((token) => !means(token, 'filler') && token.kind === 'word');
  if (
    verb >= from &&
    means(tokens[verb], 'task') &&
    !means(tokens[verb], 'thing') &&
    tokens.slice(verb + 1).every((token) => means(token, ...measured) || token.kind === 'mark')
  )
    from = verb + 1;
  const behind = tokens.slice(from);
  return saysMore(behind) || from > verb
    ? behind
    : tokens.filter((token) => !means(token, ...moods) || means(token, 'success'));
}

const breaks = /^[;,.|→(]$/;

/** Where the clause of a comparison begins. A bracket that is closed again belongs to the words before it. */
export function clauseStart(tokens: readonly Token[], least: number, end: number): number {
  for (let at = end - 1; at >= least; at -= 1) {
    const text = tokens[at]?.text ?? '';
    if (text === ')') {
      // `(a) error rate …, (b) …`
      if (tokens[at - 2]?.text === '(' && (tokens[at - 1]?.text.length ?? 0) <= 2) return at + 1;
      while (at > least && tokens[at]?.text !== '(') at -= 1;
      continue;
    }
    // `Upload count (target: ≥ 500)`: the bracket says nothing of its own.
    if (text === '(' && !saysMore(withoutLead(tokens.slice(at + 1, end)))) continue;
    // `Increase to 10 % – success rate ≥ 99 %`
    const dash =
      text === '-' &&
      (tokens[at]?.start ?? 0) > (tokens[at - 1]?.end ?? 0) &&
      (tokens[at + 1]?.start ?? 0) > (tokens[at]?.end ?? 0);
    if (dash || breaks.test(text) || (text === ':' && saysMore(withoutLead(tokens.slice(at + 1, end))))) return at + 1;
  }
  return least;
}

export function clauseEnd(tokens: readonly Token[], from: number): number {
  for (let at = from; at < tokens.length; at += 1) {
    // `≥ 99.2 % (baseline 99.1 %)` tells what the baseline is.
    if (tokens[at]?.text === '(' && tokens.slice(at + 1, at + 5).some(({ number }) => number !== undefined)) return at;
    if (
      /^[;,.|→]$/.test(tokens[at]?.text ?? '') ||
      (comparisonOf(tokens[at]) !== undefined && !isBeyondBaseline(tokens, at))
    )
      return at;
  }
  return tokens.length;
}
