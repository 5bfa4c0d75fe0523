import { editedMemory } from '../judge/memory.ts';
import { sameRule } from '../judge/sameRule.ts';
import type { Wanted } from '../measure/joinedCounts.ts';
import { type CountedUnder, canonical, type KeptParts, keptParts, sketchedFields } from '../measure/keptParts.ts';
import { relaidCounts } from '../measure/relaidCounts.ts';
import { gaugeSeries, lineSeries } from '../measure/resolvedMeasure.ts';
import { edgesOf } from '../measure/storedCounts.ts';
import type { PositionRecord } from '../protocol/domain/observation.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import { countsBeforeEdits } from '../protocol/domain/retention.ts';
import { holdsLines } from '../protocol/domain/sourceFormat.ts';
import { type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';
import { restoreCounters, type SourceCounters } from '../rollout/counters.ts';
import { cursorsAt, isLogOf, logsRead } from '../sources/kinds.ts';
import type { Beside, Commit, StoredRollout } from '../store/store.ts';
import { type Counted, countedMemory, type KeptCounts, type SecondReadingRecord, underText } from './countedUnder.ts';

/** The stored state of a rollout, and the rules of its counts. */
export interface EditedRollout {
  readonly rollout: string;
  readonly file: string;
  readonly stored: StoredRollout;
  readonly counters: string | null;
  readonly counted: Counted;
  readonly before: CountedUnder;
  readonly after: CountedUnder;
  readonly text: string;
  readonly at: WallTime;
}

export interface PlanEdit {
  readonly commit: Omit<Commit, 'counters'>;
  /** JSON text, as `restoreCounters` reads it; `null`: as they were. */
  readonly counters: string | null;
  readonly counted: Counted;
}

/**
 * The effect of a plan's edit on all counts: one commit, after which the rollout continues under the new plan, with
 * unchanged parts untouched. New parts are read a second time.
 */
export function planEdit(edited: EditedRollout): PlanEdit {
  return new Editing(edited).result();
}

/** Earlier counts that are used again. */
interface Revived {
  readonly counts: KeptCounts;
  readonly under: CountedUnder;
  /** From their plan to the new one. */
  readonly kept: KeptParts;
}

class Editing {
  readonly #edited: EditedRollout;
  readonly #at: EventTime;
  readonly #counters: readonly SourceCounters[];
  readonly #kept: KeptParts;

  constructor(edited: EditedRollout) {
    this.#edited = edited;
    this.#at = eventTime(edited.at);
    const { before, stored } = edited;
    this.#counters = restoreCounters(edited.counters, before.plan.sources.length);
    this.#kept = keptFrom(before, edited.after, stored.positions, this.#counters);
  }

  result(): PlanEdit {
    const { rollout, stored, before, after, text, counted } = this.#edited;
    const kept = this.#kept;
    if (isLaidOutAlike(kept, before, after)) {
      const alike = { ...counted, text, told: counted.told ?? counted.text };
      return {
        commit: { rollout, ...this.#memory(), beside: [countedMemory(rollout, alike)], durable: true },
        counters: null,
        counted: alike,
      };
    }
    const wanted = wantedOf(kept, after);
    const revived = isNothing(wanted) ? null : this.#revived();
    const positions = this.#positions(revived);
    const names = { next: counted.names };
    const beside: Beside[] = [];
    const second = [...this.#carriedOn(beside)];
    if (!isNothing(wanted)) second.push(this.#begun(wanted, positions, revived, names, beside));
    const counters = after.plan.sources.map((_, index) => {
      const old = oldOf(kept.sources, index);
      return this.#counters[old ?? -1] ?? restoreCounters(null, 1)[0];
    });
    const first = after.plan.sources.flatMap((_, index) => {
      const old = oldOf(kept.sources, index);
      const isKnown = positions.some(({ source }) => source === index);
      return old === undefined ? (isKnown ? [] : [index]) : counted.first.includes(old) ? [index] : [];
    });
    const keptCounts = this.#keptCounts(names, beside);
    const next: Counted = {
      version: 1,
      text,
      told: counted.told ?? counted.text,
      names: names.next,
      second,
      kept: keptCounts,
      first,
    };
    const counts = relaidCounts(stored, before, after, kept, this.#at);
    beside.push(countedMemory(rollout, next));
    return {
      commit: {
        rollout,
        forget: true,
        batch: { positions, forgotten: [] },
        cells: counts.cells,
        outcomes: counts.outcomes,
        keepOutcomesSince: stored.keptSince,
        ...this.#memory(),
        beside,
        durable: true,
      },
      counters: JSON.stringify(counters),
      counted: next,
    };
  }

  #memory(): Pick<Commit, 'memory'> {
    const { before, after, stored } = this.#edited;
    if (stored.memory === null) return {};
    const memory = editedMemory(stored.memory, {
      triggers: after.plan.triggers.map((trigger) => ({
        id: trigger.id,
        when: trigger.when.text,
        was: sameRule(trigger, before.plan, after.plan, this.#kept),
      })),
      sources: this.#kept.sources,
      sourceCount: after.plan.sources.length,
      at: this.#at,
    });
    return { memory };
  }

  /** Earlier counts with everything that the plan asks for now: a reverted edit. */
  #revived(): Revived | null {
    const { counted, after, file } = this.#edited;
    for (const counts of counted.kept.toReversed()) {
      const under = underText(counts.text, file);
      if (under === null) continue;
      const kept = keptFrom(under, after, counts.positions, []);
      if (isNothing(wantedOf(kept, after, this.#kept))) return { counts, under, kept };
    }
    return null;
  }

  #positions(revived: Revived | null): readonly PositionRecord[] {
    const goesOn = moved(this.#edited.stored.positions, this.#kept.sources);
    if (revived === null) return goesOn;
    const known = new Set(this.#kept.sources.values());
    const back = moved(revived.counts.positions, revived.kept.sources).filter(({ source }) => !known.has(source));
    return [...goesOn, ...back];
  }

  #begun(
    wanted: Wanted,
    positions: readonly PositionRecord[],
    revived: Revived | null,
    names: { next: number },
    beside: Beside[],
  ): SecondReadingRecord {
    const { rollout, stored, text, after } = this.#edited;
    const key = `${rollout}:second-${names.next}`;
    names.next += 1;
    const edges = [...new Set([...edgesOf(stored.cells), this.#at])];
    if (revived !== null) {
      const { counts, kept, under } = revived;
      const cursors = cursorsAt(under.plan.sources, counts.positions);
      beside.push({ rollout: key, forget: true, cellsOf: counts.key, positions: cursors });
      const back = new Map([...kept.sources].map(([old, now]) => [now, old]));
      const until = [...moved(positions, back)];
      return { key, text: counts.text, until, lines: 0, edges, wanted: namedAs(wanted, kept) };
    }
    beside.push({ rollout: key, forget: true });
    const until = positions.filter(({ source }) => isReadFor(wanted, after.plan, source));
    const sources = new Set(until.map(({ source }) => source));
    const lines = [...sources].map((source) => this.#counters[oldOf(this.#kept.sources, source) ?? -1]);
    return { key, text, until, lines: linesOf(lines), edges, wanted };
  }

  /** Running second readings for parts that the new plan asks for as well. */
  #carriedOn(beside: Beside[]): readonly SecondReadingRecord[] {
    const { counted, after, file } = this.#edited;
    return counted.second.flatMap((second) => {
      const under = underText(second.text, file);
      const kept = under === null ? null : keptFrom(under, after, second.until, []);
      const wanted = kept === null ? null : stillWanted(second.wanted, kept, this.#kept);
      if (wanted !== null && !isNothing(wanted)) return [{ ...second, wanted }];
      beside.push({ rollout: second.key, forget: true });
      return [];
    });
  }

  /** The counts until now, if the edit invalidates some of them and all of them were complete. */
  #keptCounts(names: { next: number }, beside: Beside[]): KeptCounts[] {
    const { rollout, counted, stored, before, after } = this.#edited;
    const back = keptFrom(after, before, moved(stored.positions, this.#kept.sources), []);
    const isLossless = isNothing(wantedOf(back, before)) && this.#kept.sources.size === before.plan.sources.length;
    if (isLossless || counted.second.length > 0) return [...counted.kept];
    const key = `${rollout}:kept-${names.next}`;
    names.next += 1;
    beside.push({ rollout: key, forget: true, cellsOf: rollout });
    const all = [
      ...counted.kept,
      { key, text: counted.text, positions: [...stored.positions], lines: linesOf(this.#counters) },
    ];
    for (const { key: old } of all.slice(0, -countsBeforeEdits)) beside.push({ rollout: old, forget: true });
    return all.slice(-countsBeforeEdits);
  }
}

/** The counts made under one plan that hold under another, given the progress of each source. */
export function keptFrom(
  before: CountedUnder,
  after: CountedUnder,
  positions: readonly PositionRecord[],
  counters: readonly (SourceCounters | undefined)[],
): KeptParts {
  const read = before.plan.sources.map((source, index) => {
    const logs = logsRead(
      source,
      positions.filter((position) => position.source === index),
    );
    return { wasRead: logs.length > 0 || linesOf([counters[index]]) > 0, logs };
  });
  return keptParts(before, after, read, isLogOf);
}

/** True when a plan's counts have the same layout and every source has its place: only rules and words were edited. */
function isLaidOutAlike(kept: KeptParts, before: CountedUnder, after: CountedUnder): boolean {
  const same = (now: readonly (number | null)[], then: number) =>
    now.length === then && now.every((old, index) => old === index);
  return (
    kept.arms &&
    kept.lines &&
    before.plan.sources.length === after.plan.sources.length &&
    [...kept.sources].length === after.plan.sources.length &&
    [...kept.sources].every(([old, now]) => old === now) &&
    same(kept.shares, before.instrument.shares.length) &&
    same(kept.fields, before.instrument.fields.length) &&
    same(kept.sketches, sketchedFields(before.plan).length) &&
    same(kept.values, before.instrument.valueFields.length) &&
    canonical(before.instrument.lines) === canonical(after.instrument.lines) &&
    [...kept.series].every(([series, { from }]) => series === from)
  );
}

/** @param known the parts that exist already, and so are not wanted. */
function wantedOf(kept: KeptParts, { instrument }: CountedUnder, known: KeptParts | null = null): Wanted {
  const absent = (now: readonly (number | null)[], then: readonly (number | null)[] | undefined): number[] =>
    now.flatMap((old, index) => (old === null && (then === undefined || then[index] === null) ? [index] : []));
  const arms = !kept.arms && known?.arms !== true;
  const theirs = known?.arms === true ? known : null;
  // With the arms come all columns.
  const columns = (of: 'shares' | 'fields' | 'sketches') => (arms ? [] : absent(kept[of], theirs?.[of]));
  const isRead = kept.records || known?.records === true;
  return {
    arms,
    records: !isRead,
    lines: !kept.lines && known?.lines !== true,
    shares: columns('shares'),
    fields: columns('fields'),
    sketches: columns('sketches'),
    values: isRead ? absent(kept.values, known?.values) : instrument.valueFields.map((_, index) => index),
    series: [...kept.series].flatMap(([series, { from, kind }]) =>
      from === null && kind !== 'process' && (known === null || known.series.get(series)?.from === null)
        ? [series]
        : [],
    ),
  };
}

function isNothing({ arms, records, lines, shares, fields, sketches, values, series }: Wanted): boolean {
  const columns = [shares, fields, sketches, values, series];
  return !arms && !records && !lines && columns.every(({ length }) => length === 0);
}

/** The same, as an earlier plan names it. */
function namedAs(wanted: Wanted, kept: KeptParts): Wanted {
  const of = (indices: readonly number[], old: readonly (number | null)[]) =>
    indices.flatMap((index) => old[index] ?? []);
  return {
    ...wanted,
    shares: of(wanted.shares, kept.shares),
    fields: of(wanted.fields, kept.fields),
    sketches: of(wanted.sketches, kept.sketches),
    values: of(wanted.values, kept.values),
    series: wanted.series.flatMap((series) => kept.series.get(series)?.from ?? []),
  };
}

/**
 * The part of a second reading that is still useful after another edit: parts that the new plan asks for too, and that
 * the edit has not invalidated (those are read once more, from further on).
 * @param kept from its plan to the new one.
 * @param edit from the plan before the edit to the new one.
 */
function stillWanted(wanted: Wanted, kept: KeptParts, edit: KeptParts): Wanted {
  const arms = kept.arms && edit.arms;
  const of = (indices: readonly number[], theirs: readonly (number | null)[], ours: readonly (number | null)[]) =>
    indices.filter((old) => theirs.some((from, index) => from === old && ours[index] !== null));
  const columns = (name: 'shares' | 'fields' | 'sketches') => (arms ? of(wanted[name], kept[name], edit[name]) : []);
  const records = kept.records && edit.records;
  return {
    arms: wanted.arms && arms,
    records: wanted.records && records,
    lines: wanted.lines && kept.lines && edit.lines,
    shares: columns('shares'),
    fields: columns('fields'),
    sketches: columns('sketches'),
    values: records ? of(wanted.values, kept.values, edit.values) : [],
    series: wanted.series.filter((old) =>
      [...kept.series].some(([series, { from }]) => from === old && edit.series.get(series)?.from != null),
    ),
  };
}

/** True when a source holds any of the wanted parts. */
function isReadFor(wanted: Wanted, plan: Plan, source: number): boolean {
  const { arms, records, lines, shares, fields, sketches, values, series } = wanted;
  const of = plan.sources[source];
  if (of !== undefined && holdsLines(of)) {
    return lines || series.some((name) => name.startsWith(lineSeries('')));
  }
  const columns = [shares, fields, sketches, values].some(({ length }) => length > 0);
  return arms || records || columns || series.some((name) => name.startsWith(gaugeSeries('')));
}

function moved(positions: readonly PositionRecord[], sources: ReadonlyMap<number, number>): readonly PositionRecord[] {
  return positions.flatMap((record) => {
    const source = sources.get(record.source);
    return source === undefined ? [] : [{ ...record, source }];
  });
}

function oldOf(sources: ReadonlyMap<number, number>, now: number): number | undefined {
  return [...sources].find(([, to]) => to === now)?.[0];
}

/** All lines that were read, counted or not. */
function linesOf(counters: readonly (SourceCounters | undefined)[]): number {
  return counters.reduce((sum, of) => {
    if (of === undefined) return sum;
    const rejected = Object.values(of.rejected).reduce((all, count) => all + count, 0);
    return sum + of.records + of.ignored + rejected;
  }, 0);
}
