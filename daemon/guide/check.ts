import type { Guide } from './guide.ts';
import { asksPerson, isAfterwards, takesBack } from './rules/consequence.ts';
import { stageNames } from './rules/ladder.ts';
import { sharesIn } from './rules/shares.ts';
import { isEvent, subjectOf } from './rules/subject.ts';
import { anyMeans, means, type Token, tag } from './tag.ts';
import type { Passage } from './text/passages.ts';
import { withPlainSigns } from './text/text.ts';
import type { Claim, GuideValue, Provenance, ValueOf } from './values.ts';

/** The guides as they are written, for looking up what a value says it is from. */
export interface Evidence {
  readonly guide: Guide;
  /** File → its lines. */
  readonly lines: ReadonlyMap<string, readonly string[]>;
  /** `phase 2` → its share. */
  readonly aliases: ReadonlyMap<string, number>;
}

export type Checked =
  | { readonly kind: 'holds'; readonly value: GuideValue }
  /** It holds in a milder form: a rollback that a person is asked about. */
  | { readonly kind: 'milder'; readonly value: GuideValue; readonly why: string }
  | { readonly kind: 'refused'; readonly value: GuideValue; readonly why: string };

/**
 * The check that every value of either reader must pass. It trusts nobody: it looks the quoted words up in their line and
 * asks whether they say the figure, the unit, the comparison, the measure, the stage and the consequence.
 */
export function check(value: GuideValue, evidence: Evidence): Checked {
  const refuse = (why: string): Checked => ({ kind: 'refused', value, why });
  if (!standsAt(value.from, evidence)) return refuse('the quoted words do not stand in that line');
  const places = aroundOf(value.from, evidence);
  if (places.length === 0 && value.kind !== 'flag')
    return refuse('the quoted words stand in no text of the guide that is read');
  // The same words may stand in several cells of a line.
  const [first = nowhere, ...others] = places;
  const around = others.find((each) => problemOf(value, each, evidence) === undefined) ?? first;
  const why = problemOf(value, first, evidence) === undefined ? undefined : problemOf(value, around, evidence);
  if (why !== undefined) return refuse(why);
  if (value.kind !== 'trigger' || value.consequence === 'asked') return { kind: 'holds', value };
  const softened = value.consequence === 'paused' ? whyNotPaused(around) : whyAsked(around);
  return softened === undefined
    ? { kind: 'holds', value }
    : { kind: 'milder', value: { ...value, consequence: 'asked', within: undefined }, why: softened };
}

/** The words of a value, and what its guide says above and beside them, whatever the value's reader says of that. */
interface Around {
  readonly quote: readonly Token[];
  /** Headings and labels above, innermost first, without the title. */
  readonly above: readonly (readonly Token[])[];
  /** The header of the quoted cell, and the other cells of its row. */
  readonly beside: readonly (readonly Token[])[];
  readonly context: readonly (readonly Token[])[];
  /** The whole item or sentence, and all cells of the quoted row. */
  readonly row: readonly (readonly Token[])[];
}

const nowhere: Around = { quote: [], above: [], beside: [], context: [], row: [] };

function aroundOf(from: Provenance, { guide, lines }: Evidence): readonly Around[] {
  const passages = guide.passages.filter(
    ({ file, line, kind }) => file === from.file && line <= from.line && kind !== 'code' && from.line - line < 6,
  );
  const wanted = wordsOf(from.quote);
  const holding = passages.filter((each) => holds(wordsOf(each.text), wanted)).reverse();
  const exact = holding.filter((each) => each.line === from.line);
  return (exact.length > 0 ? exact : holding.slice(0, 1)).map((passage) =>
    aroundIn(passage, from, wanted, { guide, lines }),
  );
}

function aroundIn(
  passage: Passage,
  from: Provenance,
  wanted: string,
  { guide, lines }: Pick<Evidence, 'guide' | 'lines'>,
): Around {
  const above = guide.above(passage).map(({ text }) => tag(text));
  const written = lines.get(from.file) ?? [];
  const context = from.context
    .filter(({ line, words }) => isWritten(written, line, words))
    .map(({ words }) => tag(words));
  return {
    quote: tag(from.quote),
    above,
    beside: besideIn(passage, wanted),
    context,
    row: [passage.text, ...passage.cells.map(({ text }) => text)].map(tag),
  };
}

function besideIn(row: Passage, wanted: string): readonly (readonly Token[])[] {
  const quoted = row.cells.findIndex(({ text }, index) => index > 0 && holds(wordsOf(text), wanted));
  const cell = row.cells[quoted === -1 ? 0 : quoted];
  if (cell === undefined) return [];
  const others = row.cells.filter((each) => each !== cell && !hasFigure(tag(each.text)));
  return [tag(cell.header), ...others.map(({ text }) => tag(text))];
}

function hasFigure(tokens: readonly Token[]): boolean {
  return tokens.some(({ number }) => number !== undefined && number.unit !== '');
}

/** The quote, in its line or in the lines that its sentence goes on over. */
function standsAt({ file, line, quote }: Provenance, { lines }: Evidence): boolean {
  const written = lines.get(file);
  return written !== undefined && isWritten(written, line, quote);
}

function isWritten(written: readonly string[], line: number, quote: string): boolean {
  const wanted = wordsOf(quote);
  if (wanted === '' || line < 1 || line > written.length) return false;
  let text = '';
  for (let at = line - 1; at < Math.min(written.length, line + 7); at += 1) {
    if ((written[at] ?? '').trim() === '' && text !== '') break;
    text += ` ${written[at] ?? ''}`;
    if (holds(wordsOf(text), wanted)) return true;
  }
  // The header of a table stands above its rows.
  for (let at = line - 2; at >= 0 && (written[at] ?? '').trim() !== ''; at -= 1)
    if (holds(wordsOf(written[at] ?? ''), wanted)) return true;
  return false;
}

function holds(text: string, wanted: string): boolean {
  return ` ${text} `.includes(` ${wanted} `);
}

/** Letters, figures and signs of comparison, without Markdown's marks, emphasis and pictures. */
function wordsOf(text: string): string {
  const plain = withPlainSigns(
    text
      .replaceAll(/\]\([^)\s]*\)/g, ' ')
      .replaceAll(/<\/?[a-z][^<>]{0,40}>/gi, ' ')
      .replaceAll(/&(gt|lt|ge|le);/g, (_, sign: string) => signs[sign] ?? ' '),
  );
  return (plain.toLowerCase().match(/[\p{L}\p{M}]+|\d+(?:[.,]\d+)*|[%<>≥≤=→+]/gu) ?? []).join(' ');
}

const signs: Readonly<Record<string, string>> = { gt: '>', lt: '<', ge: '≥', le: '≤' };

function problemOf(value: GuideValue, around: Around, evidence: Evidence): string | undefined {
  switch (value.kind) {
    case 'stage':
      return stageProblem(value, around);
    case 'soak':
      return saysLength(around, value.length)
        ? scopeProblem(value.stage, around, evidence)
        : 'the quoted words say no such length';
    case 'gate':
      return (
        claimProblem(value.claim, around, false) ??
        (value.stage === 'every' ? undefined : scopeProblem(value.stage, around, evidence))
      );
    case 'trigger':
      return (
        claimProblem(value.claim, around, true) ??
        value.stages?.map((stage) => scopeProblem(stage, around, evidence)).find((why) => why !== undefined)
      );
    case 'flag':
      return value.from.quote.includes(value.variable) ? undefined : 'the quoted words do not name the variable';
    case 'test':
      return numbersIn(value.from.quote).includes(value.count) && sameWords(value.name, value.from.quote, around)
        ? undefined
        : 'the quoted words do not say so many tests of that name';
    case 'start':
    case 'end':
      return saysDate(value.from.quote, value.date) ? undefined : 'the quoted words do not say that date';
  }
}

function stageProblem({ percent }: ValueOf<'stage'>, { quote }: Around): string | undefined {
  if (percent < 0 || percent > 100) return 'a share is between 0 and 100 %';
  if (sharesIn(quote).some((share) => share.percent === percent)) return undefined;
  if (percent === 100 && anyMeans(quote, 'everyone')) return undefined;
  if (percent === 0 && anyMeans(quote, 'nobody')) return undefined;
  if (percent === 100 && quote.length <= 3 && means(quote[0], 'total')) return undefined;
  if (percent === 100 && quote.some((token, at) => means(token, 'total') && means(quote[at + 1], 'population')))
    return undefined;
  const bare = quote.some(
    ({ number, text }) => (number?.unit === '' && number.value === percent) || text === String(percent),
  );
  const named =
    anyMeans(quote, 'stage', 'population', 'expose') ||
    quote.some(({ text }) => /percent|weight|rollout|pct/i.test(text));
  const threshold = anyMeans(quote, 'above', 'below', 'atLeast', 'atMost', 'notShare', 'others');
  return bare && named && !threshold ? undefined : 'the quoted words name no such share of users';
}

/** The stage stands in the quote, beside it, or in what the value says it rests on and is there to be read. */
function scopeProblem(
  stage: number,
  { quote, above, beside, context, row }: Around,
  { aliases }: Evidence,
): string | undefined {
  const near = [quote, ...beside, ...row, ...context, ...above];
  // `each stage lasts …` is said of every one.
  if (
    quote.some((token, at) => means(token, 'each') && quote.slice(at + 1, at + 3).some((next) => means(next, 'stage')))
  )
    return undefined;
  const named = near.some(
    (tokens) =>
      tokens.some(
        ({ number, text }) =>
          (number?.unit === '%' && number.value === stage) ||
          text.split('/').some((part) => new RegExp(`^[a-z]+_${stage}$`, 'i').test(part)),
      ) ||
      tokens.some(
        ({ number }) =>
          number?.unit === '' && number.value === stage && anyMeans(tokens, 'stage', 'population', 'expose'),
      ) ||
      (stage === 100 && anyMeans(tokens, 'everyone')) ||
      stageNames(tokens).some(({ name }) => aliases.get(name) === stage) ||
      tokens.some(({ text }) => aliases.get(`called ${text.toLowerCase()}`) === stage) ||
      tokens.some(({ text }) => text === String(stage)),
  );
  return named ? undefined : `nothing near the quoted words names ${stage} %`;
}

function claimProblem(claim: Claim, around: Around, trigger: boolean): string | undefined {
  const { quote, beside, context, above } = around;
  const { subject } = claim;
  if (isEvent(subject) && claim.number === '0') {
    return [quote, ...context].some((tokens) =>
      anyMeans(
        tokens,
        subject.family === 'critical' ? 'critical' : subject.family === 'complaint' ? 'complaint' : 'incident',
      ),
    )
      ? undefined
      : 'the quoted words tell of no such event';
  }
  if (!saysFigure(quote, claim)) return 'the quoted words do not say that figure in that unit';
  const compared = [quote, ...beside.slice(0, 1), ...context].some((tokens) =>
    anyMeans(tokens, 'above', 'below', 'atLeast', 'atMost', 'equal', 'must', 'within'),
  );
  const zero = claim.number === '0' && claim.comparison === '==';
  const range = quote.some(({ number }) => number?.high !== undefined);
  if (!compared && !zero && !range) return 'the quoted words compare nothing';
  if (!isDirected(claim, [quote, ...beside, ...context])) return 'the quoted words compare the other way';
  const words = [quote, ...beside, ...context, ...above].flat();
  const missing = tag(subject.words).filter(
    (token) =>
      token.kind === 'word' &&
      token.concepts.length === 0 &&
      !words.some(({ text }) => text.toLowerCase() === token.text.toLowerCase()),
  );
  if (missing.length > 0) return `“${missing[0]?.text}” stands nowhere near the quoted words`;
  const again = subjectOf(
    tag(subject.words),
    claim.ofBaseline || claim.unit === '' ? '' : claim.unit === 'ms' ? 'time' : claim.unit === 'MiB' ? 'size' : '%',
  );
  if (
    again !== undefined &&
    subject.family !== 'other' &&
    subject.family !== 'count' &&
    again.family !== subject.family
  )
    return `“${subject.words}” is not ${subject.name}`;
  if (trigger && subject.family === 'latency' && claim.unit !== 'ms' && !claim.ofBaseline) return 'no unit is said';
  return undefined;
}

function saysFigure(tokens: readonly Token[], { number, unit, ofBaseline, comparison, difference }: Claim): boolean {
  const value = Number(number);
  if (difference !== undefined) {
    const kinds: readonly string[] = { points: ['points', '%'], ms: ['time'], MiB: ['size'], '': [''], '%': [] }[unit];
    return (
      anyMeans(tokens, 'baseline') &&
      tokens.some(({ number: figure }) => figure?.value === value && kinds.includes(figure.unit))
    );
  }
  return tokens.some(({ number: figure }) => {
    if (figure === undefined) return false;
    const values = [figure.value, ...(figure.high === undefined ? [] : [figure.high])];
    if (ofBaseline) {
      if (figure.unit === 'x') return values.includes(value / 100);
      return (
        figure.unit === '%' && values.some((each) => each === value || 100 + each === value || 100 - each === value)
      );
    }
    const kind = figure.unit === 'time' ? 'ms' : figure.unit === 'size' ? 'MiB' : figure.unit;
    const fits =
      kind === unit ||
      (unit === '' && kind === '%') ||
      (number === '0' && comparison === '==') ||
      (number === '0' && kind === '');
    return fits && values.includes(value);
  });
}

/** `≥` and `<` do not stand for each other; words of comparison may be denied. */
function isDirected(
  { comparison, number, difference, ofBaseline }: Claim,
  near: readonly (readonly Token[])[],
): boolean {
  // `More than a point below the baseline` is compared from the other side.
  if (difference === 'below')
    return anyMeans(near.flat(), 'below', 'falls') || near.flat().some(({ text }) => text === '-');
  if (comparison === '==' || comparison === '!=' || number === '0') return true;
  const tokens = near.flat();
  const up = anyMeans(tokens, 'above', 'atLeast');
  const down = anyMeans(tokens, 'below', 'atMost') || (ofBaseline && anyMeans(tokens, 'falls'));
  const denied = anyMeans(tokens, 'not', 'breach');
  if ((!up && !down) || denied) return true;
  return comparison.startsWith('>') ? up : down;
}

/** Why a person decides, though the value says that the plan does it by itself. */
function whyAsked({ quote, above, beside, context }: Around): string | undefined {
  const near = [quote, ...beside, ...context, ...above];
  const asking = near.find(asksPerson);
  if (asking !== undefined)
    return `“${asking.find((token) => means(token, 'ask', 'automatic'))?.text}” leaves it to a person`;
  const denied = near.some((tokens) =>
    tokens.some(
      (token, at) =>
        means(token, 'rollback') && tokens.slice(Math.max(0, at - 3), at).some((each) => means(each, 'not')),
    ),
  );
  if (isAfterwards(quote)) return 'it is about what follows a rollback';
  if (denied) return 'the guide says not to';
  // An abort that happens by itself takes the users back.
  return near.some((tokens, at) => takesBack({ tokens, own: at <= beside.length + context.length }))
    ? undefined
    : 'nothing near it says to roll back';
}

/** A pause is said as one, and by nobody's word. */
function whyNotPaused({ quote, above, beside, context }: Around): string | undefined {
  const near = [quote, ...beside, ...context, ...above];
  const asking = near.find(asksPerson);
  if (asking !== undefined)
    return `“${asking.find((token) => means(token, 'ask', 'automatic'))?.text}” leaves it to a person`;
  return near.some((tokens) => anyMeans(tokens, 'pause')) ? undefined : 'nothing near it says to pause';
}

function saysLength({ quote, context }: Around, length: string): boolean {
  const sizes: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
  const value = Number.parseFloat(length) * (sizes[length.at(-1) ?? ''] ?? Number.NaN);
  const said = [quote, ...context].flat().some(({ number }) => number?.unit === 'time' && number.value === value);
  // `T-24h` to `T+2h`: both ends are said.
  return said || context.filter((tokens) => /^t[+-]?$/i.test(tokens[0]?.text ?? '')).length >= 2;
}

function numbersIn(text: string): readonly number[] {
  return (text.match(/\d+/g) ?? []).map(Number);
}

function sameWords(name: string, quote: string, { above }: Around): boolean {
  const near = wordsOf([quote, ...above.map((tokens) => tokens.map(({ text }) => text).join(' '))].join(' '));
  return wordsOf(name)
    .split(' ')
    .every((word) => holds(near, word) || /^tests?$|^all$/.test(word));
}

/** The day and the year, or the day alone where the guide leaves the year to be known. */
function saysDate(quote: string, date: string): boolean {
  const [year = '', , day = ''] = date.split('-');
  const numbers = numbersIn(quote);
  return numbers.includes(Number(day)) && (numbers.includes(Number(year)) || !numbers.some((each) => each > 1900));
}
