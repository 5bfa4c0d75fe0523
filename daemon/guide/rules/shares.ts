import { anyMeans, means, type Token } from '../tag.ts';

/** A percentage of users in a text, with the tokens it stands at. */
export interface Share {
  readonly percent: number;
  readonly at: number;
}

/** The percentages of a text that could be shares of users: no threshold, no difference, no part that stays behind. */
export function sharesIn(tokens: readonly Token[]): readonly Share[] {
  const between = tokens.findIndex(({ text }) => /^(?:between|zwischen|entre)$/i.test(text));
  return tokens.flatMap((token, at) => {
    const figure = token.number;
    if (between !== -1 && at > between && at - between <= 6) return [];
    if (figure?.unit !== '%' || figure.value > 100 || figure.high !== undefined || figure.ambiguous) return [];
    const [before, after] = [tokens.slice(Math.max(0, at - 2), at), tokens.slice(at + 1, at + 4)];
    if (before.some((each) => means(each, 'above', 'below', 'atLeast', 'atMost', 'equal') || /^[+±~]$/.test(each.text)))
      return [];
    if (means(after[0], 'above', 'below', 'atLeast', 'atMost', 'rises', 'falls') || figure.open) return [];
    if (after.slice(0, 2).some((each) => means(each, 'baseline', 'others', 'notShare', 'latency', 'error', 'memory')))
      return [];
    if (
      before.some((each) => means(each, 'others', 'notShare', 'rate', 'baseline') && !means(each, 'population')) &&
      figure.value < 100
    )
      return [];
    // `Compare 100 % of reads in the background`
    if (anyMeans(tokens.slice(Math.max(0, at - 5), at + 8), 'unseen')) return [];
    return isMeasured(tokens, at) || isFact(tokens, at) ? [] : [{ percent: figure.value, at }];
  });
}

/** `15 % of users are on old clients` tells of them, and of no stage. */
function isFact(tokens: readonly Token[], at: number): boolean {
  const people = tokens.slice(at + 1, at + 5).findIndex((token) => means(token, 'population'));
  const verb = people === -1 ? undefined : tokens[at + 2 + people];
  return /^(?:is|are|was|were|have|has|do|live|use|answer|sind|haben|sont|ont|son|são)$/i.test(verb?.text ?? '');
}

const takers = ['rate', 'latency', 'error', 'memory', 'timeout', 'notShare', 'rises', 'falls', 'baseline'] as const;

/** A measure that is named in the same clause before the percentage takes it. */
function isMeasured(tokens: readonly Token[], at: number): boolean {
  for (let before = at - 1; before >= 0; before -= 1) {
    const token = tokens[before];
    if (token === undefined || /^[;,.|→]$/.test(token.text)) return false;
    // `… the canary is promoted to 100 %`: what is exposed stands nearer than what is measured.
    if (means(token, 'expose') || /^promot/i.test(token.text)) return false;
    const other = means(token, ...takers, 'above', 'below', 'atLeast');
    if (other && (!means(token, 'expose', 'population', 'advance') || means(token, 'error'))) return true;
  }
  return false;
}
