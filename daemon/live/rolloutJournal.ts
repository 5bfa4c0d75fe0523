import type { JournalBody, JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { Instrument } from '../protocol/domain/observation.ts';
import type { Place } from '../protocol/domain/place.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import { isMeasurement } from '../protocol/domain/quarterHourEntry.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import type { Firing } from '../protocol/domain/verdict.ts';
import type { Execution } from '../rollout/execution.ts';
import type { Store } from '../store/store.ts';
import { quotedLines } from './quotedLines.ts';

interface Options {
  readonly loaded: LoadedPlan;
  readonly instrument: Instrument;
  readonly store: Pick<Store, 'journal'>;
  now(): WallTime;
  /** Texts that must not come back in a text for people. */
  secrets(): readonly string[];
  /** The text behind a place that nobody can read again, while it is kept. */
  textAt(place: Place): string | null;
  /** A defect of ours, which must not end the daemon. */
  failed(error: unknown): void;
}

const mostShown = 50;
const page = 100;
const shortestSilence = 60_000;
const longestSilence = 15 * 60_000;

/**
 * The growing journal of one rollout: its part in a view, and the measurements and quoted lines that it keeps by
 * itself.
 */
export class RolloutJournal {
  readonly #options: Options;
  #shown: readonly JournalEntry[];
  #newestAt: WallTime | null;
  #closed = false;

  constructor(options: Options) {
    this.#options = options;
    this.#shown = newestShown(options);
    this.#newestAt = options.store.journal(options.loaded.plan.id, null, 1)[0]?.at ?? null;
  }

  /** Newest first. */
  get shown(): readonly JournalEntry[] {
    return this.#shown;
  }

  /** The newest entries, oldest first. */
  take(entries: readonly JournalEntry[], record: (bodies: readonly JournalBody[]) => void): void {
    this.#newestAt = entries.at(-1)?.at ?? this.#newestAt;
    this.#shown = [...entries.toReversed().filter(isShown), ...this.#shown].slice(0, mostShown);
    for (const { body } of entries) if (body.kind === 'firing') void this.#quote(body.firing, record);
  }

  /** While nothing happens it tells now and then how the gate stands: a report is told for the journal's last entry. */
  tick(execution: Execution): readonly JournalBody[] {
    const { visit } = execution;
    const now = this.#options.now();
    if (this.#newestAt === null || visit === null || now - this.#newestAt < silenceAfter(now - visit.from)) return [];
    const measured = execution.measured();
    return measured === null ? [] : [measured];
  }

  close(): void {
    this.#closed = true;
  }

  /** After the decision, which no slow disk may delay. */
  async #quote(firing: Firing, record: (bodies: readonly JournalBody[]) => void): Promise<void> {
    const { loaded, instrument, now, secrets, failed, textAt } = this.#options;
    try {
      const quoted = await quotedLines(loaded, instrument, firing, now(), secrets(), textAt);
      if (quoted !== null && !this.#closed) record([quoted]);
    } catch (error) {
      failed(error);
    }
  }
}

/** In the first minutes of a stage everything changes, after days hardly anything. */
function silenceAfter(stay: number): number {
  return Math.min(longestSilence, Math.max(shortestSilence, stay / 20));
}

/** The newest entries that a view shows: fewer than it holds are the whole journal. */
function newestShown({ store, loaded }: Options): readonly JournalEntry[] {
  const shown: JournalEntry[] = [];
  for (let before: number | null = null; shown.length < mostShown; ) {
    const entries = store.journal(loaded.plan.id, before, page);
    shown.push(...entries.filter(isShown));
    before = entries.at(-1)?.seq ?? null;
    if (entries.length < page) break;
  }
  return shown.slice(0, mostShown);
}

/** Measurements would push out entries that a view cannot show otherwise. */
function isShown(entry: JournalEntry): boolean {
  return !isMeasurement(entry);
}
