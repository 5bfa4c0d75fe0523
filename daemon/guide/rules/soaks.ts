import { type Guide, provenance, type Rule } from '../guide.ts';
import { isLength, lengthText } from '../lengths.ts';
import { anyMeans, means, type Token } from '../tag.ts';
import type { Passage } from '../text/passages.ts';
import type { ValueOf } from '../values.ts';
import { readClaims } from './claims.ts';
import type { Situated } from './ladder.ts';
import { sharesIn } from './shares.ts';

type Soak = ValueOf<'soak'>;

function soak(
  passage: Passage,
  stage: number,
  token: Token,
  guide: Guide,
  context: readonly { line: number; text: string }[] = [],
  quote = passage.text,
): readonly Soak[] {
  const figure = token.number;
  if (figure === undefined || stage === 0) return [];
  const length = lengthText(figure.value, figure.timeUnit);
  if (length === undefined) return [];
  if (figure.high !== undefined)
    guide.findings.add('assumed', passage, `${stage} %: “${token.text}” is read as at least ${length}`);
  return [{ kind: 'soak', stage, length, from: provenance(passage, quote.slice(0, 300), context) }];
}

/** A length that says how often, how soon or from when is no soak. */
function isSoak(tokens: readonly Token[], at: number): boolean {
  const figure = tokens[at]?.number;
  if (!isLength(figure) || figure.value < 60_000) return false;
  const before = tokens.slice(Math.max(0, at - 2), at);
  return (
    !before.some((token) => means(token, 'each', 'within', 'after', 'above', 'below') && !means(token, 'lasting')) &&
    !means(tokens[at + 1], 'after', 'before')
  );
}

/** `10 % of shops for 24 h`, `Phase 1: 5 % traffic, 12 hours`, `5 % (30 min)`. */
const besideShare: Rule<Soak, Situated> = {
  name: 'a length behind a share',
  rank: 1,
  read(passage, { guide, ladder }) {
    if (passage.kind === 'row' || passage.kind === 'code' || passage.text.length > 600) return [];
    const tokens = guide.tokens(passage.text);
    const named =
      ladder.named.get(passage) ??
      sharesIn(tokens)
        .map(({ percent }) => percent)
        .filter((percent) => ladder.percents.includes(percent));
    if (named.length === 0 || anyMeans(tokens, 'rollback', 'pause', 'ask', 'alert')) return [];
    const [claim] = [...readClaims(tokens).found, ...readClaims(tokens).left]
      .map(({ from }) => from)
      .sort((a, b) => a - b);
    const shares = sharesIn(tokens).filter(({ percent }) => named.includes(percent));
    const taken = new Set<number>();
    return tokens.flatMap((token, at) => {
      if (!isSoak(tokens, at) || (claim !== undefined && at > claim)) return [];
      const share = shares.findLast((each) => each.at < at);
      if (share === undefined || taken.has(share.percent)) return [];
      taken.add(share.percent);
      const stages = spreadOver(tokens, at, named) ?? [share.percent];
      return stages.flatMap((percent) => soak(passage, percent, token, guide));
    });
  },
};

/** `10 % → 50 % → 100 %, six hours between steps`, `in 6-hour increments`, `24 h each`: of which shares a length is said. */
function spreadOver(tokens: readonly Token[], at: number, named: readonly number[]): readonly number[] | undefined {
  const near = tokens.slice(at + 1, at + 4);
  const between = near.some(({ text }) => /^(?:between|apart|zwischen|entre|increments?|intervals?)$/i.test(text));
  if (between) return named.length > 1 ? named.filter((percent) => percent < Math.max(...named)) : undefined;
  const each = near.some((token) => means(token, 'each') || /^periods$/i.test(token.text));
  return each && named.length > 1 ? named : undefined;
}

/** The column of a table that says how long. */
const column: Rule<Soak, Situated> = {
  name: 'a column of lengths',
  rank: 1,
  read(row, { guide, ladder }) {
    const stage = row.kind === 'row' ? ladder.named.get(row)?.at(-1) : undefined;
    if (stage === undefined) return [];
    for (const { header, text } of row.cells) {
      const [tokens, titles] = [guide.tokens(text), guide.tokens(header)];
      const at = tokens.findIndex((_, index) => isSoak(tokens, index));
      const token = tokens[at];
      if (token === undefined || anyMeans(titles, 'within', 'rollback', 'latency', 'gate', 'ask', 'error')) continue;
      const plain = tokens.length - (at + 1) <= 1 && at <= 2;
      const said = anyMeans(titles, 'observe', 'length', 'lasting', 'calendar') || anyMeans(tokens, 'observe');
      if (said || (plain && header !== '' && !anyMeans(titles, 'rate')))
        return soak(row, stage, token, guide, [{ line: row.line, text: header }], text);
    }
    return [];
  },
};

/** `Duration: 2 days`, `Observe for 30 minutes`, in the section of a stage. */
const inSection: Rule<Soak, Situated> = {
  name: 'how long a stage is watched',
  rank: 2,
  read(passage, { guide, ladder, scopes }) {
    const tokens = guide.tokens(passage.text);
    const itself =
      ladder.named.has(passage) && (sharesIn(tokens).length > 0 || ladder.named.get(passage)?.length !== 1);
    if (passage.kind === 'row' || passage.kind === 'heading' || itself || passage.text.length > 300) return [];
    const at = tokens.findIndex((_, index) => isSoak(tokens, index));
    const token = tokens[at];
    const claimed = readClaims(tokens).found[0]?.from ?? Number.POSITIVE_INFINITY;
    if (
      token === undefined ||
      at > claimed ||
      (claimed < Number.POSITIVE_INFINITY && !ladder.named.has(passage)) ||
      anyMeans(tokens, 'rollback', 'pause', 'alert', 'each')
    )
      return [];
    const watched = anyMeans(tokens, 'observe') || (anyMeans(tokens, 'length') && passage.label !== undefined);
    const lasts = tokens.length <= 10 && anyMeans(tokens.slice(Math.max(0, at - 2), at), 'lasting');
    const scope = scopes.of(passage);
    if (!(watched || lasts) || scope.kind !== 'stages' || scope.percents.length !== 1) return [];
    return soak(passage, scope.percents[0] ?? 0, token, guide, [...scope.said]);
  },
};

/** `- pause: 30m` behind `- weight: 10`, in a block of YAML. */
const inCode: Rule<Soak, Situated> = {
  name: 'how long a stage of a block of code lasts',
  rank: 2,
  read(passage, { guide, ladder }) {
    const tokens = guide.tokens(passage.text);
    const at = tokens.findIndex((_, index) => isSoak(tokens, index));
    const token = tokens[at];
    const isSaid = tokens.length <= 10 && anyMeans(tokens.slice(0, at), 'pause', 'observe', 'length');
    if (!passage.coded || ladder.named.has(passage) || token === undefined || !isSaid) return [];
    const near = ([{ coded, line }]: readonly [Passage, unknown]) =>
      coded && line < passage.line && line >= passage.line - 4;
    const [stage, percents] = [...ladder.named].findLast(near) ?? [];
    return stage === undefined ? [] : soak(passage, percents?.[0] ?? 0, token, guide, [stage]);
  },
};

const clock = /^T\s?(?:([+-])\s?(\d{1,3})\s?(h|m|min|d)?)?\b/i;

/** `T-24h` and `T+2h` above what is done then: a stage lasts until the next one begins. */
function startOf(passage: Passage): number | undefined {
  for (const { text } of [...passage.trail].reverse()) {
    const match = clock.exec(text);
    if (match === null) continue;
    const unit = /^m/i.test(match[3] ?? '') ? 60_000 : match[3] === 'd' ? 86_400_000 : 3_600_000;
    return (match[1] === '-' ? -1 : 1) * Number(match[2] ?? 0) * unit;
  }
  return undefined;
}

export function soaksBetweenStarts({ guide, ladder }: Situated): readonly Soak[] {
  const starts = [...ladder.named].flatMap(([passage, percents]) => {
    const start = startOf(passage);
    return start === undefined ? [] : [{ passage, start, percent: percents[0] ?? 0, last: percents.at(-1) ?? 0 }];
  });
  return starts.flatMap(({ passage, start, last }, index) => {
    const next = starts[index + 1];
    if (next === undefined || next.start <= start || next.percent <= last) return [];
    const length = lengthText(next.start - start, 'h');
    if (length === undefined) return [];
    const said = [...passage.trail, ...next.passage.trail].filter(({ text }) => clock.test(text));
    guide.findings.add('assumed', passage, `${last} %: ${length} from ${said.map(({ text }) => text).join(' to ')}`);
    return [{ kind: 'soak', stage: last, length, from: provenance(passage, passage.text, said) }];
  });
}

/** `Each step runs for 30 minutes unless noted.` */
const eachStage: Rule<Soak, Situated> = {
  name: 'how long every stage lasts',
  rank: 3,
  read(passage, { guide, ladder }) {
    if (passage.kind === 'row' || passage.kind === 'code' || passage.text.length > 300) return [];
    const tokens = guide.tokens(passage.text);
    const each = tokens.findIndex(
      (token, at) => means(token, 'each') && tokens.slice(at + 1, at + 3).some((next) => means(next, 'stage')),
    );
    const at = each === -1 ? -1 : tokens.findIndex((_, index) => Math.abs(index - each) <= 6 && isSoak(tokens, index));
    const token = tokens[at];
    const lasts = tokens
      .slice(Math.max(0, Math.min(each, at) - 2), Math.max(each, at))
      .some(
        (word) =>
          means(word, 'lasting', 'observe') || /^(?:lasts?|runs?|takes?|dauert|läuft|dure|dura)$/i.test(word.text),
      );
    if (token === undefined || !lasts || readClaims(tokens).found.some(({ claim }) => claim.unit !== 'ms')) return [];
    return ladder.percents.flatMap((percent) =>
      soak(passage, percent, token, guide, [{ line: passage.line, text: passage.text }]),
    );
  },
};

export const soakRules: readonly Rule<Soak, Situated>[] = [besideShare, column, inSection, inCode, eachStage];
