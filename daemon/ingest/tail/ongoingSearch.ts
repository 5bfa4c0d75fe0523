import type { SourceGap } from '../../protocol/domain/observation.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { type Copy, lossBetween } from './copyLoss.ts';
import type { Discovery } from './discover.ts';
import type { Doubt } from './examination.ts';
import type { Generation } from './generation.ts';
import type { KnownGenerations } from './knownGenerations.ts';

/** The results of a search, to be committed: declared losses and generations to forget. */
export interface Findings {
  readonly gaps: readonly SourceGap[];
  readonly forgotten: readonly Generation[];
  /** Something was seen only once: search again soon. */
  readonly unsure: boolean;
  /** The generations that the search was about; those of the logs that it looked for. */
  readonly concerned: readonly Generation[];
  /** The logs that they belong to, or did before. */
  readonly logs: ReadonlySet<string>;
}

/** One search of a source's files, and its findings as they come. */
export class OngoingSearch {
  readonly #source: number;
  readonly #known: KnownGenerations;
  readonly discovery: Discovery;
  readonly now: WallTime;
  /** The generations that it is about. */
  readonly concerned: readonly Generation[];
  /** The generations that a file was found to carry. */
  readonly claimed = new Set<Generation>();
  readonly #logs: Set<string>;
  readonly #gaps: SourceGap[] = [];
  readonly #forgotten: Generation[] = [];
  #unsure = false;

  constructor(
    source: number,
    known: KnownGenerations,
    discovery: Discovery,
    concerned: readonly Generation[],
    now: WallTime,
  ) {
    this.#source = source;
    this.#known = known;
    this.discovery = discovery;
    this.concerned = concerned;
    this.now = now;
    this.#logs = new Set(concerned.map(({ position }) => position.family));
  }

  /** Something was seen only once, or half-way: another search has to see it too. */
  searchAgain(): void {
    this.#unsure = true;
  }

  forget(generation: Generation): void {
    this.#known.remove(generation);
    if (generation.stored) this.#forgotten.push(generation);
  }

  declareLoss(file: string, reason: string): void {
    this.#gaps.push({ source: this.#source, file, reason, at: this.now });
  }

  declareDoubt(file: string, { reason, doubled }: Doubt): void {
    const gap = { source: this.#source, file, reason, at: this.now };
    this.#gaps.push(doubled ? { ...gap, doubled } : gap);
  }

  /** Says what was lost between the copying of a log and its truncation. */
  async declareCopied(of: Generation, copy: Copy): Promise<void> {
    const reason = await lossBetween(of, copy, this.#known.liveFileOf(of));
    if (reason !== null) this.declareLoss(of.position.path, reason);
  }

  findings(): Findings {
    const left = [...new Set([...this.concerned, ...this.claimed])].filter(({ isForgotten }) => !isForgotten);
    for (const { position } of left) this.#logs.add(position.family);
    return {
      gaps: this.#gaps,
      forgotten: this.#forgotten,
      unsure: this.#unsure,
      concerned: left,
      logs: this.#logs,
    };
  }
}
