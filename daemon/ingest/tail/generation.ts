import { randomBytes } from 'node:crypto';
import { type WallTime, wallTime } from '../../protocol/domain/units.ts';
import type { Content } from './content.ts';
import type { Found } from './discover.ts';
import { FileChanges } from './fileChanges.ts';
import { type FileStats, inodeKey, isUntouched, type Mark } from './fileIdentity.ts';
import { FileMoved } from './fileMoved.ts';
import { keyOfFirst } from './fingerprint.ts';
import { heldFiles } from './heldFiles.ts';
import { OpenedFile } from './openedFile.ts';
import type { Position } from './position.ts';
import { fileOf, marksOf, readTo, unreadPosition } from './positionChanges.ts';
import type { Readiness } from './readiness.ts';
import { type Candidate, type ReadMarks, withCandidate } from './recognition.ts';

/** The state of a generation in the store. */
type Stored = 'not' | 'as it is' | 'before a change';

/**
 * One generation of a log: the content written between two rotations, wherever it lies now. It outlives renames, copies
 * and compression; `position` is what is committed, the rest is known of its file at present.
 */
export class Generation {
  readonly id: string;
  /** Told of each change of what follows from its state: where it lies, whether it can be read, how far it has been read. */
  onChange: ((generation: Generation) => void) | null = null;
  #position: Position;
  #file: Found | null = null;
  #readiness: Readiness;
  #quietSince: WallTime;
  #seen: WallTime;
  /** The file that carried it last. */
  #lastFile: Found | null = null;
  /** Head and marker have been checked since its file last changed. */
  verified = false;
  /** Searches in a row that did not find its file. */
  missed = 0;
  #isForgotten = false;
  #stored: Stored;
  #open: OpenedFile | null = null;
  /** A compressed file is decompressed from its start after it changed. */
  #isStale = false;
  readonly changes = new FileChanges();
  /** Its file when its content was last held against what was read. */
  #examined: FileStats | null = null;
  /** Names the first line of its file; `null` before that was looked at. */
  #firstLine: string | null = null;
  /** The first bytes of its file, while nothing was read of it; `null` before they were looked at. */
  #beginning: Mark | null = null;
  #isOwn = false;
  /** The one whose file is gone, and whose content, unread, is this one's. */
  standsFor: Generation | null = null;
  /** It was read to its end and finished; its file has changed since, and nothing more was read of it. */
  #isReopened = false;
  /** Another generation waits until it is read so far. */
  #awaitedAt: number | null = null;
  /** The newest event time read of a file that this one replaced and that is not known in it; `null` once it is read. */
  replaced: number | null = null;

  constructor(id: string, position: Position, stored: boolean, now: WallTime) {
    this.id = id;
    this.#position = position;
    this.#seen = wallTime(position.seen);
    this.#stored = stored ? 'as it is' : 'not';
    this.#readiness = position.offset === 0 ? { kind: 'unexamined' } : { kind: 'ready' };
    this.#quietSince = now;
  }

  static begin(found: Found, now: WallTime): Generation {
    const generation = new Generation(randomBytes(9).toString('base64url'), unreadPosition(found, now), false, now);
    generation.sees(found, now);
    return generation;
  }

  get key(): string {
    return inodeKey(this.position);
  }

  get position(): Position {
    return this.#position;
  }

  set position(position: Position) {
    this.#position = position;
    this.#changed();
  }

  /** The file that carries it, when the last search found one. */
  get file(): Found | null {
    return this.#file;
  }

  set file(file: Found | null) {
    if (file === this.#file) return;
    this.#file = file;
    this.#changed();
  }

  get readiness(): Readiness {
    return this.#readiness;
  }

  set readiness(readiness: Readiness) {
    this.#readiness = readiness;
    this.#changed();
  }

  /** When it last grew. */
  get quietSince(): WallTime {
    return this.#quietSince;
  }

  set quietSince(since: WallTime) {
    this.#quietSince = since;
    this.#changed();
  }

  /** When its file was last seen; what is stored of it is as old as the position is. */
  get seen(): WallTime {
    return this.#seen;
  }

  /** It is not one of the source's any more. */
  get isForgotten(): boolean {
    return this.#isForgotten;
  }

  forget(): void {
    this.#isForgotten = true;
    this.#changed();
  }

  #changed(): void {
    this.onChange?.(this);
  }

  get stored(): boolean {
    return this.#stored !== 'not';
  }

  /** Its position changed without anything being read, and must be committed. */
  get dirty(): boolean {
    return this.#stored === 'before a change';
  }

  committed(): void {
    this.#stored = 'as it is';
    this.#changed();
  }

  /** So many lines were read of it and committed. Tells whether another generation has waited for that. */
  goesOnReading(lines: number): boolean {
    this.#isReopened = false;
    this.#beginning = null;
    this.changes.read(lines);
    this.lookEnded();
    if (this.#awaitedAt === null || this.position.offset < this.#awaitedAt) return false;
    this.#awaitedAt = null;
    return true;
  }

  /** A look at its file or a turn has ended: a live file that is read to its end gets a witness. */
  lookEnded(): void {
    const { file, position } = this;
    if (file === null || file.age !== null) return;
    if (position.compressed || position.standing !== 'reading') return;
    if (position.offset !== this.size) return;
    this.changes.lookEnded(file.target);
  }

  get content(): Content | null {
    return this.#open?.content ?? null;
  }

  /** Bytes its file is known to have; of a compressed file, the compressed ones. */
  get size(): number {
    return this.stats?.size ?? 0;
  }

  /** Its file, as it was seen last. */
  get stats(): FileStats | null {
    return this.changes.stats;
  }

  /** A file or an open handle holds its bytes. */
  get carried(): boolean {
    const { standing } = this.position;
    return standing !== 'sought' && standing !== 'settled' && (this.file !== null || this.#open !== null);
  }

  /** Its file has left the folder while it was open: what is left is read through the open file. */
  get orphaned(): boolean {
    return this.file === null && this.carried;
  }

  /** Unread bytes, as far as known; an estimate for a compressed file. */
  get lag(): number {
    const { standing, compressed, offset } = this.position;
    if (standing !== 'reading' || !this.carried) return 0;
    if (compressed) return offset === 0 ? this.size : 0;
    return Math.max(0, (this.#paddedFrom ?? this.size) - offset);
  }

  /** There are bytes behind the offset, whether or not they can be read now. */
  get hasMore(): boolean {
    const { standing, compressed, offset } = this.position;
    if (standing !== 'reading' || !this.carried) return false;
    return compressed ? this.size > 0 : this.size > offset;
  }

  get readable(): boolean {
    return this.readiness.kind === 'ready' && this.hasMore;
  }

  get problem(): string | null {
    return this.readiness.kind === 'failed' ? this.readiness.problem : null;
  }

  /** The problem is in the content. */
  get spoiled(): boolean {
    return this.readiness.kind === 'failed' && this.readiness.of === 'content';
  }

  /** It is kept from now on, though nothing was read of it: something was told of it. */
  keep(): void {
    if (this.#stored !== 'not') return;
    this.#stored = 'before a change';
    this.#changed();
  }

  /** Its content is to be compared with the known contents, before anything of it counts. */
  get examinationDue(): boolean {
    if (!this.carried || this.spoiled || this.size === 0) return false;
    const changed = this.#examined === null || this.stats === null || !isUntouched(this.#examined, this.stats);
    const { readiness } = this;
    if (readiness.kind === 'waiting') {
      const { of, until } = readiness;
      return changed || !of.carried || !of.hasMore || of.position.offset >= until;
    }
    return changed && (readiness.kind === 'unexamined' || this.position.standing === 'copy');
  }

  change(part: Partial<Position>): void {
    if (this.#stored === 'as it is') this.#stored = 'before a change';
    this.position = { ...this.position, seen: this.#seen, ...part };
  }

  /** Its writer was seen to have gone on in a younger generation, and all that it has written here is read. */
  get isLeft(): boolean {
    const { left, offset } = this.position;
    return left !== null && !left.late && offset >= Math.max(left.size, this.changes.grown);
  }

  /** Names how its content begins; `null` when that is not known. */
  get firstLine(): string | null {
    return keyOfFirst(this.position.fingerprint) ?? this.#firstLine;
  }

  /** The first bytes of its file, as they were looked at before anything was read of it; else `null`. */
  get beginning(): Mark | null {
    return this.#beginning;
  }

  /** Nothing of it was read before, under whatever name. */
  get isOwn(): boolean {
    return this.#isOwn;
  }

  /** The bytes behind its offset were not read before. */
  isItsOwn(firstLine: string, beginning: Mark): void {
    this.#examined = this.stats;
    this.#firstLine = firstLine;
    this.#beginning = beginning;
    this.#isOwn = true;
    if (this.position.standing === 'copy') this.change({ standing: 'reading' });
    this.readiness = { kind: 'ready' };
  }

  /**
   * Its file begins with what was counted under another name, up to the marks; what follows is its own. `known`: so far
   * as there is more of what was counted behind them. `replaced`: what follows may be no newer than that, and then it may
   * have been counted.
   */
  goesOn(
    marks: ReadMarks,
    from: Position,
    standing: 'reading' | 'copy' | 'finished',
    { known, replaced }: Pick<Position, 'known'> & { readonly replaced: number | null },
  ): void {
    // Kept from now on: what it is a copy of may go before anything else tells.
    this.keep();
    this.change({ ...readTo(marks, from), standing, known });
    this.#examined = this.stats;
    this.verified = false;
    this.replaced = known?.newest ?? replaced;
    this.readiness = { kind: 'ready' };
  }

  /** It holds all that was read of another, which goes on. */
  waitsFor(of: Generation, until: number): void {
    of.#awaitedAt = Math.min(until, of.#awaitedAt ?? until);
    this.#examined = this.stats;
    this.readiness = { kind: 'waiting', of, until };
  }

  /** It has no whole line yet. */
  cannotBeTold(): void {
    this.#examined = this.stats;
  }

  fails(problem: string, of: 'file' | 'content'): void {
    this.readiness = { kind: 'failed', problem, of };
  }

  /** Nothing can be taken as it is now. @param paddedFrom where the NUL bytes begin in which it ends, if it does. */
  hold(paddedFrom: number | null): void {
    if (this.readiness.kind === 'ready') this.readiness = { kind: 'held', paddedFrom };
  }

  get #paddedFrom(): number | null {
    return this.readiness.kind === 'held' ? this.readiness.paddedFrom : null;
  }

  /** Whatever kept it from being read may have passed. Tells whether anything did. */
  retry(): boolean {
    if (this.readiness.kind !== 'failed' || this.readiness.of !== 'file') return false;
    this.#wake();
    return true;
  }

  #wake(): void {
    const { kind } = this.readiness;
    if (kind !== 'held' && kind !== 'failed') return;
    const isUnread = this.position.offset === 0 && kind === 'failed';
    this.readiness = isUnread ? { kind: 'unexamined' } : { kind: 'ready' };
    if (isUnread) this.#examined = null;
  }

  /** The search found its file there. */
  sees(found: Found, now: WallTime): void {
    this.file = found;
    this.#lastFile = found;
    this.missed = 0;
    if (found.path !== this.position.path || found.family !== this.position.family) {
      // The writer may keep a renamed file open for a while, however quiet it was before.
      this.quietSince = now;
      this.change({ path: found.path, family: found.family });
    }
    if (found.target !== this.position.target) this.change({ target: found.target });
    this.#seen = now;
    this.grow(found.stats, now);
  }

  /** Takes what `stat` says now; tells whether its file may have changed. */
  grow(stats: FileStats, now: WallTime): boolean {
    const before = this.stats;
    const difference = this.changes.take(stats, this.position.offset, now);
    if (difference === 'none') return false;
    const changed = difference === 'changed';
    const { compressed, standing, offset } = this.position;
    // A finished compressed file that a restart finds again, or that was renamed, is as it was: nobody appends to one. Of a
    // plain one the last line may have been completed meanwhile.
    const isRewritten = before !== null && (before.size !== stats.size || before.modified !== stats.modified);
    const hasMore = compressed ? isRewritten : stats.size > offset && (changed || before === null);
    if (standing === 'finished' && hasMore) {
      this.change({ standing: 'reading' });
      this.#isReopened = true;
    }
    const { left } = this.position;
    if (left !== null && !left.late && !compressed && stats.size > left.size)
      this.change({ left: { ...left, late: true } });
    if (changed) this.quietSince = now;
    if (changed && compressed) this.#isStale = true;
    if (changed || !this.spoiled) this.#wake();
    // Truncated, perhaps, before anything of it was read: it may hold another content by now, of the same size.
    const isOfAnother = stats.size < (before?.size ?? 0) || (changed && this.readiness.kind === 'ready');
    if (offset === 0 && isOfAnother) this.readiness = { kind: 'unexamined' };
    this.verified = false;
    this.#changed();
    return true;
  }

  /** Its bytes now lie in another file, at the marks, which may have more behind them. */
  async moveTo(found: Found, marks: ReadMarks, standing: 'reading' | 'finished', now: WallTime): Promise<void> {
    await this.close();
    this.changes.begin();
    this.change({ ...fileOf(found), ...marksOf(marks), standing, known: null });
    this.sees(found, now);
    this.#examined = this.stats;
    this.quietSince = now;
    this.readiness = { kind: 'ready' };
  }

  /** Its file holds another content than the one that was read. */
  async detach(): Promise<void> {
    await this.close();
    this.file = null;
    this.missed = 0;
    // What was finished and is another content now was written over: it had nothing more.
    const isSought = this.position.standing === 'reading' && !this.#isReopened;
    this.change({ standing: isSought ? 'sought' : 'settled' });
  }

  /** Its file is gone, and nothing more of it can be read. */
  async giveUp(): Promise<void> {
    await this.close();
    this.readiness = { kind: 'held', paddedFrom: null };
  }

  /** The search did not find its file. */
  miss(now: WallTime): void {
    if (this.file !== null) {
      this.file = null;
      this.quietSince = now;
      this.#seen = now;
      this.change({});
    }
    this.missed += 1;
  }

  /** Opens its file, if need be. Throws `FileMoved` when another file lies there now. */
  async open(): Promise<Content> {
    if (this.#open !== null && !this.#isStale) return this.#open.content;
    await this.close();
    if (this.file === null) throw new FileMoved(this.position.path);
    this.#open = await OpenedFile.open(this.file, this.position.compressed);
    this.#isStale = false;
    this.#changed();
    return this.#open.content;
  }

  /** Holds what its file holds, also when that has no name any more; `null` when nothing of it can be read. */
  async withCandidate<Result>(use: (candidate: Candidate) => Promise<Result>): Promise<Result | null> {
    const { file } = this;
    if (file !== null && (file.age !== null || file.compressed || heldFiles.full)) return withCandidate(file, use);
    // A live file is read next, and held open.
    if (file !== null) await this.open();
    if (this.#open === null || this.#lastFile === null) return null;
    return use(this.#open.candidate(this.#lastFile));
  }

  /** The `stat` of the open file, whatever its name is now. */
  async statOpen(): Promise<FileStats | null> {
    return this.#open === null ? null : this.#open.stats();
  }

  /** Nothing more is asked of it. */
  async end(): Promise<void> {
    this.changes.dismissWitness();
    await this.close();
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    this.#changed();
    await open.close();
  }
}
