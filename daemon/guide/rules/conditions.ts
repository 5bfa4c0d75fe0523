import { type Guide, provenance, type Rule } from '../guide.ts';
import { isLength, lastingIn, lengthText, windowsIn } from '../lengths.ts';
import { anyMeans, means, type Token } from '../tag.ts';
import { quoted } from '../text/findings.ts';
import type { Passage } from '../text/passages.ts';
import { type Claim, conditionText, type ValueOf } from '../values.ts';
import type { FoundClaim, NoClaim } from './claimLevel.ts';
import { asksForGood, eventClaim, rangeClaim, readClaims } from './claims.ts';
import { opensCondition } from './clauses.ts';
import { comparisonOf } from './comparisons.ts';
import { type Consequence, consequenceOf, type Level, levelOf } from './consequence.ts';
import type { Situated } from './ladder.ts';

type Condition = ValueOf<'gate'> | ValueOf<'trigger'>;

/** A part of a passage that is read on its own: a sentence of an item, or a cell. */
interface Part {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** The text that names the measure where the part does not. */
  readonly beside: readonly (readonly Token[])[];
  /** The texts that say the consequence, nearest first, after the part's own words. */
  readonly levels: readonly Level[];
  /** The words of other places that name the measure. */
  readonly named: readonly string[];
  /** A cell has its column's. */
  readonly header?: string;
}

/** Every gate and trigger of a passage; what looks like one and cannot be written is told. */
export function readConditions(passage: Passage, context: Situated): readonly Condition[] {
  if ((passage.kind === 'code' && !passage.coded) || passage.text.length > 1500) return [];
  const parts = passage.kind === 'row' ? cellsOf(passage, context.guide) : sentencesOf(passage, context.guide);
  return parts.flatMap((part) => readPart(passage, part, context));
}

function readPart(passage: Passage, part: Part, context: Situated): readonly Condition[] {
  const { guide } = context;
  const claims = readClaims(part.tokens, part.beside);
  const said = consequenceOf([own(part, passage, [...claims.found, ...claims.left]), ...part.levels]);
  const limit = said.kind === 'none' ? breachedBelow(passage, context) : undefined;
  const broke = limit === undefined ? said : consequenceOf([limit]);
  const turns = limit !== undefined && (broke.kind === 'automatic' || broke.kind === 'asked');
  const isMust = said.kind === 'none' && anyMeans(part.tokens, 'must');
  // `Unsafe writes must be zero`, wherever it stands.
  const consequence: Consequence = turns ? broke : isMust ? { ...said, kind: 'gate' } : said;
  const found =
    claims.found.length > 0 || claims.left.length > 0
      ? claims.found
      : withoutFigure(part, consequence, passage, context);
  if (consequence.kind !== 'excluded') tellLeft(guide, passage, part, claims.left, consequence);
  if (!turns) return found.flatMap((each) => conditionOf(passage, part, each, consequence, context));
  const below: Part = { ...part, levels: [limit, ...part.levels] };
  return found.flatMap(broken).flatMap((each) => conditionOf(passage, below, each, consequence, context));
}

/** `If any guardrail is violated, it rolls back`: what follows where a limit of the same section does not hold. */
function breachedBelow(passage: Passage, { guide }: Situated): Level | undefined {
  const section = guide.above(passage)[0];
  if (section === undefined || passage.kind === 'heading') return undefined;
  const said = guide.passages.find((each) => {
    const tokens = guide.tokens(each.text);
    const near = each.file === passage.file && each !== passage && guide.above(each)[0]?.line === section.line;
    return near && each.kind !== 'row' && anyMeans(tokens, 'breach') && readClaims(tokens).found.length === 0;
  });
  return said === undefined ? undefined : levelOf(guide, said.line, said.text, false);
}

const opposite = { '>=': '<', '>': '<=', '<=': '>', '<': '>=' } as const;

/** The limit that holds, as the condition that it does not. */
function broken(found: FoundClaim): readonly FoundClaim[] {
  const { comparison } = found.claim;
  if (asksForGood(found.claim) === false || comparison === '==' || comparison === '!=') return [];
  return [{ ...found, claim: { ...found.claim, comparison: opposite[comparison] } }];
}

function own(part: Part, passage: Passage, claims: readonly { readonly from: number; readonly to: number }[]): Level {
  const tokens = part.tokens.filter(
    (_, at) => !claims.some(({ from, to }) => at >= from && at < to && !isLead(part.tokens, claims, at)),
  );
  return { line: passage.line, text: part.text, tokens, own: true };
}

/** `Roll back if the error rate …`: the words before a claim stay where they say what follows from it. */
function isLead(tokens: readonly Token[], claims: readonly { readonly from: number }[], at: number): boolean {
  const token = tokens[at];
  const first = claims.find(({ from }) => from <= at);
  return (
    first !== undefined &&
    (means(token, 'rollback', 'ask', 'pause', 'abort', 'not', 'automatic', 'alert', 'advance') ||
      opensCondition.test(token?.text ?? '')) &&
    !means(token, 'error', 'success') &&
    !means(tokens[at + 1], 'rate')
  );
}

function withoutFigure(
  part: Part,
  consequence: Consequence,
  passage: Passage,
  { scopes }: Situated,
): readonly FoundClaim[] {
  if (passage.kind === 'heading' || passage.kind === 'sentence' || passage.parent) {
    return consequence.kind === 'asked' ? [rangeClaim(part.tokens)].filter((range) => range !== undefined) : [];
  }
  switch (consequence.kind) {
    case 'automatic':
    case 'asked': {
      const claim =
        rangeClaim(part.tokens) ?? (passage.checkbox === undefined ? eventClaim(part.tokens, 'trigger') : undefined);
      return claim === undefined ? [] : [claim];
    }
    case 'gate':
    case 'none': {
      const claim = eventClaim(part.tokens, 'gate');
      return claim === undefined || scopes.of(passage).kind === 'unclear' ? [] : [claim];
    }
    case 'excluded':
      return [];
  }
}

function conditionOf(
  passage: Passage,
  part: Part,
  found: FoundClaim,
  consequence: Consequence,
  context: Situated,
): readonly Condition[] {
  const { guide, scopes } = context;
  const { claim } = found;
  const text = conditionText(claim);
  const column = part.header === undefined ? undefined : scopes.column(part.header, passage.line);
  const scope = column?.kind === 'stages' ? column : scopes.of(passage, part.tokens.slice(found.from));
  const named = part.named.map((words) => ({ line: passage.line, text: words }));
  const staged =
    scope.kind === 'stages'
      ? scope.said.filter(({ line, text: words }) => line !== passage.line || words === part.header)
      : [];
  const triggers = consequence.kind === 'automatic' || consequence.kind === 'asked';
  // Too many of what is counted is bad where something follows from it.
  const tooMany = triggers && claim.subject.family === 'count' && claim.comparison === '>';
  const good = tooMany ? false : asksForGood(claim);
  const from = provenance(passage, part.text, [...named, ...consequence.said, ...staged]);
  const goes =
    consequence.kind === 'asked' &&
    good === true &&
    consequence.said.some(({ text: words }) => /\bgo\b.{1,5}\bno\b/i.test(words));
  if (triggers && !goes) {
    if (good === true && claim.comparison !== '==') {
      guide.leave(
        passage,
        `${quoted(part.text)} stands where conditions of a ${consequence.kind === 'automatic' ? 'rollback' : 'review'} are listed, and tells of the good case`,
      );
      return [];
    }
    // `Hit ratio should be ≥ 90 %`, `at least 60 %`: what must be is no reason to go back.
    const own = part.tokens.slice(found.from, found.to).filter(({ kind }) => kind === 'word');
    if (good === undefined && anyMeans(own, 'must', 'atLeast', 'atMost')) {
      guide.leave(passage, `${quoted(part.text)} says what must be, and not what must not`);
      return [];
    }
    if (good === undefined && claim.comparison === '<=' && anyMeans(part.tokens, 'not')) {
      guide.leave(passage, `${quoted(part.text)}: which side is bad is not clear`);
      return [];
    }
    const repeated = repeatedIn(part, consequence, claim.over);
    if (repeated === 'unclear')
      guide.findings.add(
        'assumed',
        passage,
        `IMPORTANT: \`${text}\`: the guide wants it several times one after the other, and not how often in a way that a plan can count: it asks a person; write \`for: 3 windows\``,
      );
    const over = claim.over ?? rowLasting(passage, guide) ?? levelsLasting(part, consequence);
    const triggered: Claim = {
      ...claim,
      over,
      subject: claim.subject.family === 'count' ? { ...claim.subject, family: 'other' } : claim.subject,
    };
    const percents = scope.kind === 'stages' ? scope.percents.filter((percent) => percent > 0) : [];
    const acts = consequence.pause ? 'paused' : repeated === 'unclear' ? 'asked' : consequence.kind;
    return [
      {
        kind: 'trigger',
        claim: triggered,
        consequence: acts,
        within: acts === 'automatic' ? consequence.within : undefined,
        windows: typeof repeated === 'number' ? repeated : undefined,
        stages: percents.length === 0 ? undefined : percents,
        from,
      },
    ];
  }
  if (consequence.kind === 'excluded' || (consequence.kind === 'none' && scope.kind !== 'stages')) return [];
  if (good === false || (good === undefined && consequence.kind === 'none' && claim.comparison === '>')) {
    guide.leave(passage, `${quoted(part.text)} tells of the bad case, and nothing near it says what follows`);
    return [];
  }
  switch (scope.kind) {
    case 'stages':
      return scope.percents
        .filter((percent) => percent > 0)
        .map((stage): Condition => ({ kind: 'gate', stage, claim, from }));
    case 'every':
      return [{ kind: 'gate', stage: 'every', claim, from }];
    case 'unclear':
      guide.leave(passage, `${quoted(part.text)}: which stage asks for it is not clear`);
      return [];
  }
}

/** How many windows in a row, in the part's words or in those above that say the consequence. */
function repeatedIn(part: Part, consequence: Consequence, over: string | undefined): number | 'unclear' | undefined {
  const levels = part.levels.filter(({ line }) => consequence.said.some((each) => each.line === line));
  for (const tokens of [part.tokens, ...levels.map((level) => level.tokens)]) {
    const windows = windowsIn(tokens);
    if (windows !== undefined) return windows;
    const isRepeated = tokens.some((token) => means(token, 'consecutive') && !/^windows?$/i.test(token.text));
    if (isRepeated) return over === undefined && lastingIn(tokens) === undefined ? 'unclear' : undefined;
  }
  return undefined;
}

/** The column that says for how long: `Duration`, `Window`, `For how long`. */
function rowLasting(row: Passage, guide: Guide): string | undefined {
  for (const { header, text } of row.cells) {
    const tokens = guide.tokens(text);
    const figure = tokens.length <= 2 ? tokens[0]?.number : undefined;
    if (isLength(figure) && anyMeans(guide.tokens(header), 'length', 'lasting', 'consecutive', 'observe'))
      return lengthText(figure.value, figure.timeUnit);
  }
  return undefined;
}

/** `Rolled back if any of these holds for 10 minutes:` above a list. */
function levelsLasting(part: Part, consequence: Consequence): string | undefined {
  for (const { tokens, line } of part.levels) {
    const lasting = tokens.some(({ number }) => number?.unit === '%') ? undefined : lastingIn(tokens)?.text;
    if (lasting !== undefined) return lasting;
    if (consequence.said.some((each) => each.line === line)) return undefined;
  }
  return undefined;
}

function tellLeft(
  guide: Guide,
  passage: Passage,
  part: Part,
  left: readonly NoClaim[],
  consequence: Consequence,
): void {
  for (const { why } of left) {
    // A figure without a measure, where nothing says what follows, is prose.
    if (consequence.kind === 'none' && /no measure/.test(why)) continue;
    guide.leave(passage, `${quoted(part.text)} is left out: ${why}`);
  }
}

function sentencesOf(passage: Passage, guide: Guide): readonly Part[] {
  const tokens = guide.tokens(passage.text);
  const above = guide.above(passage);
  const label =
    passage.trail.at(-1)?.line === passage.line
      ? []
      : above.filter(({ kind }) => kind !== 'heading' || !anyMeans(guide.tokens(passage.text), 'latency', 'error'));
  const beside = [...label.map(({ text }) => guide.tokens(text))]
    .filter((each) => anyMeans(each, 'latency', 'error', 'success', 'memory', 'timeout', 'rate'))
    .slice(0, 1);
  const levels = above.map(({ line, text }) => levelOf(guide, line, text, false));
  const ends = tokens.flatMap(({ text, end }, at) =>
    text === ';' || (text === '.' && at < tokens.length - 1 && /\s/.test(passage.text[end] ?? ' ')) ? [at] : [],
  );
  if (ends.length === 0) return [{ text: passage.text, tokens, beside, levels, named: [] }];
  const starts = [0, ...ends.map((at) => at + 1)];
  const whole: Level = { line: passage.line, text: passage.text, tokens, own: true };
  return starts.flatMap((start, index) => {
    const part = tokens.slice(start, ends[index]);
    if (part.length === 0) return [];
    const text = passage.text.slice(part[0]?.start ?? 0, part.at(-1)?.end ?? passage.text.length);
    const says = anyMeans(part, 'rollback', 'ask', 'pause', 'abort', 'alert');
    return [{ text, tokens: part, beside, levels: says ? levels : [whole, ...levels], named: [] }];
  });
}

function cellsOf(row: Passage, guide: Guide): readonly Part[] {
  const [first] = row.cells;
  const above = guide.above(row).map(({ line, text }) => levelOf(guide, line, text, false));
  const firstTokens = guide.tokens(first?.text ?? '');
  const aboutStage =
    firstTokens.some(
      (token) => means(token, 'stage', 'calendar', 'expose') || (means(token, 'gate') && !means(token, 'success')),
    ) ||
    firstTokens.some(({ number }) => number?.unit === '%') ||
    anyMeans(guide.tokens(first?.header ?? ''), 'stage', 'population');
  const actions = row.cells.filter(
    (cell, index) =>
      index > 0 &&
      readClaims(guide.tokens(cell.text)).found.length === 0 &&
      anyMeans(guide.tokens(cell.text), 'rollback', 'ask', 'pause', 'abort', 'alert'),
  );
  return row.cells.flatMap((cell, index): readonly Part[] => {
    const tokens = guide.tokens(cell.text);
    if (tokens.length === 0 || actions.includes(cell)) return [];
    const header = guide.tokens(cell.header);
    const compared = tokens.length === 1 && !isLength(tokens[0]?.number) ? comparing(header) : [];
    if (index === 0 && readClaims(tokens).found.length === 0) return [];
    const beside = index === 0 ? [] : aboutStage ? [header] : [firstTokens, header];
    const named = index === 0 ? [] : [aboutStage ? cell.header : (first?.text ?? '')];
    const says = anyMeans(header, 'rollback', 'ask', 'pause', 'abort', 'alert', 'gate', 'advance');
    const levels = [
      ...(says ? [levelOf(guide, row.line, cell.header, false)] : []),
      ...(says ? [] : actions.map(({ text }) => levelOf(guide, row.line, text, true))),
      ...(index > 0 && !says && !aboutStage
        ? []
        : index > 0
          ? [levelOf(guide, row.line, anyMeans(firstTokens, 'rollback', 'ask') ? (first?.text ?? '') : '', true)]
          : []),
      ...above,
    ];
    return [{ text: cell.text, tokens: [...compared, ...tokens], beside, levels, named, header: cell.header }];
  });
}

/** `Max`, `Roll back above`: the sign of comparison that a column has for its bare figures. */
function comparing(header: readonly Token[]): readonly Token[] {
  const signs = header.filter(
    (token) => comparisonOf(token) !== undefined && !(means(token, 'lasting') && header.length === 1),
  );
  return signs.length === 1 ? signs : [];
}

function taking(
  name: string,
  kind: Condition['kind'],
  consequence?: ValueOf<'trigger'>['consequence'],
): Rule<Condition, Situated> {
  return {
    name,
    rank: 1,
    read: (passage, context) =>
      readConditions(passage, context).filter(
        (each) => each.kind === kind && (each.kind !== 'trigger' || each.consequence === consequence),
      ),
  };
}

/** One reader reads them all; each is a rule of its own for what it must and must not take. */
export const conditionRules: readonly Rule<Condition, Situated>[] = [
  taking('a gate of a stage', 'gate'),
  taking('an automatic rollback', 'trigger', 'automatic'),
  taking('a review by a person', 'trigger', 'asked'),
  taking('a pause', 'trigger', 'paused'),
];
