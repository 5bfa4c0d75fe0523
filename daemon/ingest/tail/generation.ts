import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { type WallTime, wallTime } from '../../protocol/domain/units.ts';
import { scanStart } from '../formats/scan.ts';
import { type ChangesTold, ChangeWitness } from './changeWitness.ts';
import { type Content, openForReading } from './content.ts';
import type { Found } from './discover.ts';
import { type FileStats, fileStats, inodeKey, isUntouched, looksSame, noMark } from './fileIdentity.ts';
import { FileMoved } from './fileMoved.ts';
import { keyOfFirst, noFingerprint } from './fingerprint.ts';
import { heldFiles } from './heldFiles.ts';
import type { Position } from './position.ts';
import { Candidate, contentOf, type ReadMarks, withCandidate } from './recognition.ts';

/** Tells whether bytes of the file can be read now. */
export type Readiness =
  /** Its content has to be held against what was read before a line of it counts. */
  | { readonly kind: 'unexamined' }
  /** It begins with all that was read of another generation, which has more: that one is read first. */
  | { readonly kind: 'waiting'; readonly of: Generation; readonly until: number }
  | { readonly kind: 'ready' }
  /**
   * Half a line, or a file still being compressed: nothing can be taken until it changes. `paddedFrom`: it ends in NUL
   * bytes from here on, which are filled by what is written next, perhaps without changing its times.
   */
  | { readonly kind: 'held'; readonly paddedFrom: number | null }
  /** Reading has failed. `of: 'content'`: only a change of the file makes another try worth while. */
  | { readonly kind: 'failed'; readonly problem: string; readonly of: 'file' | 'content' };

/** A live file gets a witness of its changes once it was quiet for so long. */
const quietBeforeWitness = 250;

/** The state of a generation in the store. */
type Stored = 'not' | 'as it is' | 'before a change';

interface OpenFile {
  readonly content: Content;
  readonly handle: FileHandle;
  /** A compressed file is decompressed from its start after it changed. */
  readonly stale: boolean;
}

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
  #open: OpenFile | null = null;
  #stats: FileStats | null = null;
  /** Its file when its content was last held against what was read. */
  #examined: FileStats | null = null;
  /** Names the first line of its file; `null` before that was looked at. */
  #firstLine: string | null = null;
  /** Modification time (nanoseconds) and size of its file when it was last seen to have grown. */
  #grown: { readonly modified: bigint; readonly size: number } = { modified: 0n, size: 0 };
  /** When its file was last seen to be as it had been before. */
  #unchangedAt: WallTime | null = null;
  /** Another generation waits until it is read so far. */
  #awaitedAt: number | null = null;
  /** Counts the changes of its file while that is quiet and read to its end. */
  #witness: ChangeWitness | null = null;
  /** The changes that were told when the look at hand began. */
  #toldBefore = 0;
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
    const position: Position = {
      path: found.path,
      family: found.family,
      ...fileOf(found),
      head: noMark,
      marker: noMark,
      fingerprint: noFingerprint,
      ...scanStart,
      columns: null,
      standing: 'reading',
      newest: null,
      known: null,
      order: null,
      seen: now,
      target: found.target,
    };
    const generation = new Generation(randomBytes(9).toString('base64url'), position, false, now);
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

  /** Something was read of it and committed. Tells whether another generation has waited for that. */
  goesOnReading(): boolean {
    // It is not quiet.
    this.#dismissWitness();
    if (this.#awaitedAt === null || this.position.offset < this.#awaitedAt) return false;
    this.#awaitedAt = null;
    return true;
  }

  /** A look at its file begins. */
  lookBegins(): void {
    this.#toldBefore = this.#witness?.changes ?? 0;
  }

  /** A look at its file has ended: a live file that is quiet and read to its end gets a witness. */
  lookEnded(): void {
    const { file, position } = this;
    if (this.#witness !== null || file === null || file.age !== null) return;
    if (position.compressed || position.standing !== 'reading') return;
    if (position.offset === 0 || position.offset !== this.size) return;
    if (Date.now() - Number(BigInt(this.#stats?.modified ?? 0) / 1_000_000n) < quietBeforeWitness) return;
    this.#witness = ChangeWitness.of(file.target);
  }

  /** The changes of its file since that was last seen to be as before and read to its end. */
  async changesTold(): Promise<ChangesTold> {
    return (await this.#witness?.told()) ?? { kind: 'unknown' };
  }

  #dismissWitness(): void {
    this.#witness?.close();
    this.#witness = null;
  }

  get content(): Content | null {
    return this.#open?.content ?? null;
  }

  /** Bytes its file is known to have; of a compressed file, the compressed ones. */
  get size(): number {
    return this.#stats?.size ?? 0;
  }

  get stats(): FileStats | null {
    return this.#stats;
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

  /** Its content is to be compared with the known contents, before anything of it counts. */
  get examinationDue(): boolean {
    if (!this.carried || this.spoiled || this.size === 0) return false;
    const changed = this.#examined === null || this.#stats === null || !isUntouched(this.#examined, this.#stats);
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

  /** Names how its content begins; `null` when that is not known. */
  get firstLine(): string | null {
    return keyOfFirst(this.position.fingerprint) ?? this.#firstLine;
  }

  get unchangedAt(): WallTime | null {
    return this.#unchangedAt;
  }

  get grown(): { readonly modified: bigint; readonly size: number } {
    return this.#grown;
  }

  /** The bytes behind its offset were not read before. */
  isItsOwn(firstLine: string): void {
    this.#examined = this.#stats;
    this.#firstLine = firstLine;
    if (this.position.standing === 'copy') this.change({ standing: 'reading' });
    this.readiness = { kind: 'ready' };
  }

  /** It only began like another for a while: all of it is its own. */
  isItsOwnFromStart(firstLine: string): void {
    const nothing = {
      head: noMark,
      marker: noMark,
      fingerprint: noFingerprint,
      columns: null,
      newest: null,
      known: null,
      order: null,
    };
    this.change({ ...scanStart, ...nothing });
    this.isItsOwn(firstLine);
  }

  /**
   * Its file begins with what was counted under another name, up to the marks; what follows is its own. `known`: so far
   * as there is more of what was counted behind them. `replaced`: what follows may be no newer than that, and then it may
   * have been counted.
   */
  goesOn(
    { head, marker, fingerprint, offset, line }: ReadMarks,
    from: Position,
    standing: 'reading' | 'copy' | 'finished',
    { known, replaced }: Pick<Position, 'known'> & { readonly replaced: number | null },
  ): void {
    const { columns, separator, newest, order } = from;
    const skipping = offset === from.offset ? from.skipping : null;
    // Kept from now on: what it is a copy of may go before anything else tells.
    if (this.#stored === 'not') this.#stored = 'before a change';
    const marks = { head, marker, fingerprint, offset, line, skipping };
    this.change({ ...marks, columns, separator, newest, order, standing, known });
    this.#examined = this.#stats;
    this.verified = false;
    this.replaced = known?.newest ?? replaced;
    this.readiness = { kind: 'ready' };
  }

  /** It holds all that was read of another, which goes on. */
  waitsFor(of: Generation, until: number): void {
    of.#awaitedAt = Math.min(until, of.#awaitedAt ?? until);
    this.#examined = this.#stats;
    this.readiness = { kind: 'waiting', of, until };
  }

  /** It has no whole line yet. */
  cannotBeTold(): void {
    this.#examined = this.#stats;
  }

  fails(problem: string, of: 'file' | 'content'): void {
    this.readiness = { kind: 'failed', problem, of };
  }

  /** Nothing can be taken as it is now. @param paddedFrom where the NUL bytes begin in which it ends, if it does. */
  hold(paddedFrom: number | null): void {
    if (this.readiness.kind === 'ready') this.readiness = { kind: 'held', paddedFrom };
  }

  /** Looks whether something fills the NUL bytes it ends in, whatever its times say. */
  async lookAtPadding(now: WallTime): Promise<void> {
    const { content } = this;
    const paddedFrom = this.#paddedFrom;
    if (paddedFrom === null || content === null) return;
    const byte = Buffer.alloc(1);
    await content.read(paddedFrom, byte);
    if (byte[0] === 0) return;
    if (this.position.standing === 'finished') this.change({ standing: 'reading' });
    this.readiness = { kind: 'ready' };
    this.quietSince = now;
  }

  get #paddedFrom(): number | null {
    return this.readiness.kind === 'held' ? this.readiness.paddedFrom : null;
  }

  /** Whatever kept it from being read may have passed. */
  retry(): void {
    if (this.readiness.kind === 'failed' && this.readiness.of === 'file') this.#wake();
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
    const before = this.#stats;
    this.#stats = stats;
    if (before !== null && looksSame(before, stats)) {
      this.#unchangedAt = now;
      if (stats.size >= this.position.offset) this.#witness?.confirm(this.#toldBefore);
    }
    if (before !== null && isUntouched(before, stats)) return false;
    const changed = before !== null && !looksSame(before, stats);
    const { compressed, standing, offset } = this.position;
    // A finished compressed file that a restart finds again is as it was: nobody appends to one. Of a plain one the last
    // line may have been completed meanwhile.
    const hasMore = compressed ? changed : stats.size > offset && (changed || before === null);
    if (standing === 'finished' && hasMore) this.change({ standing: 'reading' });
    if (changed) this.quietSince = now;
    if (stats.size > (before?.size ?? 0)) this.#grown = { modified: BigInt(stats.modified), size: stats.size };
    if (changed && compressed && this.#open !== null) this.#open = { ...this.#open, stale: true };
    if (changed || !this.spoiled) this.#wake();
    // Truncated, perhaps, before anything of it was read: it may hold another content by now, of the same size.
    const isOfAnother = stats.size < (before?.size ?? 0) || (changed && this.readiness.kind === 'ready');
    if (offset === 0 && isOfAnother) this.readiness = { kind: 'unexamined' };
    this.verified = false;
    this.#changed();
    return true;
  }

  /** Its times prove nothing any more: a search has to look at the bytes. */
  suspect(): void {
    if (this.#stats !== null) this.#stats = { ...this.#stats, racy: true };
  }

  wasUntouched(stats: FileStats): boolean {
    return this.#stats !== null && isUntouched(this.#stats, stats);
  }

  /** Its bytes now lie in another file, at the marks, which may have more behind them. */
  async moveTo(
    found: Found,
    { head, marker, fingerprint, offset, line }: ReadMarks,
    standing: 'reading' | 'finished',
    now: WallTime,
  ): Promise<void> {
    await this.close();
    this.#stats = null;
    this.change({ ...fileOf(found), head, marker, fingerprint, offset, line, standing, known: null });
    this.sees(found, now);
    this.#examined = this.#stats;
    this.quietSince = now;
    this.readiness = { kind: 'ready' };
  }

  /** Its file holds another content than the one that was read. */
  async detach(): Promise<void> {
    await this.close();
    this.file = null;
    this.missed = 0;
    const { standing } = this.position;
    this.change({ standing: standing === 'reading' ? 'sought' : 'settled' });
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
    if (this.#open !== null && !this.#open.stale) return this.#open.content;
    await this.close();
    if (this.file === null) throw new FileMoved(this.position.path);
    const handle = await openForReading(this.file.target);
    try {
      const stats = fileStats(await handle.stat({ bigint: true }));
      if (inodeKey(stats) !== inodeKey(this.file.stats)) throw new FileMoved(this.position.path);
    } catch (error) {
      await handle.close();
      throw error;
    }
    heldFiles.opened();
    const content = contentOf(handle, this.position.compressed);
    this.#open = { content, handle, stale: false };
    this.#changed();
    return content;
  }

  /** Holds what its file holds, also when that has no name any more; `null` when nothing of it can be read. */
  async withCandidate<Result>(use: (candidate: Candidate) => Promise<Result>): Promise<Result | null> {
    if (this.file !== null) return withCandidate(this.file, use);
    if (this.#open === null || this.#lastFile === null) return null;
    return use(new Candidate(this.#lastFile, this.#open.content, this.#open.handle));
  }

  /** The `stat` of the open file, whatever its name is now. */
  async statOpen(): Promise<FileStats | null> {
    return this.#open === null ? null : fileStats(await this.#open.handle.stat({ bigint: true }));
  }

  /** Nothing more is asked of it. */
  async end(): Promise<void> {
    this.#dismissWitness();
    await this.close();
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    this.#changed();
    heldFiles.closed();
    await open.content.close();
  }
}

function fileOf({ stats, compressed }: Found): Pick<Position, 'device' | 'inode' | 'birth' | 'compressed'> {
  const { device, inode, birth } = stats;
  return { device, inode, birth, compressed };
}
