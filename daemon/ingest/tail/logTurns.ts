import { errorCode } from '../../protocol/domain/errorCode.ts';
import type { Observations, SourceGap } from '../../protocol/domain/observation.ts';
import { cursorOf } from '../../protocol/domain/observationBlock.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import type { CsvHeader } from '../formats/csvHeader.ts';
import { type Scanner, scanStart } from '../formats/scan.ts';
import { Tally, type TurnLimits, wholeTurn } from '../formats/tally.ts';
import type { Content } from './content.ts';
import type { FileLooks } from './fileLooks.ts';
import { FileMoved } from './fileMoved.ts';
import type { Generation } from './generation.ts';
import { readTurn, type TurnRead } from './generationTurn.ts';
import { heldFiles } from './heldFiles.ts';
import type { LogTurn } from './logTurn.ts';
import type { OrderedLogs } from './orderedLogs.ts';
import { encodePosition } from './position.ts';
import type { Roster } from './roster.ts';
import { leftFor } from './succession.ts';

export interface LogTurnsOptions {
  readonly index: number;
  readonly scanner: Scanner;
  readonly hasHeader: boolean;
  readonly roster: Roster;
  readonly logs: OrderedLogs;
  readonly looks: FileLooks;
  now(): WallTime;
  searchFor(generation: Generation): void;
  /** A turn was committed. */
  adopted(read: TurnRead, gaps: readonly SourceGap[]): void;
}

/** Reads the logs of one source turn by turn, each log's generations oldest first. */
export class LogTurns {
  readonly #options: LogTurnsOptions;
  #began: WallTime;

  constructor(options: LogTurnsOptions) {
    this.#options = options;
    this.#began = options.now();
  }

  /** When the turn at hand began: asked once, not for each record. */
  get began(): WallTime {
    return this.#began;
  }

  /** Logs that have something to read. */
  get readable(): Set<string> {
    const logs = new Set<string>();
    for (const { position } of this.#options.roster.readable) logs.add(position.family);
    return logs;
  }

  /** A turn of each log that can be read now. */
  async next(window: Buffer, lines: number): Promise<LogTurn[]> {
    const { roster, logs, looks } = this.#options;
    const turns: LogTurn[] = [];
    const due = this.readable;
    for (const generation of roster.orphaned) if (looks.isOver(generation)) due.add(generation.position.family);
    for (const log of due) {
      for (const generation of logs.of(log)) {
        if (!generation.readable && !looks.isOver(generation)) continue;
        const turn = await this.#turnOf(generation, window, { lines, upTo: null, briefly: true });
        if (turn === null) continue;
        turns.push(turn);
        break;
      }
    }
    return turns;
  }

  async #turnOf(generation: Generation, window: Buffer, limits: TurnLimits): Promise<LogTurn | null> {
    const { looks, scanner, logs } = this.#options;
    const over = looks.isOver(generation);
    if (!generation.readable && !over) return null;
    const isHeld = generation.content !== null || !heldFiles.full;
    const content = await looks.opened(generation);
    if (content === null) return null;
    this.#began = this.#options.now();
    // The order of a log and its counters go on over its rotations.
    const before = logs.before(generation)?.position;
    try {
      const read = await readTurn(generation, content, scanner, window, {
        over,
        limits,
        header: (await this.#ownHeader(generation, content, window)) ?? this.#headerBefore(generation),
        arrived: this.#began,
        before: before?.order ?? null,
        carried: before?.carried ?? null,
      });
      if (read !== null) return this.#turn(generation, read, limits);
      await looks.letGo(generation);
      return null;
    } catch (error) {
      if (error instanceof FileMoved) await generation.detach();
      // The file server has forgotten this handle; by its path the file may be opened anew.
      if (errorCode(error) === 'ESTALE' && generation.file !== null) await generation.close();
      looks.note(generation, error);
      return null;
    } finally {
      // A compressed one would have to be decompressed from its start again.
      if (!isHeld && !generation.position.compressed) await generation.close();
    }
  }

  /** The header of a generation that was read in another format so far. */
  async #ownHeader({ position }: Generation, content: Content, window: Buffer): Promise<CsvHeader | null> {
    if (position.columns !== null || position.offset === 0 || !this.#options.hasHeader) return null;
    const { length } = await content.read(0, window);
    const bytes = window.subarray(0, Math.min(length, position.offset));
    const tally = new Tally(position.path, { ...wholeTurn, lines: 1 });
    const { columns, separator } = this.#options.scanner.scan(bytes, scanStart, 'open', tally);
    return columns === null ? null : { columns: [...columns], separator };
  }

  /** The header of the log's newest generation before this one that has a header. */
  #headerBefore(generation: Generation): CsvHeader | null {
    if (generation.position.columns !== null || !this.#options.hasHeader) return null;
    const before = this.#options.logs.allBefore(generation).findLast(({ position }) => position.columns);
    if (before === undefined || before.position.columns === null) return null;
    return { columns: before.position.columns, separator: before.position.separator };
  }

  #turn(generation: Generation, read: TurnRead, limits: TurnLimits): LogTurn {
    const { position, tally, more } = read;
    const { index, logs } = this.#options;
    const { observations, ignored, rejected } = tally;
    const left = generation.position.offset === 0 ? leftFor(generation, this.#options.roster) : [];
    const positions = [encodePosition(index, { id: generation.id, position, seen: generation.seen })];
    for (const {
      generation: { id, position, seen },
      left: at,
    } of left)
      positions.push(encodePosition(index, { id, position: { ...position, left: at }, seen }));
    const arrived = this.#options.now();
    const { family } = position;
    const gaps = this.#doubtOf(generation, observations, arrived);
    const others = logs.of(family).some((other) => other !== generation && other.readable);
    return {
      source: index,
      log: `${index} ${family}`,
      newest: tally.newest,
      more: more || others,
      upTo: (at, window) => this.#turnOf(generation, window, { ...limits, upTo: at }),
      batch: (unread) => {
        const rest = { positions, forgotten: [], gaps };
        return { source: index, log: family, arrived, unread, observations, ignored, rejected, ...rest };
      },
      waits: () => {
        const nothing = { observations: [], ignored: 0, rejected: {}, positions: [], forgotten: [], gaps: [] };
        return { source: index, arrived, unread: true, ...nothing };
      },
      adopt: async () => {
        generation.position = position;
        generation.committed();
        for (const { generation: older, left: at } of left) older.position = { ...older.position, left: at };
        if (generation.goesOnReading(tally.lines)) this.#options.searchFor(generation);
        if (tally.newest !== null) generation.replaced = null;
        this.#options.adopted(read, gaps);
        if (position.standing === 'finished') await generation.close();
      },
    };
  }

  /**
   * A file that stands where another was and that begins no later than that one ended may be the same, written anew. Of one
   * that holds a part of what was read, any line behind that part may be of it.
   */
  #doubtOf({ replaced, position }: Generation, observations: Observations, at: WallTime): SourceGap[] {
    if (replaced === null) return [];
    const { timeAt } = cursorOf(observations);
    const suspects = position.offset === 0 ? Math.min(1, observations.length) : observations.length;
    let isSuspect = false;
    for (let index = 0; index < suspects && !isSuspect; index += 1) isSuspect = timeAt(index) <= replaced;
    if (!isSuspect) return [];
    const reason =
      'the file was rewritten with records that are no newer than those read before; they may be counted twice';
    return [{ source: this.#options.index, file: position.path, reason, at, doubled: true }];
  }
}
