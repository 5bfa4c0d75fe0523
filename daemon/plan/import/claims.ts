import { against, type Timeless } from './against.ts';
import type { Claim, ClaimMood } from './claim.ts';
import {
  isGoodnessKnown,
  type MeasureWord,
  readCount,
  readMeasure,
  readOutcome,
  readOwnQuantity,
  readSubject,
  readThings,
} from './measureWords.ts';
import { type LengthOfTime, readLengths } from './quantities.ts';
import { plain } from './text.ts';
import { type Quantity, readComparison, readQuantity, type WrittenComparison } from './thresholds.ts';

/** `named`: where every line is a criterion, what stands before a comparison is a measure, whatever its name. */
export type Subjects = 'known' | 'named';

export interface ReadClaims {
  readonly claims: readonly Claim[];
  /** The clauses that are no claim. */
  readonly rest: readonly string[];
  /** Every clause in the order of the text, with its claim. */
  readonly clauses: readonly ReadClause[];
}

export interface ReadClause {
  readonly text: string;
  /** The index of its claim among the claims. */
  readonly claim: number | undefined;
}

/** Every claim in an item, a cell or a sentence. Texts longer than any criterion are not read. */
export function readClaims(text: string, mood: ClaimMood, subjects: Subjects = 'known'): ReadClaims {
  if (text.length > 600) return { claims: [], rest: [text], clauses: [{ text, claim: undefined }] };
  const claims: Claim[] = [];
  const rest: string[] = [];
  const clauses: ReadClause[] = [];
  let previous: MeasureWord | undefined;
  let leading: LengthOfTime | undefined;
  for (const clause of clausesOf(plain(text))) {
    const claim = readClause(clause, mood, previous, subjects);
    clauses.push({ text: clause, claim: claim === undefined ? undefined : claims.length });
    if (claim !== undefined) {
      claims.push({ ...claim, lasting: claim.lasting ?? leading });
      previous = claim.measure;
      leading = undefined;
      continue;
    }
    const [lasting] = readLengths(clause);
    const last = claims.at(-1);
    if (lasting !== undefined && !/%/.test(clause) && last === undefined) {
      // `if, over any 10 minute window, more than 1 % fail`; of `ok < 99 for 10m` the time is that condition's own.
      const own = /\d/.test(clause.slice(0, lasting.index));
      if (!own && /\b(?:over|within|in|during|for)\s+(?:any|an?|the|each)?\s*$/i.test(clause.slice(0, lasting.index)))
        leading = lasting;
      rest.push(clause.trim());
    } else if (lasting !== undefined && last !== undefined && last.lasting === undefined && !/%/.test(clause)) {
      claims[claims.length - 1] = { ...last, lasting };
    } else if (clause.trim() !== '') rest.push(clause.trim());
  }
  return { claims, rest, clauses };
}

/** `p95 ≤ baseline`, `conversion no worse than control`. */
const bareBaseline =
  /(?<!(?:%|percent|points?|x|times)\s+)([<>≥≤]|\b(?:no|not) (?:worse|higher|slower|lower|more|less|greater) than|\b(?:above|below|exceeds?|at or (?:above|below)|at least|at most))\s+((?:the |our |its )?(?:baseline|control))\b/gi;

/** `exceeds control by more than 10 %`, `above the baseline by 5 %`: the difference stands last. */
const beyondBaselineBy =
  /\b(exceed\w*|above|over|below|under|(?:higher|lower|slower|worse|longer|more|less) than)\s+((?:the |our |its )?(?:baseline|control))\s+by\s+((?:(?:no |not )?more than|at most|at least|up to|over|[<>≥≤])\s*)?(\d[\d.,]*\s*(?:%|percent\b))/gi;

function differenceFirst(_all: string, beyond: string, of: string, amount = '', percent: string): string {
  return `${amount}${percent} ${/^exceed/i.test(beyond) ? 'above' : beyond} ${of}`;
}

/** `shown in under 300 ms for 95 % of mails`, `99 % of requests under 300 ms`: a quantile, in other words. */
const length = '\\d[\\d.,]*\\s*(?:ms|milliseconds?|s|seconds?)\\b';
const shareUnder = new RegExp(
  `\\b(?:[a-z]+ ){0,4}?(?:in|within|take|takes)?\\s*(?:under|below|less than|<|≤|at most)\\s*(?<time>${length})\\s+for\\s+(?<share>\\d\\d(?:\\.\\d+)?)\\s*%(?:\\s+of\\s+(?:the |all )?\\w+)?|` +
    `(?<many>\\b\\d\\d(?:\\.\\d+)?)\\s*%\\s+of\\s+(?:the |all )?[a-z ]{3,30}?\\s(?:(?:are|is|stay|answered|served|finish|complete|done|take|takes)\\s+)*(?:in|within)?\\s*(?:under|below|less than|<|≤|at most)\\s*(?<limit>${length})`,
  'gi',
);

function quantileOf(groups: Record<string, string | undefined>): string {
  return `p${groups.share ?? groups.many ?? ''} latency < ${groups.time ?? groups.limit}`;
}

/** `300 - 500 ms`, `0.1 % - 0.5 %`; not the `1 - 5 %` of `Stage 1 - 5 %`. */
const spacedRange =
  /(?<![\w.,-]|\b(?:stage|phase|step|wave|ring|week|day|tier|level)\s)(\d+(?:[.,]\d+)?)\s?(%|ms\b|s\b|[KMG]i?B\b)?\s+-\s+(\d+(?:[.,]\d+)?)\s?(%|ms\b|s\b|[KMG]i?B\b)/gi;

/** `err% ≤ 0.25`, `error rate (%) ≤ 0.25`, `Error %: 0.25`: the unit stands with the name. */
const unitFirst =
  /\b((?:err(?:or)?|failure|success|timeout|fallback)s?(?:\s+(?:rate|ratio|share))?)\s*(?:\(\s*(?:in\s+)?%\s*\)|in\s+%|%)(\s*:?\s*(?:[<>≥≤=]|(?:below|under|above|over|at least|at most|max|min)\s)?\s*\d+(?:[.,]\d+)?)(?![\d.]*\s*(?:%|-|ms\b|s\b|min|h\b))/gi;

/** Clauses end at commas, semicolons, full stops and conjunctions; numbers and `between … and …` stay whole. */
function clausesOf(text: string): readonly string[] {
  return text
    .replaceAll(/(?<!\d\s?)\b(min|max|approx|incl|vs)\.(?=\s)/gi, '$1')
    .replaceAll(
      /\b(baseline|base|control)\s*([-+])\s*(\d+(?:\.\d+)?)\s*%/gi,
      (_all, name, sign, value) =>
        `${sign === '+' ? 100 + Number(value) : 100 - Number(value)}% of ${name === 'control' ? name : 'baseline'}`,
    )
    .replaceAll(
      /\b(\d[\d.,]*\s*(?:%|percent\b))\s+(?:and\s+(?:more|above|up|upwards?|over|beyond|higher|later|after)\b|onwards?\b|upwards?\b|on(?=\s*[:,]))/gi,
      '$1 upward',
    )
    .replaceAll(unitFirst, '$1$2%')
    .replaceAll(shareUnder, (...match) => quantileOf(match.at(-1)))
    .replaceAll(beyondBaselineBy, differenceFirst)
    .replaceAll(bareBaseline, '$1 100% of $2')
    .replaceAll(
      /([<>≥≤])\s*\+\s?(\d[\d.,]*\s?%)(?:\s+(?:above|over|vs\.?|versus|from)\s+(?:the )?baseline\b)?/gi,
      '$1 $2 above baseline',
    )
    .replaceAll(/(^|[\s:(])\+\s?(\d[\d.,]*\s?%)/g, '$1up more than $2')
    .replaceAll(/\b(?:doubles|doubled|(?<=\b(?:may|could|would|will|to) )double)\b/gi, '> 2x baseline')
    .replaceAll(/\btwice(?=\s+(?:(?:the|our|its|that of)\s+)*(?:baseline|control|normal|usual|today))/gi, '2x')
    .replaceAll(/\b(\d+(?:\.\d+)?)\s+(thousand|million)\b/gi, (_all, count, size) =>
      String(Number(count) * (/^t/i.test(size) ? 1000 : 1_000_000)),
    )
    .replaceAll(/\b(\d+(?:\.\d+)?)\s?M\b(?=\s+[a-z])/g, (_all, count) => String(Number(count) * 1_000_000))
    .replaceAll(/\b(?:triples?|tripled)\b/gi, '> 3x baseline')
    .replaceAll(
      /\b(\d[\d.,]*\s*(?:%|percent\b))\s+or\s+(more|less|higher|lower|better|worse|above|below)\b/gi,
      '$1 or $2',
    )
    .replaceAll(/\bbetween\s+(\d[\d.,]*)\s*(%?)\s+and\s+(\d)/gi, '$1$2-$3')
    .replaceAll(spacedRange, (all, from: string, first: string | undefined, to: string, unit: string) =>
      first === undefined || first.toLowerCase() === unit.toLowerCase() ? `${from}-${to}${unit}` : all,
    )
    .replaceAll(/(\d)\s*(%?)\s*(?:to|and)\s+(\d[\d.,]*\s*%)/gi, '$1$2-$3')
    .split(
      /;|\((?=at \d[\d.]*\s?%)|,(?!\d{3}(?!\d))(?!(?<=\d,)\d+(?:-\d+(?:[.,]\d+)?)?\s?(?:%|ms\b|s\b|se[ck]|min|h\b|hours?\b|days?\b|[KMG]i?B\b))|\.\s+|\s\|\s|\s[-→]\s|\b(?:and|but|while|plus|whereas|as well as)\b|\bor\b(?!\s+(?:more|higher|better|above|greater|less|lower|fewer|below|under)\b)|\s&\s/i,
    )
    .filter((clause) => clause.trim() !== '');
}

function readClause(
  clause: string,
  mood: ClaimMood,
  previous: MeasureWord | undefined,
  subjects: Subjects,
): Claim | undefined {
  const named = readMeasure(clause) ?? readOutcome(clause);
  const zero = readZero(clause, named, mood);
  if (zero !== undefined) return zero;
  const timeless = withoutTimes(clause, named ?? (previous?.family === 'latency' ? previous : undefined));
  const comparison = readComparison(timeless.text);
  const read = readQuantity(timeless.text, comparison?.end ?? 0, comparison?.suffix === true);
  if (read === undefined) return undefined;
  // `> +50 ms` is a difference from something that is not named.
  if (/[<>≥≤]\s*\+\s*$/.test(timeless.text.slice(0, read.index))) return undefined;
  let quantity = read;
  const measure =
    named ??
    (quantity.unit === '' ? readCountAt(timeless.text, quantity) : undefined) ??
    (comparison === undefined ? undefined : readOwnQuantity(timeless.text)) ??
    (comparison !== undefined && subjects === 'named'
      ? readSubject(timeless.text.slice(0, Math.min(comparison.start, quantity.index)))
      : undefined) ??
    inherited(previous, timeless.text, quantity, comparison);
  if (measure === undefined || isCertainlySomethingElse(timeless.text, measure, quantity)) return undefined;
  if (measure.family !== 'throughput' && isPerTime(clause, timeless.text, quantity)) return undefined;
  if (measure.family === 'count') {
    // What is counted is whole: `20.000 requests` are thousands.
    if (/^\d{1,3}\.\d{3}$/.test(quantity.written ?? ''))
      quantity = { ...quantity, low: quantity.low * 1000, written: undefined };
    if (!Number.isInteger(quantity.low)) return undefined;
    const asked =
      comparison !== undefined ||
      // `bounces < 2 %, 500 mails`, where every clause is a criterion
      (subjects === 'named' && mood === 'gate' && /^\s*\d[\d.,]*k?\s+[a-z][a-z-]+\s*$/i.test(clause)) ||
      measure === previous ||
      /\bmin|\b(?:needs?|requires?|collect|gather)\b/i.test(clause);
    // How many records there are is good to have; an upper limit on them is about something else.
    if (quantity.unit !== '' || !asked) return undefined;
    if ((comparison?.comparison.startsWith('<') ?? false) !== (mood === 'trigger')) return undefined;
  }
  if (comparison === undefined && measure.family !== 'count' && (quantity.unit === '' || !quantity.near(measure)))
    return undefined;
  const pointed = inThousands(quantity);
  const claim = against(goodOf(measure, comparison, mood), comparison, pointed ?? quantity, timeless, clause, mood);
  if (claim === undefined || pointed === undefined) return claim;
  const told = `${quantity.written} ${quantity.unit} is read as ${claim.number}, its point as one of thousands`;
  return { ...claim, assumed: claim.assumed === undefined ? told : `${claim.assumed}; ${told}` };
}

/** `1.200 ms`: nobody limits a latency to the microsecond; of seconds and percents three decimals are meant. */
function inThousands(quantity: Quantity): Quantity | undefined {
  if (!['ms', 'MiB'].includes(quantity.unit) || !/^[1-9]\d{0,2}\.\d{3}$/.test(quantity.written ?? '')) return undefined;
  const high = quantity.high === undefined ? undefined : quantity.high * 1000;
  return { ...quantity, low: quantity.low * 1000, high, written: undefined };
}

/** `… ≥ 99 % at 10 %, ≥ 98 % at 50 %`, `300 orders at 1 %, 3000 at 10 %`: what was said before, where nothing else is. */
function inherited(
  previous: MeasureWord | undefined,
  text: string,
  quantity: Quantity,
  comparison: WrittenComparison | undefined,
): MeasureWord | undefined {
  if (previous === undefined) return undefined;
  if (previous.family === 'count')
    return quantity.unit === '' &&
      /^\s*(?:at \d[\d.]*\s*%:?\s*)?(?:\d[\d.,]*k?)\s*(?:$|\b(?:at|for|on|by)\b)/i.test(text)
      ? previous
      : undefined;
  const suits =
    quantity.unit === '%' ||
    (previous.family === 'latency' && quantity.unit === 'ms') ||
    (previous.family === 'memory' && quantity.unit === 'MiB');
  if (comparison === undefined || !suits || /^\s*of\s/i.test(text.slice(quantity.end))) return undefined;
  const lead = text
    .slice(0, Math.min(comparison.start, quantity.index))
    .replaceAll(/\bat\s+\d[\d.]*\s*%(?:\s+upward)?/gi, ' ');
  return saysNothing.test(lead) ? previous : undefined;
}
const saysNothing =
  /^[\s:,()-]*(?:(?:it|they|this|that|at|then|later|still|the|rate|value|figure|must|may|should|shall|can|has|have|to|be|is|are|stays?|remains?|not|only|even|now|with|for|if|when|drops?|falls?|rises?|goes|climbs?|from|on|upward)\b[\s:,()-]*)*$/i;

/** `fewer than 100 images per hour`: no count of all there are. */
const perTime =
  /^\s?\/\s?(?:s|sec|min|h|hr|hour|day|week)\b|\b(?:per|each|every)\s+(?:second|minute|hour|day|week)\b|^\s*(?:[a-z]+ ){0,2}an? (?:second|minute|hour|day|week)\b/i;

/** As the clause says it, and as it does once its lengths of time are taken out. */
function isPerTime(clause: string, timeless: string, quantity: Quantity): boolean {
  const shown = timeless.slice(quantity.index, quantity.end);
  const at = clause.indexOf(shown);
  return (
    perTime.test(timeless.slice(quantity.end)) ||
    (at !== -1 &&
      /^\s*(?:an?|per|each|every|\/)\s*(?:second|minute|hour|day|week)\b/i.test(clause.slice(at + shown.length)))
  );
}

/** `99 % of requests under 300 ms` is about a latency, and its percentage is a quantile: not read as a rate. */
function isCertainlySomethingElse(text: string, measure: MeasureWord, quantity: Quantity): boolean {
  const share = /\d\s*%\s+of\b[^%]*\d\s*(?:ms|s|milliseconds?|seconds?)\b/i.test(text);
  return share && (quantity.unit === '%' || measure.family === 'latency');
}

/** Of a quantity of the guide's own, what it asks for is what is good. */
function goodOf(measure: MeasureWord, compared: WrittenComparison | undefined, mood: ClaimMood): MeasureWord {
  if (measure.family !== 'gauge' || compared === undefined || compared.judging !== undefined) return measure;
  if (compared.comparison === '==' || isGoodnessKnown(measure)) return measure;
  const up = compared.comparison.startsWith('>');
  return { ...measure, good: up === (mood === 'gate') ? 'high' : 'low' };
}

/** `no critical errors`, `zero P1 incidents`, `any data loss`, and in a trigger's list the bare `critical errors`. */
function readZero(clause: string, named: MeasureWord | undefined, mood: ClaimMood): Claim | undefined {
  if (named === undefined || !['critical', 'signal', 'timeout', 'error'].includes(named.family)) return undefined;
  const [lasting] = readLengths(clause);
  const timeless = lasting === undefined ? clause : clause.slice(0, lasting.index) + clause.slice(lasting.end);
  if (/\d/.test(timeless.replace(named.words, '').replaceAll(/\b0\b|\([^)]*\)/g, ''))) return undefined;
  const before = clause.slice(0, named.index);
  const none =
    /\b(?:no|zero|0|without(?: any| an?)?|free of)\s*(?:new |unexpected |open )?$/i.test(before) ||
    /^[\s:=]*(?:none|zero|0)\b/i.test(clause.slice(named.end));
  const claim = { measure: named, number: '0', unit: '', ofBaseline: false, otherEnd: undefined, lasting };
  if (none && named.family !== 'error' && named.family !== 'timeout')
    return { ...claim, comparison: '==', assumed: undefined };
  if (mood !== 'trigger' || named.family === 'error' || named.family === 'timeout' || none) return undefined;
  const any = /\b(?:any|anything|one or more|a)\s*(?:is |are )?$/i.test(before) || /\bany\w*\b/i.test(clause);
  return { ...claim, comparison: '>', assumed: any ? undefined : 'the guide gives no figure: any is one too many' };
}

/** A length of time that is itself what is limited: `replication lag < 10 s`. */
const agePattern =
  /\b(?:lag|delay|age|staleness|freshness|duration|time|latency)\b[^,;\d]{0,30}(?:[<>≥≤]|\b(?:under|below|less than|more than|exceeds?|above|over|at most))\s*$/i;

const promised =
  /\b(?:roll\w*[ -]?back|revert\w*|abort\w*|back(?:ing|s|ed)?(?: it)? out|back to|turn\w*(?: it)? off)\b[^.;<>≥≤\d]{0,40}\bwithin\s+$/i;

/** Takes windows and durations out, so that `for 30+ minutes` is no threshold; `under 2 seconds` of a latency stays. */
function withoutTimes(clause: string, named: MeasureWord | undefined): Timeless {
  let [text, removed] = [clause, 0];
  let lasting: LengthOfTime | undefined;
  for (const time of readLengths(clause)) {
    const before = clause.slice(0, time.index);
    const preposition =
      /(?:\b(?:for|over|in|within|during|across|sustained|lasting|last|every|per|at least|more than|longer than|a|any|the|than|rolling|trailing|consecutive|straight)\s+)+$/i.exec(
        before,
      )?.[0] ?? '';
    const after =
      /^\+?\s*(?:window|period|interval|average|straight|in a row|or (?:more|longer))\b/i.exec(
        clause.slice(time.end),
      )?.[0] ?? '';
    const threshold =
      ((named?.family === 'latency' && time.milliseconds < 60_000) || agePattern.test(before)) &&
      !/\b(?:for|last|sustained|during|window|rolling|trailing)\b/i.test(preposition) &&
      after === '';
    if (threshold) continue;
    // `back out within 10 minutes if …` is a promise, and no window.
    if (!promised.test(before)) lasting ??= time;
    const start = time.index - preposition.length - removed;
    const end = time.end + after.length - removed;
    text = `${text.slice(0, start)} ${text.slice(end)}`;
    removed += end - start - 1;
  }
  return { text: text.replaceAll(/\(\s*\)|\s\+(?=\s|$)/g, ' '), lasting };
}

/** `≥100 uploads`, `minimum uploads: 100`, `sample size of 100`. */
function readCountAt(text: string, quantity: Quantity): MeasureWord | undefined {
  const after = text.slice(quantity.end);
  const count = readCount(after) ?? readThings(after);
  if (count !== undefined && count.index <= 30) return count;
  const before = text.slice(0, quantity.index);
  return (
    readCount(before) ?? readThings(/\bmin(?:imum)?\b\.?((?: number of)?\s+[a-z]+)[\s:]*$/i.exec(before)?.[1] ?? '')
  );
}
