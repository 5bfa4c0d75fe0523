import { type Guide, provenance, type Rule } from '../guide.ts';
import { readDates } from '../lexicon/dates.ts';
import { folded, weekdays } from '../lexicon/vocabulary.ts';
import { anyMeans, means, type Token } from '../tag.ts';
import type { Passage } from '../text/passages.ts';
import type { ValueOf } from '../values.ts';
import { sharesIn } from './shares.ts';

type Stage = ValueOf<'stage'>;

/** Words that say what the text is about without naming any user, before or behind a percentage that leads its line. */
// biome-ignore format: a list of words is read across
const aside = [
  'stage', 'calendar', 'filler', 'expose', 'observe', 'afterwards', 'population', 'start', 'everyone', 'gate',
  'length',
] as const;

export function stage(passage: Passage, percent: number, guide: Guide): Stage {
  const text = passage.text.length > 300 ? passage.text.slice(0, 300) : passage.text;
  return { kind: 'stage', percent, from: provenance(passage, text, guide.above(passage).slice(0, 1)) };
}

function taggedText(passage: Passage, guide: Guide): readonly Token[] {
  return passage.kind === 'code' || passage.text.length > 600 ? [] : guide.tokens(passage.text);
}

/** `Mon 9 Mar - 1 %`: a day before a share says when. */
function withoutDays(passage: Passage, guide: Guide): string {
  if (passage.kind !== 'item' && passage.kind !== 'heading')
    return taggedText(passage, guide).length > 0 ? passage.text : '';
  const days = readDates(passage.text, '2000-01-01').filter(({ date }) => date !== undefined);
  const text = days.reduce((rest, each) => rest.replace(each.text, ' '), passage.text);
  const day = weekdays.longest(folded(text), 0);
  return days.length === 0 || day === undefined ? text : text.slice(day.end);
}

/** `Stage 1: 10 %`, `Phase 2 (25 % of traffic)`, `Canary live at 5 %`. */
const namedStage: Rule<Stage> = {
  name: 'a stage with its share',
  rank: 1,
  read(passage, guide) {
    const tokens = taggedText(passage, guide);
    if (isAboutTests(tokens)) return [];
    const shares = sharesIn(tokens);
    const names = tokens.flatMap((token, at) => (means(token, 'stage', 'calendar', 'start') ? [at] : []));
    // `Ring 0 (1 %): one day Ring 1 (10 %): three days`: each has its own.
    const found = names.flatMap((at, index) => {
      const next = names[index + 1] ?? tokens.length;
      const first = shares.findIndex((share) => share.at > at);
      const share = shares[first];
      if (share === undefined || share.at - at > 8 || (index > 0 && share.at > next)) return [];
      if (means(tokens[at], 'calendar') && !leadsOn(tokens, at, share.at)) return [];
      const behind = shares.slice(first);
      const length = behind.findIndex(
        (each, place) => place > 0 && !follows(tokens, behind[place - 1]?.at ?? 0, each.at),
      );
      return behind.slice(0, length === -1 ? behind.length : length);
    });
    return [...new Set(found)].map(({ percent }) => stage(passage, percent, guide));
  },
};

/** `1 % of payments on Monday, 5 % on Wednesday, then all of them`: shares that rise behind a stage's own, each at a comma. */
export function goesOn(tokens: readonly Token[], known: readonly number[]): readonly number[] {
  const shares = sharesIn(tokens);
  let last = shares.find(({ percent }) => known.includes(percent));
  if (last === undefined) return [];
  const found: number[] = [];
  for (const share of shares.filter(({ at }) => at > (last?.at ?? 0))) {
    const between = tokens.slice(last.at + 1, share.at);
    const comma = between.findIndex(({ text }) => /^[,;]$/.test(text));
    const plain = between.slice(comma + 1).every((token) => means(token, 'afterwards', 'filler'));
    if (share.percent <= last.percent || comma === -1 || comma > 5 || !plain) break;
    found.push(share.percent);
    last = share;
  }
  const behind = tokens.slice(last.at + 1);
  const end = behind.findIndex((token) => means(token, 'everyone'));
  const all = end !== -1 && end <= 8 && behind.slice(0, end).some((token) => means(token, 'afterwards'));
  return all && last.percent < 100 ? [...found, 100] : found;
}

/** Nothing but words of the schedule between the name of a day and its percentage. */
function leadsOn(tokens: readonly Token[], from: number, to: number): boolean {
  return tokens
    .slice(from, to)
    .every((token) => token.kind === 'mark' || token.number !== undefined || means(token, ...aside));
}

/** `10 %, then 100 %`, `5 % → 25 %`. */
function follows(tokens: readonly Token[], from: number, to: number): boolean {
  const between = tokens.slice(from + 1, to);
  return (
    between.some((token) => means(token, 'afterwards') || token.text === '→') &&
    (tokens[to]?.number?.value ?? 0) > (tokens[from]?.number?.value ?? 0)
  );
}

function isAboutTests(tokens: readonly Token[]): boolean {
  return anyMeans(tokens, 'notShare') && !anyMeans(tokens, 'population', 'expose');
}

/** `5 % of users`, `10 % du trafic`, `5% のユーザー`. */
const shareOfUsers: Rule<Stage> = {
  name: 'a share of users',
  rank: 2,
  read(passage, guide) {
    const tokens = taggedText(passage, guide);
    if (guide.under(passage, 'measured') !== undefined) return [];
    return sharesIn(tokens)
      .filter(({ at }) => {
        const [behind, next] = [tokens.slice(at + 1, at + 5), tokens[at + 1]];
        const people = behind.findIndex((token) => means(token, 'population', 'expose'));
        if (
          people === -1 ||
          behind.slice(0, people).some((token) => token.kind === 'mark' || token.number !== undefined)
        )
          return false;
        if (behind.slice(0, people + 2).some((token) => means(token, 'others', 'notShare', 'baseline', 'error')))
          return false;
        const verb = tokens[at + 1 + people + 1];
        const told =
          passage.kind === 'sentence' && !anyMeans(tokens, 'expose', 'stage', 'afterwards', 'observe', 'start');
        if (told || /^(?:is|are|was|were|have|has|do|live|use|answer)$/i.test(verb?.text ?? '')) return false;
        // `80 % of our tenants are in one region` tells of them, and of no stage.
        return (
          behind.slice(0, people).every((token) => means(token, 'filler', 'whole')) ||
          means(next, 'population', 'expose')
        );
      })
      .map(({ percent }) => stage(passage, percent, guide));
  },
};

/** `Increase to 10 %`, `promoted to 100 %`, `50% に拡大`. */
const exposing: Rule<Stage> = {
  name: 'what gives the feature to more users',
  rank: 3,
  read(passage, guide) {
    const tokens = taggedText(passage, guide);
    if (anyMeans(tokens, 'measured', 'notShare')) return [];
    const shares = sharesIn(tokens);
    return shares
      .filter(({ at }, index) => {
        const from = Math.max(0, at - 7, (shares[index - 1]?.at ?? -1) + 1);
        const lead = tokens.slice(from, at);
        const broken = lead.findLastIndex((token) => /^[;,.|]$/.test(token.text));
        const clause = lead.slice(broken + 1);
        if (
          /^(?:from|by)$/i.test(clause.at(-1)?.text ?? '') ||
          clause.some((token) => means(token, 'not', 'rollback', 'ask')) ||
          (means(clause.at(-1), 'lasting') && !means(clause.at(-2), 'expose'))
        )
          return false;
        return (
          clause.some((token) => means(token, 'expose', 'advance', 'afterwards', 'everyone')) ||
          means(tokens[at + 1], 'expose')
        );
      })
      .map(({ percent }) => stage(passage, percent, guide));
  },
};

/** `5 % → 25 % → 100 %`, `1 % -> 10 % -> everyone`. */
const chain: Rule<Stage> = {
  name: 'a chain of shares',
  rank: 2,
  read(passage, guide) {
    const tokens = taggedText(passage, guide);
    if (anyMeans(tokens, 'measured', 'targets', 'notShare')) return [];
    const shares = sharesIn(tokens);
    const linked = shares.filter(({ at }, index) => {
      const [before, next] = [shares[index - 1], shares[index + 1]];
      return (
        (before !== undefined && isArrow(tokens, before.at, at)) || (next !== undefined && isArrow(tokens, at, next.at))
      );
    });
    const rising = linked.every(({ percent }, index) => index === 0 || percent >= (linked[index - 1]?.percent ?? 0));
    return rising ? linked.map(({ percent }) => stage(passage, percent, guide)) : [];
  },
};

function isArrow(tokens: readonly Token[], from: number, to: number): boolean {
  const between = tokens.slice(from + 1, to);
  return (
    between.length <= 12 &&
    between.some(({ text }) => text === '→') &&
    between.every(({ number }) => number === undefined || number.unit !== '%')
  );
}

/** `- 5 % for 24 h` among others like it, `## 10 %`, `## Day 4: 50 %`. */
const leading: Rule<Stage> = {
  name: 'a share that leads its line',
  rank: 4,
  read(passage, guide) {
    if (passage.kind !== 'item' && passage.kind !== 'heading') return [];
    const tokens = guide.tokens(withoutDays(passage, guide));
    const [first] = sharesIn(tokens);
    if (first === undefined || !leadsOn(tokens, 0, first.at) || anyMeans(tokens.slice(0, first.at + 3), 'notShare'))
      return [];
    // `10 % of stations for 45 minutes`: whoever they are, they are who gets it.
    const noun = tokens.slice(first.at + 1).findIndex((token) => !means(token, 'filler'));
    const [named, next] = [tokens[first.at + 1 + noun], tokens[first.at + 2 + noun]];
    const audience =
      noun > 0 &&
      named?.kind === 'word' &&
      named.concepts.length === 0 &&
      (next === undefined || next.kind === 'mark' || means(next, 'lasting', 'observe'));
    if (audience) return [stage(passage, first.percent, guide)];
    const behind = tokens.slice(first.at + 1, first.at + 4);
    const telling = behind.find((token) => !means(token, 'filler'));
    const plain =
      telling === undefined ||
      /^\d/.test(telling.text) ||
      telling.kind === 'mark' ||
      telling.number !== undefined ||
      means(telling, ...aside, 'lasting', 'gate', 'tests');
    return plain ? [stage(passage, first.percent, guide)] : [];
  },
};

/** `Error rate | 0.1 % | 0.1 %`: a row of limits, whatever its columns are called. */
function isMeasureRow(tokens: readonly Token[]): boolean {
  return anyMeans(tokens, 'rate', 'error', 'success', 'latency', 'memory', 'timeout', 'notShare');
}

/** A column of nothing but shares that rise to the whole, whatever it is called. */
function isLadder(row: Passage, index: number, guide: Guide): boolean {
  const cells = guide.passages
    .filter(({ group }) => group === row.group)
    .map(({ cells: each }) => each[index]?.text ?? '');
  const shares = cells
    .map((cell) => guide.tokens(cell))
    .map((tokens) => (tokens.length === 1 ? tokens[0]?.number : undefined));
  const percents = shares.map((figure) => (figure?.unit === '%' ? figure.value : Number.NaN));
  return percents.length >= 3 && percents.at(-1) === 100 && rises(percents, -1);
}

/** A column of shares, or a row of a table about stages that names one. */
const column: Rule<Stage> = {
  name: 'a table of stages',
  rank: 1,
  read(passage, guide) {
    if (passage.kind !== 'row' || isMeasureRow(guide.tokens(passage.cells[0]?.text ?? ''))) return [];
    for (const [index, { header, text }] of passage.cells.entries()) {
      const titles = guide.tokens(header);
      const about =
        anyMeans(titles, 'stage', 'population', 'expose', 'calendar') ||
        /^%$/.test(header.trim()) ||
        isLadder(passage, index, guide);
      const measured = anyMeans(titles, 'rate') && !anyMeans(titles, 'population');
      if (!about || measured || anyMeans(titles, 'error', 'success', 'latency', 'notShare', 'gate', 'ask') || index > 4)
        continue;
      const tokens = guide.tokens(text);
      const shares = sharesIn(tokens);
      const last = shares.at(-1);
      if (last === undefined) {
        const bare = tokens.length === 1 ? tokens[0]?.number : undefined;
        const percent =
          bare?.unit === '' && (/%/.test(header) || passage.coded) && bare.value <= 100 ? bare.value : undefined;
        if (percent !== undefined) return [stage(passage, percent, guide)];
      } else if (
        shares.length === 1 ||
        shares.every(({ at }, each) => each === 0 || isArrow(tokens, shares[each - 1]?.at ?? 0, at))
      )
        return [stage(passage, last.percent, guide)];
    }
    return [];
  },
};

/** `Run it at each stage (10, 50, 100)`, with the shares as code. */
const listedAsCode: Rule<Stage> = {
  name: 'shares as code',
  rank: 5,
  read(passage, guide) {
    const values = passage.codes.map((code) => (/^\d{1,3}%?$/.test(code) ? Number.parseInt(code, 10) : Number.NaN));
    if (values.length < 2 || !rises(values) || !anyMeans(guide.tokens(passage.text), 'stage')) return [];
    return values.map((percent) => stage(passage, percent, guide));
  },
};

function rises(list: readonly number[], least = 0): boolean {
  return list.every((each, at) => each <= 100 && each > (list[at - 1] ?? least));
}

/** `setWeight: 20`, `percent: 10` of a block of YAML. */
const setting: Rule<Stage> = {
  name: 'a setting of a canary',
  rank: 3,
  read(passage, guide) {
    if (!passage.coded || passage.label === undefined) return [];
    const list = /^\[([\d., %]+)\]$/.exec(passage.body)?.[1]?.split(',').map(Number.parseFloat) ?? [];
    if (/^step_?weights$/i.test(passage.label) && rises(list))
      return list.map((percent) => stage(passage, percent, guide));
    if (!/^\d{1,3}(?:\.\d+)?%?$/.test(passage.body)) return [];
    const named = /^(?:set_?weight|weight|percent(?:age)?|traffic|rollout|canary_?weight)$/i.test(passage.label);
    const percent = Number.parseFloat(passage.body);
    return named && percent <= 100 ? [stage(passage, percent, guide)] : [];
  },
};

/** `then everyone`, `Full rollout`, where the guide names other stages by their shares. */
const wholeAudience: Rule<Stage> = {
  name: 'everyone',
  rank: 6,
  read(passage, guide) {
    const text = withoutDays(passage, guide);
    const tokens = guide.tokens(text);
    const listed = tokens.length <= 3 && means(tokens[0], 'total') && followsShares(passage, guide);
    if (listed) return [stage(passage, 100, guide)];
    const at = tokens.findIndex(
      (token, index) => means(token, 'everyone') || (means(token, 'total') && means(tokens[index + 1], 'population')),
    );
    const near = tokens.slice(0, at).findLast((token) => !means(token, 'filler'));
    if (at === -1 || near?.number?.unit === '%') return [];
    const lead = tokens.slice(0, at);
    const plain = lead.every(
      (token) =>
        token.kind === 'mark' || token.number !== undefined || token.text.length <= 2 || means(token, ...aside),
    );
    const ends = tokens
      .slice(at + 1)
      .every((token) => token.kind === 'mark' || token.number !== undefined || means(token, ...aside, 'lasting'));
    const dated = text !== passage.text;
    return plain && ends && lead.length > 0 && (dated || anyMeans(lead, 'stage', 'afterwards', 'expose'))
      ? [stage(passage, 100, guide)]
      : [];
  },
};

/** `alle Mandate` behind `15 % der Mandate` in the same list. */
function followsShares(passage: Passage, guide: Guide): boolean {
  const noun = passage.text.split(' ').at(-1) ?? '';
  return guide.passages.some(
    ({ group, line, text }) =>
      group === passage.group &&
      line < passage.line &&
      text.includes(noun) &&
      sharesIn(guide.tokens(text)).some(({ percent }) => percent < 100),
  );
}

/** `Deploy with flags off`, `0 %`. */
const nobody: Rule<Stage> = {
  name: 'nobody yet',
  rank: 3,
  read(passage, guide) {
    const tokens = taggedText(passage, guide);
    const off = tokens.findIndex((token) => means(token, 'nobody') && !/^nobody$/i.test(token.text));
    if (off === -1 || anyMeans(tokens, 'rollback', 'abort') || guide.under(passage, 'rollback', 'abort') !== undefined)
      return [];
    const asks = anyMeans(tokens.slice(0, off), 'expose', 'calendar', 'stage') || off === 0;
    return asks && !tokens.slice(0, off).some((token) => /^turn/i.test(token.text)) ? [stage(passage, 0, guide)] : [];
  },
};

const slashed = /(?<![\w./-])\d{1,3}(?:\.\d+)?\s?%?(?:\s?\/\s?\d{1,3}(?:\.\d+)?\s?%?){2,}(?![\w/])/g;

/** `1/10/50/100`, `Weights: 1 → 5 → 20 → 100`, `from 0 % to 5 %, 25 % and 100 % of checkouts`. */
const listing: Rule<Stage> = {
  name: 'a list of shares that ends with all',
  rank: 3,
  read(passage, guide) {
    const tokens = taggedText(passage, guide);
    if (
      !anyMeans(tokens, 'expose', 'population', 'stage') ||
      anyMeans(tokens, 'error', 'latency', 'measured', 'notShare')
    )
      return [];
    const lists = [...passage.text.matchAll(slashed)].map(([text]) =>
      text.split('/').map((each) => Number.parseFloat(each)),
    );
    const found = [...lists, runOf(tokens)].find((list) => list.length >= 3 && list.at(-1) === 100 && rises(list, -1));
    return (found ?? []).filter((percent) => percent > 0).map((percent) => stage(passage, percent, guide));
  },
};

/** The longest run of rising numbers with nothing but commas, arrows and small words between them. */
function runOf(tokens: readonly Token[]): readonly number[] {
  let [run, best]: [number[], number[]] = [[], []];
  for (const token of tokens) {
    const figure = token.number;
    if (
      figure !== undefined &&
      (figure.unit === '%' || figure.unit === '') &&
      figure.high === undefined &&
      figure.value <= 100
    )
      run = figure.value > (run.at(-1) ?? -1) ? [...run, figure.value] : [figure.value];
    else if (token.kind !== 'mark' && !means(token, 'filler', 'afterwards')) run = [];
    if (run.length > best.length) best = run;
  }
  return best;
}

const assigned = /(?<![\w-])([A-Za-z][\w.]*)(?:\s?=\s?|\s+to\s+|\s+)["']?(\d{1,3}(?:\.\d+)?)\s?%?(?![\w.])/g;

const holdsShare = /percent(?:age)?|pct|rollout|weight|share|ramp/i;

/** `Set search.percent to 5`, `CDN_PERCENT=30, wait 4h`, `setWeight 10`. */
const variable: Rule<Stage> = {
  name: 'a variable that holds the share',
  rank: 3,
  read(passage, guide) {
    const tokens = taggedText(passage, guide);
    if (
      tokens.length === 0 ||
      anyMeans(tokens, 'rollback', 'abort', 'measured') ||
      guide.under(passage, 'rollback', 'abort') !== undefined
    )
      return [];
    const percents = [...passage.text.matchAll(assigned)]
      .filter(([, name = '']) => holdsShare.test(name) && /[_.]|[a-z][A-Z]/.test(name))
      .map(([, , digits]) => Number(digits))
      .filter((percent) => percent > 0 && percent <= 100);
    return [...new Set(percents)].map((percent) => stage(passage, percent, guide));
  },
};

// biome-ignore format: the rules of stages stand together
export const stageRules: readonly Rule<Stage>[] = [
  namedStage, column, shareOfUsers, chain, exposing, setting, listing, variable, leading, nobody, listedAsCode, wholeAudience,
];
