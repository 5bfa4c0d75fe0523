import type { CommandSource } from '../../daemon/protocol/domain/commandSource.ts';
import type { Batch, Observation, PositionRecord, SourceGap } from '../../daemon/protocol/domain/observation.ts';
import { wallTime } from '../../daemon/protocol/domain/units.ts';
import { type CommandPace, usualPace } from '../../daemon/sources/command/commandPace.ts';
import { commandsAt } from '../../daemon/sources/command/commands.ts';
import type { OutsideTerms, RunningSource } from '../../daemon/sources/source.ts';
import { approveUse, noApprovals } from './approvedUse.ts';
import { idInstrument } from './idInstrument.ts';
import { temporaryDirectory } from './temporaryDirectory.ts';

/** Quick, so that a test need not wait for what people hardly notice. */
const quickPace: CommandPace = { ...usualPace, firstWait: 20, longestWait: 200, quiet: 300, approvalEvery: 20 };

/** A real command under a store in memory that commits as the real one does. */
export class StreamBench {
  readonly root = temporaryDirectory();
  readonly observations: Observation[] = [];
  readonly gaps: SourceGap[] = [];
  readonly rejected: Record<string, number> = {};
  readonly terms: OutsideTerms;
  /** The store takes nothing. */
  refuses = false;
  readonly #positions = new Map<string, PositionRecord>();
  readonly #source: CommandSource;
  readonly #pace: CommandPace;
  running: RunningSource;

  constructor(
    source: CommandSource,
    {
      isApproved = true,
      pace = {},
      secrets = [],
    }: { isApproved?: boolean; pace?: Partial<CommandPace>; secrets?: readonly string[] } = {},
  ) {
    this.#source = source;
    this.#pace = { ...quickPace, ...pace };
    this.terms = { ...noApprovals(), secrets };
    if (isApproved) this.approve();
    this.running = this.#start();
  }

  approve(): void {
    approveUse(this.#source, 0, this.root, this.terms);
  }

  /** Ids of everything counted, in the order in which it was counted. */
  get ids(): readonly number[] {
    return this.observations.map(({ reading }) => Number(reading.at));
  }

  get detail(): string | null {
    return this.running.health()[0]?.detail ?? null;
  }

  get state(): string | undefined {
    return this.running.health()[0]?.state;
  }

  /** As a daemon that begins anew. */
  async restart(): Promise<void> {
    await this.running.close();
    this.running = this.#start();
  }

  #start(): RunningSource {
    return commandsAt(this.#pace).start({
      root: this.root,
      sources: [{ index: 0, source: this.#source }],
      instrument: idInstrument,
      positions: [...this.#positions.values()],
      gaps: this.gaps,
      outside: this.terms,
      now: () => wallTime(Date.now()),
      commit: (batches) => this.#commit(batches),
    });
  }

  #commit(batches: readonly Batch[]): void {
    if (this.refuses) throw new Error('the store refuses');
    for (const { observations, positions, forgotten, gaps, rejected } of batches) {
      this.observations.push(...observations);
      this.gaps.push(...gaps);
      for (const position of positions) this.#positions.set(position.generation, position);
      for (const { generation } of forgotten) this.#positions.delete(generation);
      for (const [reason, count] of Object.entries(rejected))
        this.rejected[reason] = (this.rejected[reason] ?? 0) + count;
    }
  }
}
