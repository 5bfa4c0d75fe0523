import { join } from 'node:path';
import { errorCode } from '../../protocol/domain/errorCode.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import { DamagedFile } from '../compression/damage.ts';
import type { Content } from './content.ts';
import { deviceStat } from './deviceStat.ts';
import { fileProblem } from './discover.ts';
import { type FileStats, inodeKey } from './fileIdentity.ts';
import { FileMoved } from './fileMoved.ts';
import type { Generation } from './generation.ts';
import type { Generations } from './generations.ts';
import { heldFiles } from './heldFiles.ts';
import type { OrderedLogs } from './orderedLogs.ts';
import { lookAtPadding } from './padding.ts';
import { leftFor } from './succession.ts';

/** A rotated file is read so long after its last growth: the writer may keep it open a while. */
const rotateWait = 5000;
/** A deleted file that its writer may hold open is held as long, after its last growth: it takes up room on the disk. */
const deletedHeldFor = 5 * 60_000;
/** A file that was moved away is read on so long after its last growth. */
const movedHeldFor = 24 * 3_600_000;
/** Rotated generations with unread bytes that are held open, so that their deletion loses nothing. */
const openAtOnce = 32;

/** A live file that grew is looked at with every poll for so long; later it is told of, or has its turn. */
const wakefulFor = 30_000;
/** So many of those are looked at with each poll, each in its turn: some milliseconds. */
const wakefulLooks = 512;
/** So many of all files are looked at with each poll: a tenth of a millisecond or two. */
const quietLooks = 64;

export interface FileLooksOptions {
  readonly root: string;
  readonly generations: Generations;
  readonly logs: OrderedLogs;
  now(): WallTime;
  /** Only a search can tell what became of its file. */
  searchFor(generation: Generation): void;
}

/** Looks at the known files of a source: have they grown, are they still the same, are they to be held open? */
export class FileLooks {
  readonly #options: FileLooksOptions;

  constructor(options: FileLooksOptions) {
    this.#options = options;
  }

  /**
   * Four times a second, so of files that have been quiet only at some in turn, and those in `appended`, which were told of;
   * all of them when nobody tells (`null`). Tells whether something can be read.
   */
  async look(appended: ReadonlySet<string> | null): Promise<boolean> {
    let isReadable = false;
    for (const generation of this.#due(appended)) {
      await this.#lookAgain(generation);
      isReadable ||= generation.readable || generation.orphaned;
    }
    return isReadable;
  }

  #due(appended: ReadonlySet<string> | null): Iterable<Generation> {
    if (appended === null) return this.#options.generations.list;
    const { roster } = this.#options.generations;
    const now = this.#options.now();
    const looked = new Set<Generation>();
    for (const path of appended) {
      const told = roster.at(path);
      if (told !== null) looked.add(told);
    }
    for (const generation of roster.awake(wakefulLooks, (one) => isAsleep(one, now))) looked.add(generation);
    for (const generation of roster.inTurn(quietLooks)) looked.add(generation);
    return looked;
  }

  /** A search has found these. */
  async searched(generations: readonly Generation[]): Promise<void> {
    for (const generation of generations) {
      if (generation.orphaned) await this.#lookAtOrphan(generation);
      await lookAtPadding(generation, this.#options.now());
    }
    await this.#openUnread();
    const { roster } = this.#options.generations;
    for (const younger of generations)
      if (younger.position.offset > 0)
        for (const { generation, left } of leftFor(younger, roster)) generation.change({ left });
    for (const generation of generations) {
      await this.letGo(generation);
      generation.lookEnded();
    }
  }

  /** The generation's content; `null`, and noted, when it cannot be opened. */
  async opened(generation: Generation): Promise<Content | null> {
    try {
      return await generation.open();
    } catch (error) {
      this.note(generation, error);
      return null;
    }
  }

  note(generation: Generation, error: unknown): void {
    if (error instanceof FileMoved || errorCode(error) === 'ENOENT') {
      this.#options.searchFor(generation);
      return;
    }
    const isContent = error instanceof UserError || error instanceof DamagedFile;
    generation.fails(fileProblem(generation.position.path, error), isContent ? 'content' : 'file');
  }

  /** Nothing more is expected of it: deleted, and quiet for so long that nobody writes into it any more. */
  isOver({ position, file, content, stats, quietSince }: Generation): boolean {
    if (position.standing !== 'reading' || position.compressed || file !== null || content === null) return false;
    return this.#options.now() - quietSince >= heldFor(stats);
  }

  /** A rotated file that is quiet is taken for finished; one without a name is let go after a while. */
  async letGo(generation: Generation): Promise<void> {
    const { position, readiness, file, stats } = generation;
    if (!generation.carried) return;
    const quiet = this.#options.now() - generation.quietSince;
    const isRotated = file === null || (file.age !== null && this.#options.generations.hasSuccessor(generation));
    const isRead = readiness.kind === 'held' || !generation.hasMore;
    if (position.standing === 'reading' && !position.compressed && isRotated && isRead && quiet >= rotateWait) {
      // Half a line may still be completed: its file is read on when it grows. Of a deleted one it is given up in the end.
      const isWhole =
        stats === null ||
        (readiness.kind === 'held' && readiness.paddedFrom === position.offset) ||
        stats.size <= position.offset;
      if (isWhole || stats.links > 0) generation.change({ standing: 'finished' });
      if (heldFiles.full) await generation.close();
    }
    // Its writer may still have it open when its name goes.
    const isDone = generation.position.standing !== 'reading' && (file === null || file.age !== null);
    if (isDone && quiet >= (file === null ? heldFor(stats) : deletedHeldFor)) await generation.close();
  }

  async #lookAgain(generation: Generation): Promise<void> {
    if (generation.retry() && generation.examinationDue) this.#options.searchFor(generation);
    generation.changes.lookBegins();
    await this.#tryLookAt(generation);
    generation.lookEnded();
  }

  async #lookAtOrphan(generation: Generation): Promise<void> {
    await this.#tryLookAt(generation);
    const { compressed, offset } = generation.position;
    if (compressed || generation.size >= offset) return;
    // Truncated before its name was taken away.
    await generation.detach();
    this.#options.searchFor(generation);
  }

  async #tryLookAt(generation: Generation): Promise<void> {
    try {
      await this.#lookAt(generation);
    } catch (error) {
      this.note(generation, error);
      this.#options.searchFor(generation);
    }
  }

  async #lookAt(generation: Generation): Promise<void> {
    const { file, position, carried } = generation;
    if (!carried) return;
    const now = this.#options.now();
    await lookAtPadding(generation, now);
    const stats =
      file === null
        ? await generation.statOpen()
        : await deviceStat(join(this.#options.root, position.path), file.stats.device);
    if (stats !== null && file !== null && inodeKey(stats) !== inodeKey(file.stats)) throw new FileMoved(position.path);
    if (stats !== null) this.#take(generation, generation.grow(stats, now));
    if (file === null || file.age !== null) await this.letGo(generation);
  }

  /** A file that changed without growing was truncated or rewritten, one that is not known yet may be: only a search can tell. */
  #take(generation: Generation, changed: boolean): void {
    const { compressed, offset } = generation.position;
    if (changed && generation.examinationDue) this.#options.searchFor(generation);
    if (changed && !compressed && generation.size <= offset && offset > 0) {
      generation.changes.suspect();
      this.#options.searchFor(generation);
    }
  }

  async #openUnread(): Promise<void> {
    if (heldFiles.full) return;
    const { generations, logs } = this.#options;
    const unopened = [...generations.roster.unopened];
    let opened = 0;
    for (const generation of unopened.sort((one, other) => logs.compare(one, other))) {
      const { file } = generation;
      if (heldFiles.full) return;
      if (file === null) continue;
      if (file.age !== null && (opened >= openAtOnce || !generation.hasMore)) continue;
      if (file.age !== null) opened += 1;
      await this.opened(generation);
    }
  }
}

/** Tells whether its file needs no look: a live file that is read and has long been quiet changes only with an event. */
function isAsleep(generation: Generation, now: WallTime): boolean {
  const { position, file, content, readable, readiness, quietSince, orphaned } = generation;
  if (file === null) return !orphaned;
  if (readable || now - quietSince < wakefulFor) return false;
  if (position.standing === 'finished' && file.age !== null) return content === null;
  return readiness.kind !== 'failed' && !(readiness.kind === 'held' && readiness.paddedFrom !== null);
}

function heldFor(stats: FileStats | null): number {
  return stats === null || stats.links === 0 ? deletedHeldFor : movedHeldFor;
}
