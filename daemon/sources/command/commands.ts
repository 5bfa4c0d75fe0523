import type { CommandSource } from '../../protocol/domain/commandSource.ts';
import { placeName } from '../../protocol/domain/credentialText.ts';
import type { SourceHealth, SourceProgress } from '../../protocol/domain/observation.ts';
import type { Place } from '../../protocol/domain/place.ts';
import type { RunningSource, SourceKind, SourceRun } from '../source.ts';
import { TailsTogether } from '../tailsTogether.ts';
import { unapproved } from '../unapproved.ts';
import { type CommandPace, usualPace } from './commandPace.ts';
import { type Launch, launched } from './commandStart.ts';
import { CommandTail } from './commandTail.ts';

/** Commands whose output is read for as long as they run. A line of theirs cannot be read again. */
export function commandsAt(pace: CommandPace, launch: Launch = launched): SourceKind<CommandSource> {
  return { start: (run) => new RunningCommands(run, pace, launch), again: null, window: null, missing: unapproved };
}

export const commands = commandsAt(usualPace);

/** Many small writes are read together: milliseconds between two looks. */
const leastPause = 20;

class RunningCommands implements RunningSource {
  readonly #tails: readonly CommandTail[];
  readonly #together: TailsTogether;
  #timer: NodeJS.Timeout | null = null;
  #workedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(run: SourceRun<CommandSource>, pace: CommandPace, launch: Launch) {
    this.#tails = run.sources.map((source) => new CommandTail(run, source, pace, launch, () => this.#heard()));
    this.#together = new TailsTogether(this.#tails, run.onHealth);
    this.#workIn(0);
  }

  async poll(): Promise<void> {
    while (!this.#closed && this.#stepAll());
    this.#together.tell();
  }

  health(): readonly SourceHealth[] {
    return this.#together.health();
  }

  progress(): readonly SourceProgress[] {
    return this.#together.progress();
  }

  textAt(place: Place): string | null {
    return this.#together.textAt(place);
  }

  credentialChanged(place: string): void {
    for (const tail of this.#tails) tail.variableChanged(placeName(place));
  }

  async close(): Promise<void> {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    await Promise.all(this.#tails.map((tail) => tail.close()));
  }

  /** A program has written something, or has ended. */
  #heard(): void {
    this.#workIn(Math.max(0, this.#workedAt + leastPause - performance.now()));
  }

  #workIn(wait: number): void {
    if (this.#closed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#work(), wait);
  }

  #work(): void {
    let isMore = false;
    try {
      isMore = this.#stepAll();
      this.#together.noteDefect(null);
    } catch (error) {
      this.#together.noteDefect(error);
    }
    this.#together.tell();
    this.#workedAt = performance.now();
    this.#workIn(isMore ? 0 : Math.min(...this.#tails.map(({ pause }) => pause)));
  }

  /** True when there is more to read at once. */
  #stepAll(): boolean {
    let isMore = false;
    for (const tail of this.#tails) isMore = tail.step(performance.now()) || isMore;
    return isMore;
  }
}
