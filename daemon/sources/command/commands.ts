import type { CommandSource } from '../../protocol/domain/commandSource.ts';
import type { SourceHealth, SourceProgress } from '../../protocol/domain/observation.ts';
import type { Place } from '../../protocol/domain/place.ts';
import type { RunningSource, SourceKind, SourceRun } from '../source.ts';
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
  readonly #run: SourceRun<CommandSource>;
  readonly #tails: readonly CommandTail[];
  #timer: NodeJS.Timeout | null = null;
  #workedAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  #defect: string | null = null;
  #told = '';

  constructor(run: SourceRun<CommandSource>, pace: CommandPace, launch: Launch) {
    this.#run = run;
    this.#tails = run.sources.map((source) => new CommandTail(run, source, pace, launch, () => this.#heard()));
    this.#workIn(0);
  }

  async poll(): Promise<void> {
    while (!this.#closed && this.#stepAll());
    this.#tell();
  }

  health(): readonly SourceHealth[] {
    const health = this.#tails.map((tail) => tail.health());
    const defect = this.#defect;
    return defect === null ? health : health.map((of) => ({ ...of, state: 'error', detail: defect }));
  }

  progress(): readonly SourceProgress[] {
    return this.#tails.map(({ progress }) => progress);
  }

  textAt(place: Place): string | null {
    for (const tail of this.#tails) {
      const text = tail.textAt(place);
      if (text !== null) return text;
    }
    return null;
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
      this.#defect = null;
    } catch (error) {
      // A defect of ours must not end the reading for good, nor be silent.
      this.#defect = `reading failed: ${error instanceof Error ? error.message : String(error)}; tried again by itself`;
    }
    this.#tell();
    this.#workedAt = performance.now();
    this.#workIn(isMore ? 0 : Math.min(...this.#tails.map(({ pause }) => pause)));
  }

  /** True when there is more to read at once. */
  #stepAll(): boolean {
    let isMore = false;
    for (const tail of this.#tails) isMore = tail.step(performance.now()) || isMore;
    return isMore;
  }

  #tell(): void {
    const told = JSON.stringify(this.health().map(({ state, detail }) => [state, detail]));
    if (told === this.#told) return;
    this.#told = told;
    this.#run.onHealth?.();
  }
}
