import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type Ingest, type IngestOptions, startIngest } from '../../daemon/ingest/tail/ingest.ts';
import type { Batch, Observation, PositionRecord, SourceGap } from '../../daemon/protocol/domain/observation.ts';
import type { FileSource } from '../../daemon/protocol/domain/sourceKinds.ts';
import { type WallTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { idInstrument } from './idInstrument.ts';

/**
 * A folder of logs, an ingest over it and a store in memory that commits as the real one does: whole or not at all,
 * positions and observations together.
 */
export class IngestBench {
  readonly root = mkdtempSync(join(tmpdir(), 'rampwatch-ingest-'));
  readonly observations: Observation[] = [];
  readonly gaps: SourceGap[] = [];
  readonly rejected: Record<string, number> = {};
  readonly batches: Batch[] = [];
  /** The batches that were committed together. */
  readonly turns: (readonly Batch[])[] = [];
  ignored = 0;
  /** Refuses so many of the next batches. */
  refuse = 0;
  /** The daemon's wall clock, milliseconds. */
  clock = 1_000_000;
  ingest: Ingest;
  /** Runs something in the midst of a poll: when the ingest asks for the time the n-th time from now. */
  interrupt: { calls: number; readonly run: () => void } | null = null;
  /** Names in the root, and the inode of each. */
  #names: ReadonlyMap<string, bigint> = new Map();
  readonly #positions = new Map<string, PositionRecord>();
  readonly #sources: readonly FileSource[];
  readonly #options: Partial<IngestOptions>;

  constructor(sources: readonly FileSource[] | string = 'metrics.jsonl', options: Partial<IngestOptions> = {}) {
    this.#sources = typeof sources === 'string' ? [{ file: sources }] : sources;
    this.#options = { unattended: false, ...options };
    this.ingest = this.#start();
  }

  /** Absolute path of a file in the root; its folders are made. */
  path(name: string): string {
    const path = join(this.root, name);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }

  /** A new ingest that knows only the committed state, as after `kill -9`. The old one is left as it is. */
  async restart(): Promise<void> {
    const old = this.ingest;
    await old.close();
    this.ingest = this.#start();
  }

  async poll(): Promise<void> {
    await this.ingest.poll();
  }

  /** Absolute paths in the root at which something has come or gone since the last call, as a watch of the folder tells. */
  changes(): readonly string[] {
    const before = this.#names;
    this.#names = new Map(
      readdirSync(this.root).map((name) => [name, statSync(join(this.root, name), { bigint: true }).ino]),
    );
    const names = new Set([...before.keys(), ...this.#names.keys()]);
    const changed = [...names].filter((name) => before.get(name) !== this.#names.get(name));
    return changed.map((name) => join(this.root, name));
  }

  /** Ids of everything counted, in the order in which it was counted. */
  get ids(): readonly number[] {
    return this.observations.map(({ reading }) => Number(reading.at));
  }

  get storedPositions(): readonly PositionRecord[] {
    return [...this.#positions.values()];
  }

  async dispose(): Promise<void> {
    await this.ingest.close();
    rmSync(this.root, { recursive: true, force: true });
  }

  #start(): Ingest {
    return startIngest({
      root: this.root,
      sources: this.#sources,
      instrument: idInstrument,
      positions: this.storedPositions,
      gaps: this.gaps,
      now: () => this.#now(),
      commit: (batches) => this.#commit(batches),
      ...this.#options,
    });
  }

  #now(): WallTime {
    const { interrupt } = this;
    if (interrupt !== null) interrupt.calls -= 1;
    if (interrupt?.calls === 0) {
      this.interrupt = null;
      interrupt.run();
    }
    return wallTime(this.clock);
  }

  #commit(batches: readonly Batch[]): void {
    if (this.refuse > 0) {
      this.refuse -= 1;
      throw new Error('the disk is full');
    }
    this.turns.push(batches);
    for (const batch of batches) this.#keep(batch);
  }

  #keep(batch: Batch): void {
    this.batches.push(batch);
    this.observations.push(...batch.observations);
    this.gaps.push(...batch.gaps);
    this.ignored += batch.ignored;
    for (const [reason, count] of Object.entries(batch.rejected)) {
      this.rejected[reason] = (this.rejected[reason] ?? 0) + count;
    }
    for (const position of batch.positions) this.#positions.set(`${position.source} ${position.generation}`, position);
    for (const { source, generation } of batch.forgotten) this.#positions.delete(`${source} ${generation}`);
  }
}
