import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { CountedUnder } from '../measure/keptParts.ts';
import type { PartChanges, StoredPart } from '../measure/ledgerParts.ts';
import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { Batch, Instrument } from '../protocol/domain/observation.ts';
import type { LoadedPlan, Plan } from '../protocol/domain/plan.ts';
import { nameOfSource } from '../protocol/domain/sourceKinds.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import type { Beside, Store, StoredRollout } from '../store/store.ts';
import { isEmpty, joinedCommit, joinedPieces, partsOfPlan, piecesOf, storedParts, wholePart } from './countedParts.ts';
import { type Counted, countedMemory, loadCounted, type SecondReadingRecord, underText } from './countedUnder.ts';
import { planEdit } from './planEdit.ts';
import { joining, undatable } from './secondReadings.ts';

interface EditedCountsOptions {
  readonly loaded: LoadedPlan;
  readonly instrument: Instrument;
  readonly store: Store;
  readonly saidBefore: LoadedPlan | null;
  now(): WallTime;
  log(level: 'info' | 'warn' | 'error', detail: string): void;
}

/** The stored counts of a rollout, brought to the present plan, and the second readings that it still needs. */
export class EditedCounts {
  readonly #options: EditedCountsOptions;
  readonly #rollout: string;
  readonly #under: CountedUnder;
  readonly #shape: string;
  #counted: Counted;

  /** Takes up an edit of the plan, in one commit. @throws UserError when that cannot be stored. */
  constructor(options: EditedCountsOptions) {
    this.#options = options;
    const { plan, text = '' } = options.loaded;
    this.#rollout = plan.id;
    this.#under = { plan, instrument: options.instrument };
    this.#shape = dataShape(plan);
    const known = loadCounted(options.store, plan.id);
    this.#counted = known ?? this.#countedBefore(text);
    if (this.#counted.text !== text) this.#takeUp(text);
    else if (known === null) this.#keep(this.#counted);
    this.#countBySource();
  }

  /** Second readings that are not joined yet, in their order. */
  get second(): readonly SecondReadingRecord[] {
    return this.#counted.second;
  }

  /** Sources that an edit has brought in and that have not been read to their end since. */
  get first(): readonly number[] {
    return this.#counted.first;
  }

  /** The plan as of the journal's newest entry about it; `null` when that was the same. */
  get toldBefore(): Plan | null {
    const { told } = this.#counted;
    return told === null ? null : (underText(told, this.#options.loaded.file)?.plan ?? null);
  }

  /** The edit is in the journal. */
  told(): void {
    if (this.#counted.told !== null) this.#keep({ ...this.#counted, told: null });
  }

  /** The source is read to its end: its counts, which were made beside the others, join them, in one commit. */
  firstIsRead(source: number): void {
    const { store } = this.#options;
    const counted = { ...this.#counted, first: this.#counted.first.filter((other) => other !== source) };
    const { parts, first } = counted;
    if (!parts.some(({ sources }) => sources.includes(source))) {
      this.#keep(counted);
      return;
    }
    const stored = store.load(this.#rollout);
    const { pieces, others } = piecesOf(stored, parts, this.#under.plan, store);
    const joined = joinedCommit(this.#rollout, this.#under, stored, [others, ...joinedPieces(pieces, first)]);
    store.commit({ ...joined, beside: [countedMemory(this.#rollout, counted)], durable: true });
    this.#counted = counted;
  }

  load(): StoredRollout & { readonly parts: readonly StoredPart[] } {
    const { store } = this.#options;
    const stored = store.load(this.#rollout);
    const counters = storedCounters(stored.counters)?.rest ?? null;
    return { ...stored, counters, parts: storedParts(this.#counted, store) };
  }

  /** Changes of the counts by source, as a commit has them beside the joined ones. */
  besideOf(parts: readonly PartChanges[]): readonly Beside[] {
    return parts.map(({ key, cells, outcomes, replaces, keepSince }) => ({
      rollout: key,
      cells,
      outcomes,
      replacesOutcomes: replaces,
      keepOutcomesSince: keepSince,
    }));
  }

  /** The stored counters; the shape is for an earlier version, which began anew without it. */
  wrapped(counters: string): string {
    return JSON.stringify({ shape: this.#shape, rest: counters });
  }

  /**
   * The batches without impossible dates: a line that was there before its source was in the plan is not of the
   * present.
   */
  dated(batches: readonly Batch[]): readonly Batch[] {
    const { first } = this.#counted;
    if (first.length === 0) return batches;
    return batches.map((batch) =>
      first.includes(batch.source) ? { ...batch, observations: Array.from(batch.observations, undatable) } : batch,
    );
  }

  /** Joins a second reading with the counts, in one commit. @throws UserError when that cannot be stored. */
  join(reading: SecondReadingRecord, isWhole: boolean, attempt: number): readonly JournalEntry[] {
    const { loaded, store, now, log } = this.#options;
    const joined = joining(this.#rollout, loaded.file, store, this.#under, this.#counted, reading, isWhole);
    const left = { ...this.#counted, second: this.#counted.second.filter(({ key }) => key !== reading.key) };
    const at = now();
    const glob = nameOfSource(loaded.plan, reading.until[0]?.source ?? 0);
    const detail =
      'some records from before the edit of the plan cannot be read again: its new measures are unknown for them';
    const entries = store.commit({
      rollout: this.#rollout,
      ...joined,
      ...(!isWhole && { journal: [{ at, attempt, body: { kind: 'source', glob, file: null, detail } }] }),
      beside: [...(joined?.beside ?? []), { rollout: reading.key, forget: true }, countedMemory(this.#rollout, left)],
      durable: true,
    });
    this.#counted = left;
    const how = isWhole ? 'read again as a whole' : 'read again as far as it is there';
    log('info', `${this.#rollout}: what the edit of the plan asks for is ${how}`);
    return entries;
  }

  /** The earlier version kept only a hash of the plan; it ran by the last text of the file. */
  #countedBefore(text: string): Counted {
    const { store, saidBefore, log } = this.#options;
    const stored = storedCounters(store.load(this.#rollout).counters);
    if (stored === null || stored.shape === this.#shape) return beginning(text);
    if (saidBefore?.text !== undefined) return beginning(saidBefore.text);
    log('warn', `${this.#rollout}: the plan of its counts is unknown, so the data is read again from its start`);
    store.commit({ rollout: this.#rollout, forget: true, durable: true });
    return beginning(text);
  }

  #takeUp(text: string): void {
    const { store, loaded, now, log } = this.#options;
    const counted = this.#counted;
    const stored = this.load();
    const before = underText(counted.text, loaded.file);
    if (before === null || isNew(stored)) {
      this.#keep({ ...counted, text, told: counted.told ?? counted.text });
      return;
    }
    const at = now();
    const more = { rollout: this.#rollout, file: loaded.file, store, before, after: this.#under, text, at };
    const edit = planEdit({ ...more, stored, counters: stored.counters, counted });
    const counters = edit.counters ?? stored.counters;
    store.commit({ ...edit.commit, ...(counters !== null && { counters: this.wrapped(counters) }) });
    this.#counted = edit.counted;
    if (edit.counted.second.length > counted.second.length) {
      log('info', `${this.#rollout}: the plan was edited; the data for its new parts is read again beside the rest`);
    }
  }

  /** Counts of an earlier version, and of a plan without sources to tell apart, are not by source yet. */
  #countBySource(): void {
    const { store } = this.#options;
    const { plan } = this.#under;
    const { pieces } = piecesOf(store.load(this.#rollout), this.#counted.parts, plan, store);
    const known = pieces.filter(({ key, counts }) => key !== null || !isEmpty(counts));
    const { parts, pieces: named, names } = partsOfPlan(this.#rollout, plan, known, this.#counted.names);
    if (parts.length === this.#counted.parts.length) return;
    const counted = { ...this.#counted, parts, names };
    const added = named.filter(({ key }) => !this.#counted.parts.some((part) => part.key === key));
    store.commit({
      rollout: this.#rollout,
      beside: [...added.flatMap(wholePart), countedMemory(this.#rollout, counted)],
      durable: true,
    });
    this.#counted = counted;
  }

  #keep(counted: Counted): void {
    this.#options.store.commit({ ...countedMemory(this.#rollout, counted), durable: true });
    this.#counted = counted;
  }
}

function beginning(text: string): Counted {
  return { version: 1, text, told: null, names: 0, second: [], kept: [], first: [], parts: [] };
}

function isNew({ positions, cells, memory }: StoredRollout): boolean {
  return positions.length === 0 && cells.length === 0 && memory === null;
}

/** How the earlier version decided if counts were of any use. */
function dataShape({ sources, arms, measures, timezone }: Plan): string {
  return createHash('sha256').update(JSON.stringify({ sources, arms, measures, timezone })).digest('hex');
}

const countersSchema = z.object({ shape: z.string(), rest: z.string() });

function storedCounters(text: string | null): z.output<typeof countersSchema> | null {
  return text === null ? null : countersSchema.parse(JSON.parse(text));
}
