import type { Comparison } from '../../protocol/domain/condition.ts';
import { anyMeans, type Figure, means, type Token } from '../tag.ts';

export interface Compared {
  readonly comparison: Comparison;
  readonly start: number;
  readonly end: number;
  readonly figure: Figure;
  readonly at: number;
  /** Where its measure begins, when it stands between the comparison and the figure. */
  readonly from?: number;
}

/** Each comparison with its figure, from left to right. */
export function* comparisonsIn(tokens: readonly Token[]): Generator<Compared> {
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at];
    const near = means(token, 'within') ? tokens[at + 1]?.number : undefined;
    // `within 110 % of the baseline` is a limit; of `within 10 %` nobody knows which way.
    const limit = near?.unit === '%' && near.value >= 100 ? '<=' : undefined;
    const written = limit ?? (means(token, 'must') && tokens[at + 1]?.number?.value === 0 ? '==' : comparisonOf(token));
    if (token === undefined || written === undefined) continue;
    const next = figureBehind(tokens, at);
    if (token.text === '=' && isAssignment(tokens, at)) continue;
    const verb = next === undefined ? figureOfVerb(tokens, at) : undefined;
    if (verb !== undefined) {
      const figure = tokens[verb]?.number;
      if (figure !== undefined)
        yield { comparison: written, start: verb, end: verb + 1, figure, at: verb, from: at + 1 };
      at = verb;
      continue;
    }
    const before = figureBefore(tokens, at);
    // `5 %を超えた場合(10分間)`: the figure right before it is meant, and not the next one.
    const behind = before === at - 1 && next !== undefined && next > at + 1 && !means(token, 'lasting');
    const figureAt = behind && !isBeyondBaseline(tokens, at) ? before : (next ?? before);
    const figure = figureAt === undefined ? undefined : tokens[figureAt]?.number;
    if (figureAt === undefined || figure === undefined) continue;
    // `over 5 minutes` says how long, and compares nothing.
    if (means(token, 'lasting') && figure.unit === 'time' && figure.timeUnit !== 'ms' && figure.timeUnit !== 's')
      continue;
    if (means(token, 'observe') && figure.unit === 'time') continue;
    const negated = tokens.slice(Math.max(0, at - 2), at).some((each) => means(each, 'not'));
    const comparison = negated ? inverted(written) : written;
    yield { comparison, start: at, end: isBeyondBaseline(tokens, at) ? at : at + 1, figure, at: figureAt };
    if (figureAt > at) at = figureAt;
    // `no more than 10 % above the baseline` compares once.
    if (isBeyondBaseline(tokens, at + 1)) at += 1;
  }
}

/** `ROLLOUT=10` sets something; `tax mismatches = 0` compares. */
function isAssignment(tokens: readonly Token[], at: number): boolean {
  const [before, next] = [tokens[at - 1], tokens[at + 1]];
  return (
    before === undefined ||
    /[_.]|^[A-Z\d]+$/.test(before.text) ||
    next?.number?.value !== 0 ||
    tokens.slice(0, at).some((token) => means(token, 'task'))
  );
}

export function isBeyondBaseline(tokens: readonly Token[], at: number): boolean {
  const next = tokens.slice(at + 1, at + 3);
  return means(tokens[at], 'above', 'below') && tokens[at - 1]?.number !== undefined && anyMeans(next, 'baseline');
}

export function comparisonOf(token: Token | undefined): Comparison | undefined {
  if (means(token, 'atLeast')) return '>=';
  if (means(token, 'atMost')) return '<=';
  if (means(token, 'above')) return '>';
  if (means(token, 'below')) return '<';
  return means(token, 'equal') ? '==' : undefined;
}

function inverted(comparison: Comparison): Comparison {
  return comparison === '>' ? '<=' : comparison === '<' ? '>=' : comparison;
}

function figureBehind(tokens: readonly Token[], at: number): number | undefined {
  for (let next = at + 1; next < tokens.length && next <= at + 3; next += 1) {
    const token = tokens[next];
    if (token?.number !== undefined) return next;
    const isTaken = token?.text === '-' && means(tokens[next - 1], 'baseline');
    if (!isTaken && !means(token, 'filler', 'baseline', 'equal', 'count') && !/^[(~+±]$/.test(token?.text ?? ''))
      return undefined;
  }
  return undefined;
}

/** `Überschreitet die Fehlerrate 2 %`: a verb that leads its clause, and the measure between it and the figure. */
function figureOfVerb(tokens: readonly Token[], at: number): number | undefined {
  const leads = at === 0 || /^[,;.:(]$/.test(tokens[at - 1]?.text ?? '') || (at === 1 && means(tokens[0], 'filler'));
  if (!leads || !/^\p{L}/u.test(tokens[at]?.text ?? '')) return undefined;
  for (let next = at + 1; next < tokens.length && next <= at + 8; next += 1) {
    const token = tokens[next];
    if (token?.number !== undefined) return next > at + 1 ? next : undefined;
    if (token?.kind === 'mark' || comparisonOf(token) !== undefined) return undefined;
  }
  return undefined;
}

function figureBefore(tokens: readonly Token[], at: number): number | undefined {
  for (let before = at - 1; before >= Math.max(0, at - 2); before -= 1) {
    if (tokens[before]?.number !== undefined) return before;
    if (!means(tokens[before], 'filler')) return undefined;
  }
  return undefined;
}
