import type { ReadClause } from './claims.ts';
import type { Guides } from './guides.ts';
import { daysIn, type Ladder, stagesOf, weekIn, weekOf } from './ladder.ts';
import type { Above, Cell, Passage } from './passages.ts';
import { readStageMentions } from './stageMentions.ts';
import { plain } from './text.ts';

/** Where a passage belongs. */
export type Scope =
  | { readonly kind: 'stage'; readonly percent: number; readonly assumed: string | undefined }
  /** `said`: the guide says so; else it merely names no stage. */
  | { readonly kind: 'everywhere'; readonly said: boolean };

const everyStage = /\b(?:all|every|each|any) (?:stages?|steps?|percentages?)\b/i;

const leaving =
  /^(?:only )?(?:if|when|once|provided|as soon as)\b.*\b(?:go|move|proceed|advance|continue|increase|ramp|raise|expand|promote|step)\b(?: \w+){0,4}? (?:to|at)\s*$/i;

/** The stage each passage belongs to: its own words, those before it in its list, then what stands above it. */
export class Scopes {
  readonly #ladder: Ladder;
  readonly #running = new Map<Passage, number>();
  /** In a list that names stages, the first one it names. */
  readonly #firstOfGroup = new Map<number, number>();

  constructor(guides: Guides, ladder: Ladder) {
    this.#ladder = ladder;
    const latest = new Map<number, number>();
    for (const passage of guides.passages) {
      if (passage.kind === 'sentence' && passage.group > 0) {
        // In a paragraph that names one stage, what follows is said of it.
        const mentioned = stagesOf(passage);
        if (mentioned.length > 1) latest.delete(passage.group);
        else if (mentioned[0] !== undefined) latest.set(passage.group, mentioned[0]);
        const current = latest.get(passage.group);
        if (current !== undefined) this.#running.set(passage, current);
        continue;
      }
      if (passage.kind !== 'item') continue;
      const named = this.#own(passage);
      // `We ramp 1/10/50/100` says nothing of what follows it.
      if (new Set(stagesOf(passage)).size > 2) latest.delete(passage.group);
      else if (named !== undefined) {
        latest.set(passage.group, named);
        if (!this.#firstOfGroup.has(passage.group)) this.#firstOfGroup.set(passage.group, named);
      }
      const current = latest.get(passage.group);
      if (current !== undefined) this.#running.set(passage, current);
    }
  }

  of(passage: Passage): Scope {
    if (passage.kind !== 'row' && everyStage.test(passage.text)) return { kind: 'everywhere', said: true };
    const left = this.#toLeave(passage);
    if (left !== undefined) return { kind: 'stage', percent: left, assumed: undefined };
    const own = this.#own(passage) ?? this.#running.get(passage);
    if (own !== undefined) return { kind: 'stage', percent: own, assumed: undefined };
    for (const above of [...passage.trail].reverse()) {
      const scope = this.#above(above, passage);
      if (scope !== undefined) return scope;
    }
    return { kind: 'everywhere', said: false };
  }

  /**
   * The stages each claim of a text is said of, by what stands before it in its clause and in those without a claim
   * before that: `At 10 %: < 2 %; at 50 % and at 100 %: < 1 %`. `undefined`: the passage's own scope.
   */
  ofClaims(passage: Passage, clauses: readonly ReadClause[]): ReadonlyMap<number, readonly Scope[]> {
    const found = new Map<number, readonly Scope[]>();
    if (passage.kind === 'row' || passage.kind === 'heading') return found;
    const spoken = clauses.map(({ text }) => this.#spokenOf(text));
    const differing = new Set(spoken.filter((each) => each.length > 0).map((each) => each.join(' ')));
    const own = spoken.some((each, index) => each.length > 0 && clauses[index]?.claim !== undefined);
    const upward = clauses.some(({ text }) => /\d\s*(?:%|percent)\s+upward\b/i.test(text));
    if (differing.size < 2 && !upward && !(differing.size === 1 && own)) return found;
    let pending: readonly number[] = [];
    for (const [index, { claim, text }] of clauses.entries()) {
      const mentioned = spoken[index] ?? [];
      if (claim === undefined) {
        const joined = pending.length > 0 && !/(?:→|\bto\b|\bthen\b)/i.test(text);
        if (mentioned.length > 0) pending = joined ? [...pending, ...mentioned] : mentioned;
        continue;
      }
      const all = clauses[index - 1]?.claim === undefined ? [...pending, ...mentioned] : mentioned;
      const stages = [...new Set(all.length > 0 ? all : pending)];
      if (stages.length > 0)
        found.set(
          claim,
          stages.map((percent) => ({ kind: 'stage', percent, assumed: undefined })),
        );
      else if (upward || differing.size > 0) found.set(claim, [this.#surrounding(passage)]);
      pending = mentioned.length > 0 ? mentioned : pending;
    }
    return found;
  }

  /** The stages of the ladder that a clause names; `10 % upward` is every one from there. */
  #spokenOf(clause: string): readonly number[] {
    const mentions = readStageMentions(clause, '').map(({ percent }) => percent);
    const known = this.#ladder.stages.map(({ percent }) => percent);
    const upward = /(\d+(?:\.\d+)?)\s*(?:%|percent)\s+upward\b/i.exec(clause)?.[1];
    if (upward !== undefined) return known.filter((percent) => percent >= Number(upward));
    const found = mentions.filter((percent) => known.includes(percent));
    if (found.length > 0) return found;
    // Where a figure stands beside it, `at 10 %` can only be a stage.
    const beside = [...clause.matchAll(/(?:^|[\s:(,])at\s+(\d+(?:\.\d+)?)\s*(?:%|percent\b)(?!\s*of\b)/gi)]
      .filter(
        ({ index }) =>
          /\d/.test(clause.slice(0, index)) || /[<>≥≤]|\d/.test(clause.slice(index + 4).replace(/^\s*[\d.]+/, '')),
      )
      .map(([, percent]) => Number(percent));
    return beside.filter((percent) => known.includes(percent));
  }

  /** What stands above a passage, whatever stages it names itself. */
  #surrounding(passage: Passage): Scope {
    for (const above of [...passage.trail].reverse()) {
      const scope = this.#above(above, passage);
      if (scope !== undefined) return scope;
    }
    return { kind: 'everywhere', said: true };
  }

  /** Columns that are stages themselves: `Metric | 5 % | 25 % | 100 %`, `Metric | Stage 2 | Stage 3`. */
  columns(row: Passage): readonly { readonly cell: Cell; readonly percent: number }[] {
    const columns = row.cells.slice(1).flatMap((cell) => {
      const mentioned = readStageMentions(cell.header, 'rollout stages').map((mention) => mention.percent);
      const percent = mentioned.length === 1 ? mentioned[0] : this.#named(cell.header, true);
      return percent === undefined ? [] : [{ cell, percent }];
    });
    return columns.length >= 2 ? columns : [];
  }

  /** The stage that the headings above a passage name, not those of its own words or its list. */
  ofHeadings(passage: Passage): number | undefined {
    for (const above of [...passage.trail].reverse()) {
      if (above.kind === 'item') continue;
      const scope = this.#above(above, passage);
      if (scope !== undefined) return scope.kind === 'stage' && scope.assumed === undefined ? scope.percent : undefined;
    }
    return undefined;
  }

  /** The stage a list of steps leaves when it first names one: what stands before that step belongs to it. */
  leftBy(passage: Passage): number | undefined {
    const first = this.#firstOfGroup.get(passage.group);
    if (first === undefined || this.#running.has(passage)) return undefined;
    return this.#ladder.stages.map((stage) => stage.percent).findLast((percent) => percent < first) ?? 0;
  }

  /** `If after a day fewer than 1 % fail, we go to 20 %`: said of the stage before. */
  #toLeave(passage: Passage): number | undefined {
    if (passage.kind !== 'sentence' && passage.kind !== 'item') return undefined;
    const mentions = readStageMentions(passage.text, '');
    const [next] = mentions;
    if (next === undefined || mentions.length > 1 || !leaving.test(plain(passage.text).slice(0, next.index)))
      return undefined;
    return this.#ladder.stages.map((stage) => stage.percent).findLast((percent) => percent < next.percent);
  }

  #own(passage: Passage): number | undefined {
    const known = stagesOf(passage).filter((percent) => this.#ladder.stages.some((stage) => stage.percent === percent));
    return known.at(-1) ?? (passage.kind === 'row' ? this.#named(passage.cells[0]?.text ?? '', true) : undefined);
  }

  #above(above: Above, passage: Passage): Scope | undefined {
    const title = above.kind === 'heading' && above.level === 1;
    const mentions = readStageMentions(above.text, '').map((mention) => mention.percent);
    const last = mentions.at(-1);
    if (last !== undefined && !(title && mentions.length > 1)) {
      const many =
        mentions.length > 1
          ? `“${above.text}” names ${mentions.length} stages: taken for the last, ${last} %`
          : undefined;
      return { kind: 'stage', percent: last, assumed: many };
    }
    if (everyStage.test(above.text)) return { kind: 'everywhere', said: true };
    const named = this.#named(above.text, false);
    if (named !== undefined) return { kind: 'stage', percent: named, assumed: undefined };
    const week = weekIn(above.text) ?? weekOf(passage);
    const range = daysIn(above.text, week);
    const byDay = range === undefined ? undefined : this.#onDay(range.from);
    if (byDay !== undefined) return { kind: 'stage', percent: byDay, assumed: undefined };
    const ofWeek = weekIn(above.text);
    const percents =
      ofWeek === undefined ? [] : (this.#ladder.weeks.get(ofWeek) ?? []).filter((percent) => percent > 0);
    const top = percents.at(-1);
    if (top === undefined) return undefined;
    const many =
      percents.length > 1 ? `“${above.text}” has ${percents.length} stages: taken for the last, ${top} %` : undefined;
    return { kind: 'stage', percent: top, assumed: many };
  }

  #named(text: string, whole: boolean): number | undefined {
    const words = plain(text).toLowerCase();
    for (const [name, percent] of this.#ladder.names) {
      const at = words.indexOf(name);
      if (at === -1 || (whole && words !== name)) continue;
      if (/[\p{L}\d]/u.test(words[at - 1] ?? '') || /[\p{L}\d]/u.test(words[at + name.length] ?? '')) continue;
      if (/^(?:stage|step|wave|ring|tranche|batch) \d+$/.test(name) || at === 0) return percent;
    }
    return undefined;
  }

  #onDay(day: number): number | undefined {
    const started = this.#ladder.stages.filter((stage) => stage.days !== undefined && stage.days.from <= day);
    return started.at(-1)?.percent;
  }
}
