import type { Guide } from '../guide.ts';
import type { Picks } from '../picks.ts';
import { anyMeans, means, type Token } from '../tag.ts';
import { type Place, placeNames } from '../text/findings.ts';
import type { Passage } from '../text/passages.ts';
import type { ValueOf } from '../values.ts';
import { sharesIn } from './shares.ts';
import { goesOn, stage, stageRules } from './stages.ts';

/** The stages of the guides, which passages name them, and what else they go by. */
export interface Ladder {
  readonly percents: readonly number[];
  readonly stages: readonly ValueOf<'stage'>[];
  /** Shares that one place names and another does not, where both mean to name them all. */
  readonly disputed: readonly { readonly percent: number; readonly from: readonly Place[] }[];
  readonly named: ReadonlyMap<Passage, readonly number[]>;
  /** `phase 2`, `gate b` → its share, where only one goes by it. */
  readonly aliases: ReadonlyMap<string, number>;
}

/** Reads the ladder; a share in dispute is in it once a person has picked it. */
export function readLadder(guide: Guide, picks: Picks): Ladder {
  const named = new Map<Passage, readonly number[]>();
  const stages: ValueOf<'stage'>[] = [];
  const rules = [...stageRules].sort((a, b) => a.rank - b.rank);
  for (const passage of guide.passages) {
    const found = new Map<number, ValueOf<'stage'>>();
    for (const rule of rules)
      for (const value of rule.read(passage, guide)) if (!found.has(value.percent)) found.set(value.percent, value);
    if (found.size === 0 || isElsewhere(guide, passage)) continue;
    if (passage.kind === 'sentence' || passage.kind === 'item')
      for (const percent of goesOn(guide.tokens(passage.text), [...found.keys()]))
        if (!found.has(percent)) found.set(percent, stage(passage, percent, guide));
    named.set(passage, [...found.keys()]);
    stages.push(...found.values());
  }
  const groups = laddersIn(named);
  const disputed = disputeOf(groups).filter(({ percent, from }) => !picks.takesStage(percent, from));
  const out = new Set(disputed.map(({ percent }) => percent));
  const kept = stages.filter(({ percent }) => !out.has(percent));
  const percents = [...new Set(kept.map(({ percent }) => percent))].sort((a, b) => a - b);
  return { percents, stages: kept, disputed, named, aliases: aliasesOf(guide, named) };
}

/** Past figures, hopes, and steps of an emergency are no stages to go through. */
function isElsewhere(guide: Guide, passage: Passage): boolean {
  return guide.under(passage, 'measured', 'targets', 'documents') !== undefined;
}

interface Group {
  readonly percents: readonly number[];
  readonly place: Place;
}

/** The lists, tables and sentences that name several stages, each with what it names. */
function laddersIn(named: ReadonlyMap<Passage, readonly number[]>): readonly Group[] {
  const groups = new Map<string, { percents: number[]; place: Place }>();
  for (const [passage, percents] of named) {
    const key =
      passage.group > 0 && passage.kind !== 'sentence'
        ? `${passage.group}`
        : passage.kind === 'heading'
          ? headingGroup(passage)
          : `${passage.file}:${passage.line}`;
    const group = groups.get(key) ?? { percents: [], place: passage };
    groups.set(key, group);
    for (const percent of percents) if (percent > 0 && !group.percents.includes(percent)) group.percents.push(percent);
  }
  return [...groups.values()].filter(
    ({ percents }) => percents.length > 1 && percents.every((each, at) => at === 0 || each > (percents[at - 1] ?? 0)),
  );
}

function headingGroup(passage: Passage): string {
  return `${passage.file} headings ${passage.trail.map(({ line }) => line).join(' ')}`;
}

/** Two ladders over the same range that name different shares between their ends. */
function disputeOf(groups: readonly Group[]): Ladder['disputed'] {
  const disputed = new Map<number, Place[]>();
  for (const [index, one] of groups.entries()) {
    for (const other of groups.slice(index + 1)) {
      const least = Math.max(one.percents[0] ?? 0, other.percents[0] ?? 0);
      const most = Math.min(one.percents.at(-1) ?? 0, other.percents.at(-1) ?? 0);
      const only = (first: Group, second: Group) => first.percents.filter((each) => !second.percents.includes(each));
      const [ours, theirs] = [only(one, other), only(other, one)];
      if (least >= most || ours.length === 0 || theirs.length === 0) continue;
      for (const [percents, here, there] of [
        [ours, one.place, other.place],
        [theirs, other.place, one.place],
      ] as const)
        for (const percent of percents) disputed.set(percent, [...(disputed.get(percent) ?? [here]), there]);
    }
  }
  return [...disputed].map(([percent, from]) => ({ percent, from }));
}

/** `stage 2`, `phase b`: the names that a text gives to a part of the ladder. */
export function stageNames(tokens: readonly Token[]): readonly { readonly name: string; readonly at: number }[] {
  return tokens.flatMap((token, at) => {
    const next = tokens[at + 1];
    if (!means(token, 'stage', 'gate', 'calendar') || means(token, 'success') || next === undefined) return [];
    const order = ordinalOf(next);
    if (order === undefined) return [];
    return [{ name: `${kindOf(token)} ${order}`, at }];
  });
}

function kindOf(token: Token): string {
  return means(token, 'calendar')
    ? token.text.toLowerCase()
    : means(token, 'gate') && !means(token, 'stage')
      ? 'gate'
      : token.text.toLowerCase().replace(/s$/, '');
}

const ordinals = '一二三四五六七八九';

function ordinalOf({ text, number }: Token): string | undefined {
  if (number !== undefined)
    return number.unit === '' && Number.isInteger(number.value) && number.high === undefined
      ? String(number.value)
      : undefined;
  if (/^[A-Z]$/.test(text)) return text;
  return ordinals.includes(text.charAt(0)) && text.length === 1 ? String(ordinals.indexOf(text) + 1) : undefined;
}

function aliasesOf(guide: Guide, named: ReadonlyMap<Passage, readonly number[]>): ReadonlyMap<string, number> {
  const known = new Map<string, Set<number>>();
  const note = (name: string, percent: number) => known.set(name, (known.get(name) ?? new Set()).add(percent));
  for (const [passage, percents] of named) {
    const tokens = guide.tokens(passage.text);
    const names = stageNames(tokens);
    for (const { percent, at } of sharesIn(tokens)) {
      const nearest = names.findLast((each) => each.at < at);
      if (nearest !== undefined && percents.includes(percent)) note(nearest.name, percent);
    }
    // `canary (1 percent), small (10 percent)`: what a share goes by.
    for (const { percent, at } of sharesIn(tokens)) {
      const [word, bracket] = [tokens[at - 2], tokens[at - 1]];
      if (bracket?.text !== '(' || word?.kind !== 'word' || word.text.length < 3 || !percents.includes(percent))
        continue;
      note(`called ${word.text.toLowerCase()}`, percent);
    }
    // `Phase 1` above, and its share in an item of the section.
    const heading = guide.above(passage).find(({ kind }) => kind === 'heading');
    const titles = guide.tokens(heading?.text ?? '');
    // A day or a week is no part of the ladder by itself.
    const [section] = stageNames(titles).filter(({ at }) => means(titles[at], 'stage'));
    if (
      names.length === 0 &&
      percents.length === 1 &&
      section !== undefined &&
      passage.kind !== 'row' &&
      sharesIn(titles).length === 0
    )
      note(section.name, percents[0] ?? 0);
    const [first] = names;
    if (sharesIn(tokens).length === 0 && first !== undefined && percents.length === 1)
      note(first.name, percents[0] ?? 0);
  }
  return new Map(
    [...known].flatMap(([name, percents]) => (percents.size === 1 ? [[name, [...percents][0] ?? 0] as const] : [])),
  );
}

export type Scope =
  | {
      readonly kind: 'stages';
      readonly percents: readonly number[];
      readonly said: readonly { readonly line: number; readonly text: string }[];
    }
  | { readonly kind: 'every' }
  | { readonly kind: 'unclear' };

/** Which stages a passage is about: by its own words, by what stands before it in its list, or by the nearest heading that names one. */
export class Scopes {
  readonly #guide: Guide;
  readonly #ladder: Ladder;

  constructor(guide: Guide, ladder: Ladder) {
    this.#guide = guide;
    this.#ladder = ladder;
  }

  of(passage: Passage, clause?: readonly Token[]): Scope {
    const own = this.#own(passage, clause);
    if (own !== undefined) return own;
    const [label] = [...passage.trail].reverse();
    const named = label?.line === passage.line ? this.#named(this.#guide.tokens(label.text), label) : undefined;
    if (named !== undefined) return named;
    const sibling = this.#sibling(passage);
    if (sibling !== undefined) return sibling;
    for (const above of this.#guide.above(passage)) {
      const scope = this.#named(this.#guide.tokens(above.text), above);
      if (scope !== undefined) return scope;
    }
    return { kind: 'every' };
  }

  /** The stage that the column of a cell is about. */
  column(header: string, line: number): Scope | undefined {
    return this.#named(this.#guide.tokens(header), { line, text: header }, true);
  }

  /** The one stage that a heading names. */
  heading(text: string): number | undefined {
    const scope = this.#named(this.#guide.tokens(text), { line: 0, text });
    return scope?.kind === 'stages' && scope.percents.length === 1 ? scope.percents[0] : undefined;
  }

  #own(passage: Passage, clause: readonly Token[] | undefined): Scope | undefined {
    const said = { line: passage.line, text: passage.text };
    if (passage.kind === 'row') {
      const stageCell = passage.cells.find(
        ({ header, text }, index) =>
          (index === 0 || anyMeans(this.#guide.tokens(header), 'stage', 'population', 'expose', 'calendar')) &&
          this.#named(this.#guide.tokens(text), said) !== undefined,
      );
      if (stageCell !== undefined) return this.#named(this.#guide.tokens(stageCell.text), said);
      const whole = this.#ladder.named.get(passage);
      return whole === undefined
        ? undefined
        : { kind: 'stages', percents: whole.slice(-1), said: [{ line: passage.stageLine, text: passage.text }] };
    }
    const near = clause === undefined ? undefined : this.#named(clause, said, true);
    if (near !== undefined) return near;
    const named = this.#named(this.#guide.tokens(passage.text), said, true);
    if (named !== undefined) return named;
    const single = this.#ladder.named.get(passage);
    return single?.length === 1 && passage.kind !== 'heading'
      ? { kind: 'stages', percents: single, said: [said] }
      : undefined;
  }

  /** The stage that the tokens name: one share, a name that stands for one, `each stage`; several shares are unclear. */
  #named(
    tokens: readonly Token[],
    said: { readonly line: number; readonly text: string },
    own = false,
  ): Scope | undefined {
    const shares = sharesIn(tokens)
      .map(({ percent }) => percent)
      .filter((percent) => this.#ladder.percents.includes(percent));
    // `canary_5`, `full_100`, where the guide's own names end in the share.
    const coded = tokens
      .flatMap(({ text }) => text.split('/'))
      .map((text) => /^[a-z]+_(\d{1,3})$/i.exec(text)?.[1])
      .flatMap((digits) =>
        digits !== undefined && this.#ladder.percents.includes(Number(digits)) ? [Number(digits)] : [],
      );
    const names = stageNames(tokens);
    const percents = [...new Set([...shares, ...coded])];
    if (coded.length > 0) return { kind: 'stages', percents, said: [said] };
    if (percents.length === 1) return { kind: 'stages', percents, said: [said] };
    if (percents.length > 1) return own ? undefined : { kind: 'unclear' };
    const telling = tokens.filter((token) => token.kind === 'word' && !means(token, 'filler'));
    const called =
      telling.length === 1 ? this.#ladder.aliases.get(`called ${telling[0]?.text.toLowerCase()}`) : undefined;
    if (called !== undefined) return { kind: 'stages', percents: [called], said: [said] };
    // A week beside a phase says when, and not which.
    const known = names.map(({ name, at }) => ({
      percent: this.#ladder.aliases.get(name),
      calendar: means(tokens[at], 'calendar'),
    }));
    const aliased = [
      ...new Set(
        known.filter(({ percent, calendar }) => percent !== undefined || !calendar).map(({ percent }) => percent),
      ),
    ];
    const [only] = aliased;
    if (aliased.length === 1 && only !== undefined) return { kind: 'stages', percents: [only], said: [said] };
    // `Day 3: validation` and `Phase 1`, whose share nothing says: a part of the rollout, and not all of it.
    if (names.length > 0 && !own) return { kind: 'unclear' };
    return tokens.some(
      (token, at) => means(token, 'each') && tokens.slice(at, at + 3).some((each) => means(each, 'stage')),
    )
      ? { kind: 'every' }
      : undefined;
  }

  /** `10 % active`, and what its list asks below it. */
  #sibling(passage: Passage): Scope | undefined {
    if ((passage.kind !== 'item' && passage.kind !== 'sentence') || passage.group === 0) return undefined;
    const all = this.#guide.passages;
    for (let at = all.indexOf(passage) - 1; at >= 0; at -= 1) {
      const before = all[at];
      if (before === undefined || before.file !== passage.file || before.kind === 'heading') return undefined;
      if (before.group !== passage.group) continue;
      if (before.trail.length < passage.trail.length && before.kind === 'sentence') return undefined;
      const percents = this.#ladder.named.get(before);
      const last = percents?.at(-1);
      // A whole ladder in one item says nothing of what follows it.
      if (percents !== undefined && percents.length > 1) return undefined;
      if (last !== undefined)
        return { kind: 'stages', percents: [last], said: [{ line: before.line, text: before.text }] };
    }
    return undefined;
  }
}

/** The facts that the rules about stages need. */
export interface Situated {
  readonly guide: Guide;
  readonly ladder: Ladder;
  readonly scopes: Scopes;
}

export function tellDisputes(guide: Guide, ladder: Ladder): void {
  for (const { percent, from } of ladder.disputed) {
    const [place] = from;
    if (place !== undefined)
      guide.findings.add(
        'conflict',
        place,
        `${percent} % is a stage here, and another list of stages does not have it (${placeNames(from.slice(1))}): it is not written, pick one`,
      );
  }
}
