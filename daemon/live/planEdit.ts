import { editedMemory } from '../judge/memory.ts';
import { renamedRejects } from '../judge/rejects.ts';
import { sameRules } from '../judge/sameRule.ts';
import { sourceOfJoin } from '../measure/join/exposureLog.ts';
import type { Wanted } from '../measure/joinedCounts.ts';
import type { CountedUnder, KeptParts } from '../measure/keptParts.ts';
import { relaidCounts } from '../measure/relaidCounts.ts';
import { countedAs, edgesOf } from '../measure/storedCounts.ts';
import type { PositionRecord } from '../protocol/domain/observation.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import { countsBeforeEdits } from '../protocol/domain/retention.ts';
import { sourceFormat } from '../protocol/domain/sourceFormat.ts';
import { type EventTime, eventTime, type WallTime } from '../protocol/domain/units.ts';
import { restoreCounters, type SourceCounters } from '../rollout/counters.ts';
import { cursorsAt, hasHeader, readOnAs } from '../sources/kinds.ts';
import type { Beside, Commit, Store, StoredRollout } from '../store/store.ts';
import {
  bothHolds,
  type Counts,
  type Holds,
  joinedPieces,
  type Piece,
  partsOfPlan,
  piecesOf,
  sourcesThatHold,
  sumOf,
  wholePart,
} from './countedParts.ts';
import { type Counted, countedMemory, type KeptCounts, type SecondReadingRecord, underText } from './countedUnder.ts';
import { isLaidOutAlike, keptFrom } from './keptFromPlan.ts';
import { linesOf, rejectedOf } from './linesRead.ts';
import { bothWanted, isNothing, namedAs, nothing, onlyFrom, stillWanted, wantedOf } from './wantedParts.ts';

/** The stored state of a rollout, and the rules of its counts. */
export interface EditedRollout {
  readonly rollout: string;
  readonly file: string;
  readonly store: Store;
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
 * unchanged parts untouched. New parts are read a second time, source by source.
 */
export function planEdit(edited: EditedRollout): PlanEdit {
  return new Editing(edited).result();
}

/** A part of the counts on its way to the new plan. */
interface EditedPiece {
  readonly old: Piece;
  /** In the layout of the new plan, with its sources; its key is the old one. */
  readonly now: Piece;
  readonly kept: KeptParts;
  readonly wanted: Wanted;
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
  /** Written beside the joined counts, in this order. */
  readonly #beside: Beside[] = [];
  #names: number;

  constructor(edited: EditedRollout) {
    this.#edited = edited;
    this.#at = eventTime(edited.at);
    this.#names = edited.counted.names;
    const { before, stored } = edited;
    this.#counters = restoreCounters(edited.counters, before.plan.sources.length);
    this.#kept = keptFrom(before, edited.after, stored.positions, this.#counters);
  }

  result(): PlanEdit {
    const { rollout, stored, before, after, text, counted, store } = this.#edited;
    const kept = this.#kept;
    if (isLaidOutAlike(kept, before, after)) {
      const alike = { ...counted, text, told: counted.told ?? counted.text };
      return {
        commit: { rollout, ...this.#memory(), beside: [countedMemory(rollout, alike)], durable: true },
        counters: null,
        counted: alike,
      };
    }
    const { pieces, others } = piecesOf(stored, counted.parts, before.plan, store);
    const known = this.#withWholeUnions(pieces);
    const edited = known.flatMap((piece) => this.#editedPiece(piece));
    const found = this.#foundAgain();
    const positions = [...this.#readOn(), ...found.positions];
    const present = [...edited.map(({ now }) => now), ...found.pieces];
    const laidOut = partsOfPlan(rollout, after.plan, present, this.#names);
    this.#names = laidOut.names;
    const keptCounts = this.#keptCounts(known, edited);
    const second = [
      ...this.#carriedOn(edited, laidOut.pieces),
      ...edited.flatMap((piece) => this.#begun(piece, positions, laidOut.pieces)),
    ];
    const next: Counted = {
      version: 1,
      text,
      told: counted.told ?? counted.text,
      names: this.#names,
      second,
      kept: keptCounts,
      first: this.#first(positions),
      parts: laidOut.parts,
    };
    const gone = counted.parts.filter(({ key }) => !laidOut.parts.some((part) => part.key === key));
    this.#beside.push(...gone.map(({ key }) => ({ rollout: key, forget: true })), ...laidOut.pieces.flatMap(wholePart));
    this.#beside.push(countedMemory(rollout, next));
    const joined = joinedPieces(
      present.map((piece) => nowNamed(piece, laidOut.pieces)),
      next.first,
    );
    const counts = sumOf(after, [this.#others(others), ...joined]);
    return {
      commit: {
        rollout,
        forget: true,
        batch: { positions, forgotten: [] },
        cells: counts.cells,
        outcomes: counts.outcomes,
        keepOutcomesSince: counts.keptSince ?? stored.keptSince,
        ...this.#memory(),
        beside: this.#beside,
        durable: true,
      },
      counters: JSON.stringify(after.plan.sources.map((_, index) => this.#countersOf(index))),
      counted: next,
    };
  }

  /** The positions from which the kept sources are read on. */
  #readOn(): readonly PositionRecord[] {
    const { before, after, stored } = this.#edited;
    return moved(stored.positions, this.#kept.sources).map((position) => {
      const now = after.plan.sources[position.source];
      const then = before.plan.sources[oldOf(this.#kept.sources, position.source) ?? -1];
      if (now === undefined || then === undefined || sourceFormat(now) === sourceFormat(then)) return position;
      return readOnAs(now, position);
    });
  }

  #countersOf(index: number): SourceCounters | undefined {
    const old = oldOf(this.#kept.sources, index);
    return this.#counters[old ?? -1] ?? restoreCounters(null, 1)[0];
  }

  /** The sources that are read for the first time. */
  #first(positions: readonly PositionRecord[]): readonly number[] {
    const { after, counted } = this.#edited;
    return after.plan.sources.flatMap((_, index) => {
      const old = oldOf(this.#kept.sources, index);
      const isKnown = positions.some(({ source }) => source === index);
      return old === undefined ? (isKnown ? [] : [index]) : counted.first.includes(old) ? [index] : [];
    });
  }

  #memory(): Pick<Commit, 'memory'> {
    const { before, after, stored } = this.#edited;
    if (stored.memory === null) return {};
    const was = sameRules(before.plan, after.plan, this.#kept);
    const memory = editedMemory(stored.memory, {
      triggers: after.plan.triggers.map((trigger) => ({
        id: trigger.id,
        when: trigger.when.text,
        was: was(trigger),
      })),
      sources: this.#kept.sources,
      sourceCount: after.plan.sources.length,
      at: this.#at,
    });
    return { memory };
  }

  #keptOf({ sources }: Pick<Piece, 'sources'>): KeptParts {
    const { before, after, stored } = this.#edited;
    return keptFrom(before, after, stored.positions, this.#counters, sources);
  }

  #wantedOf(piece: Piece): Wanted {
    return onlyFrom(piece.holds, wantedOf(this.#keptOf(piece), this.#edited.after));
  }

  /** Counts that an earlier version made of several sources together are read again with what has come since. */
  #withWholeUnions(pieces: readonly Piece[]): readonly Piece[] {
    const { before } = this.#edited;
    const whole: Piece[] = [];
    const left = [...pieces];
    for (let piece = left.shift(); piece !== undefined; piece = left.shift()) {
      const { holds, sources, key } = piece;
      const newer = left.filter((other) => other.holds === holds && other.sources.some((of) => sources.includes(of)));
      if (newer.length === 0 || isNothing(this.#wantedOf(piece))) {
        whole.push(piece);
        continue;
      }
      for (const other of newer) left.splice(left.indexOf(other), 1);
      const counts = sumOf(
        before,
        [piece, ...newer].map((each) => each.counts),
      );
      whole.push({ key, holds, sources: [...new Set([...sources, ...newer.flatMap((each) => each.sources)])], counts });
    }
    return whole;
  }

  /**
   * None where the edit has taken all sources of the part out of the plan: their counts go with them. A source that holds
   * lines now and records before, or the reverse, begins a part of unknown ones.
   */
  #editedPiece(old: Piece): readonly EditedPiece[] {
    const { before, after, stored } = this.#edited;
    const sources = old.sources.flatMap((source) => this.#kept.sources.get(source) ?? []);
    const kept = this.#keptOf(old);
    return bothHolds.flatMap((holds): readonly EditedPiece[] => {
      const held = sources.filter((source) => sourcesThatHold(holds, after.plan).includes(source));
      if (held.length === 0) return [];
      const isAsBefore = holds === old.holds;
      const counts = isAsBefore ? old.counts : { ...old.counts, ...countedAs(holds, old.counts, stored.cells, before) };
      const key = isAsBefore ? old.key : null;
      const now = { key, holds, sources: held, counts: this.#relaid(counts, kept, holds) };
      return [{ old, now, kept, wanted: onlyFrom(holds, wantedOf(kept, after)) }];
    });
  }

  #relaid(counts: Counts, kept: KeptParts, from: Holds | 'none'): Counts {
    const { before, after } = this.#edited;
    const kind = from === 'none' ? 'process' : from;
    const series = new Map([...kept.series].filter(([, of]) => of.kind === kind));
    return { ...relaidCounts(counts, before, after, { ...kept, series }, this.#at), keptSince: counts.keptSince };
  }

  /** The counts that come from no record or line, and the rejects of all sources that are read as before. */
  #others(others: Counts): Counts {
    const { before, after } = this.#edited;
    const alike = [...this.#kept.sources].filter(([source]) => {
      const { records, lines } = this.#keptOf({ sources: [source] });
      return records && lines;
    });
    const relaid = this.#relaid(others, this.#kept, 'none');
    const rejects = renamedRejects(others.cells, before.plan, after.plan, new Map(alike));
    return { ...relaid, cells: [...relaid.cells, ...rejects] };
  }

  /** Sources that an earlier edit took out of the plan, and that are back as they were: they are read on from there. */
  #foundAgain(): { readonly pieces: readonly Piece[]; readonly positions: readonly PositionRecord[] } {
    const { after, counted, file, store } = this.#edited;
    const pieces: Piece[] = [];
    const positions: PositionRecord[] = [];
    for (const index of after.plan.sources.keys()) {
      if (oldOf(this.#kept.sources, index) !== undefined) continue;
      for (const counts of counted.kept.toReversed()) {
        const under = underText(counts.text, file);
        if (under === null) continue;
        const kept = keptFrom(under, after, counts.positions, []);
        const old = oldOf(kept.sources, index);
        const isAlone = old !== undefined && counts.positions.every(({ source }) => source === old);
        const holds = sourcesThatHold('lines', after.plan).includes(index) ? 'lines' : 'records';
        if (!isAlone || !isNothing(onlyFrom(holds, wantedOf(kept, after)))) continue;
        const { cells, outcomes, keptSince } = store.load(counts.key);
        const relaid = relaidCounts({ cells, outcomes }, under, after, kept, this.#at);
        pieces.push({ key: null, holds, sources: [index], counts: { ...relaid, keptSince } });
        positions.push(...moved(counts.positions, kept.sources));
        break;
      }
    }
    return { pieces, positions };
  }

  /** Earlier counts of the same sources with everything that the plan asks for now: a reverted edit. */
  #revived({ now, kept: edit }: EditedPiece): Revived | null {
    const { counted, after, file } = this.#edited;
    for (const counts of counted.kept.toReversed()) {
      const under = underText(counts.text, file);
      if (under === null) continue;
      const kept = keptFrom(under, after, counts.positions, []);
      const held = sourcesThatHold(now.holds, after.plan);
      const read = new Set(counts.positions.map(({ source }) => kept.sources.get(source)));
      const isOfSame = held.every((source) => read.has(source) === now.sources.includes(source));
      if (isOfSame && isNothing(onlyFrom(now.holds, wantedOf(kept, after, edit)))) return { counts, under, kept };
    }
    return null;
  }

  /** The second reading of a part, if the edit asks for any. */
  #begun(
    piece: EditedPiece,
    positions: readonly PositionRecord[],
    named: readonly Piece[],
  ): readonly SecondReadingRecord[] {
    const { wanted, now, old } = piece;
    if (isNothing(wanted)) return [];
    const { rollout, stored, text, before, after } = this.#edited;
    const to = this.#kept.sources;
    const key = `${rollout}:second-${this.#names}`;
    this.#names += 1;
    const edges = [...new Set([...edgesOf(stored.cells), this.#at])];
    const own = positions.filter(({ source }) => now.sources.includes(source));
    const into = intoOf(nowNamed(now, named));
    const revived = this.#revived(piece);
    if (revived !== null) {
      const { counts, kept, under } = revived;
      const cursors = cursorsAt(under.plan.sources, counts.positions);
      this.#beside.push({ rollout: key, forget: true, countsOf: counts.key, positions: cursors });
      const back = new Map([...kept.sources].map(([from, to]) => [to, from]));
      return [
        {
          key,
          text: counts.text,
          until: [...moved(own, back)],
          lines: 0,
          rejected: 0,
          edges,
          wanted: namedAs(wanted, kept),
          into,
        },
      ];
    }
    this.#beside.push({ rollout: key, forget: true });
    const held = old.sources.filter((source) => now.sources.includes(to.get(source) ?? -1));
    const lines = linesOf(held.map((source) => this.#counters[source]));
    // A line that names columns is counted by a format without them alone.
    const headers = held.map((source) => {
      const index = to.get(source) ?? -1;
      const files = own.filter((position) => position.source === index).length;
      return files * (headersOf(before.plan, source) - headersOf(after.plan, index));
    });
    const least = headers.reduce((sum, more) => sum + more, lines);
    const rejected = rejectedOf(held.map((source) => this.#counters[source]));
    return [{ key, text, until: own, lines: Math.max(0, least), rejected, edges, wanted, into }];
  }

  /** Running second readings for parts that the new plan asks for as well. */
  #carriedOn(edited: readonly EditedPiece[], named: readonly Piece[]): readonly SecondReadingRecord[] {
    const { counted, after, file } = this.#edited;
    return counted.second.flatMap((second) => {
      const under = underText(second.text, file);
      const kept = under === null ? null : keptFrom(under, after, second.until, []);
      const of = (holds: Holds) =>
        edited.find(({ old, now }) => old.holds === holds && now.holds === holds && old.key === second.into[holds]);
      const still = (holds: Holds): Wanted => {
        const piece = of(holds);
        return onlyFrom(
          holds,
          kept === null || piece === undefined ? nothing : stillWanted(second.wanted, kept, piece.kept),
        );
      };
      const wanted = bothWanted(still('records'), still('lines'));
      if (!isNothing(wanted)) {
        const keyOf = (holds: Holds) => {
          const piece = of(holds);
          return piece === undefined ? null : nowNamed(piece.now, named).key;
        };
        return [{ ...second, wanted, into: { records: keyOf('records'), lines: keyOf('lines') } }];
      }
      this.#beside.push({ rollout: second.key, forget: true });
      return [];
    });
  }

  /** The counts until now of each part of which the edit invalidates some, if all of them were complete. */
  #keptCounts(known: readonly Piece[], edited: readonly EditedPiece[]): KeptCounts[] {
    const { rollout, counted, stored, before, after } = this.#edited;
    const all = [...counted.kept];
    for (const piece of known) {
      const { holds, sources } = piece;
      const now = edited.find(({ old, now: { holds: held } }) => old === piece && held === holds)?.now;
      const back = keptFrom(after, before, moved(stored.positions, this.#kept.sources), [], now?.sources ?? []);
      const isLossless = now?.sources.length === sources.length && isNothing(onlyFrom(holds, wantedOf(back, before)));
      const isIncomplete = counted.second.some(
        ({ into, wanted }) => into[holds] === piece.key && !isNothing(onlyFrom(holds, wanted)),
      );
      const positions = stored.positions.filter(({ source }) => sources.includes(source));
      if (isLossless || isIncomplete || positions.length === 0) continue;
      const key = `${rollout}:kept-${this.#names}`;
      this.#names += 1;
      const { cells, outcomes, keptSince } = piece.counts;
      this.#beside.push({ rollout: key, forget: true, cells, outcomes, keepOutcomesSince: keptSince });
      all.push({ key, text: counted.text, positions, lines: linesOf(sources.map((source) => this.#counters[source])) });
    }
    const newest = [...new Set(all.map(({ text }) => text).toReversed())].slice(0, countsBeforeEdits);
    const left = all.filter(({ text }) => newest.includes(text));
    for (const { key } of all)
      if (!left.some((kept) => kept.key === key)) this.#beside.push({ rollout: key, forget: true });
    return left;
  }
}

/** The part as it is stored under the new plan, by its name there. */
function nowNamed(piece: Piece, named: readonly Piece[]): Piece {
  return named.find(({ counts }) => counts === piece.counts) ?? { ...piece, key: null };
}

function intoOf({ key, holds }: Piece): SecondReadingRecord['into'] {
  return { records: null, lines: null, [holds]: key };
}

function moved(positions: readonly PositionRecord[], sources: ReadonlyMap<number, number>): readonly PositionRecord[] {
  return positions.flatMap((record) => {
    // What a join holds knows by itself what of it an edit leaves.
    if (record.source === sourceOfJoin) return [record];
    const source = sources.get(record.source);
    return source === undefined ? [] : [{ ...record, source }];
  });
}

function oldOf(sources: ReadonlyMap<number, number>, now: number): number | undefined {
  return [...sources].find(([, to]) => to === now)?.[0];
}

/** How many lines of each file name the columns of the others. */
function headersOf({ sources }: Plan, index: number): number {
  const source = sources[index];
  return source !== undefined && hasHeader(source) ? 1 : 0;
}
