import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import type { WallTime } from '../../protocol/domain/units.ts';
import { scanStart } from '../formats/scan.ts';
import { type Content, compressedContent, openForReading, plainContent } from './content.ts';
import type { Found } from './discover.ts';
import { heldFiles } from './heldFiles.ts';
import { type ContentMarks, type FileStats, fileStats, inodeKey, isUntouched, looksSame, noMark } from './identity.ts';
import type { Position } from './position.ts';

/** The file behind a path is no longer the one that was found there; look again. */
export class FileMoved extends Error {}

/**
 * One generation of a log: the content written between two rotations, wherever it lies now. It outlives renames, copies
 * and compression; `position` is what is committed, the rest is known of its file at present.
 */
export class Generation {
  readonly id: string;
  position: Position;
  /** Whether the store knows this generation. */
  stored: boolean;
  /** The file that carries it, when the last search found one. */
  file: Found | null = null;
  content: Content | null = null;
  /** Bytes its file is known to have; of a compressed file, the compressed ones. */
  size = 0;
  /** Nothing can be read now although there are bytes: an unfinished line, a file still being compressed. */
  held = false;
  /** Its file ends in NUL bytes from here on, and is held: what is written next fills them, perhaps without changing its times. */
  paddedFrom: number | null = null;
  /** Head and marker have been checked since its file last changed. */
  verified = false;
  /** When it last grew. */
  quietSince: WallTime;
  /** Its position changed without anything being read, and must be committed. */
  dirty = false;
  /** Searches in a row that did not find its file. */
  missed = 0;
  /** Why it cannot be read at present, one line. */
  problem: string | null = null;
  /** The problem is in the content, so that only a change of the file makes another try worth while. */
  spoiled = false;
  /** Its file was a rotated one when it was first seen: as long as nothing of it was read, it may turn out to be a copy. */
  private begunRotated = false;
  /** Its file when that was asked last. */
  private asked: FileStats | null = null;
  /** A compressed file is decompressed from its start after it changed. */
  private reopen = false;
  private handle: FileHandle | null = null;
  private stats: FileStats | null = null;

  constructor(id: string, position: Position, stored: boolean, now: WallTime) {
    this.id = id;
    this.position = position;
    this.stored = stored;
    this.quietSince = now;
  }

  static begin(found: Found, now: WallTime): Generation {
    const { device, inode, birth } = found.stats;
    const position: Position = {
      version: 1,
      path: found.path,
      family: found.family,
      device,
      inode,
      birth,
      compressed: found.compressed,
      head: noMark,
      marker: noMark,
      ...scanStart,
      columns: null,
      finished: false,
      detached: false,
      lost: false,
      copy: false,
      order: null,
      seen: now,
    };
    const generation = new Generation(randomBytes(9).toString('base64url'), position, false, now);
    generation.sees(found, now);
    generation.verified = true;
    generation.begunRotated = found.age !== null;
    generation.asked = found.stats;
    return generation;
  }

  get key(): string {
    return inodeKey(this.position);
  }

  /** Whether its file has content of its own is to be asked again whenever that changes. */
  get doubtful(): boolean {
    return this.position.copy || (this.begunRotated && !this.stored);
  }

  /** Its file has left the folder while it was open: what is left is read through the open file. */
  get orphaned(): boolean {
    return this.file === null && this.content !== null && !this.position.detached;
  }

  /** Unread bytes, as far as known; an estimate for a compressed file. */
  get lag(): number {
    if (this.position.finished || this.position.detached) return 0;
    if (this.file === null && this.content === null) return 0;
    if (this.position.compressed) return this.position.offset === 0 ? this.size : 0;
    return Math.max(0, (this.paddedFrom ?? this.size) - this.position.offset);
  }

  get readable(): boolean {
    const { finished, detached, compressed, offset } = this.position;
    if (finished || detached || this.held || (this.file === null && this.content === null)) return false;
    return compressed ? this.size > 0 : this.size > offset;
  }

  change(part: Partial<Position>): void {
    this.position = { ...this.position, ...part };
    if (this.stored) this.dirty = true;
  }

  /** Up to there its file holds what another generation held. */
  isCopyTo({ head, marker, offset }: ContentMarks): void {
    // Kept from now on: what it is a copy of may go before anything else tells.
    this.stored = true;
    this.change({ head, marker, offset, copy: true, finished: true });
  }

  /** Whether its file is as it was when its content was last told from a copy's. */
  isDecided(stats: FileStats): boolean {
    return this.asked !== null && isUntouched(this.asked, stats);
  }

  /** Its file has grown since then, or was written anew. */
  get isDoubtfulAgain(): boolean {
    return this.doubtful && this.asked !== null && this.stats !== null && !looksSame(this.asked, this.stats);
  }

  /** Its file has been told from a copy, or known as one. */
  decide(found: Found, now: WallTime): void {
    this.sees(found, now);
    this.asked = found.stats;
    if (!this.spoiled) this.held = false;
  }

  /** Nothing can be taken as it is now. @param paddedFrom where the NUL bytes begin in which it ends, if it does. */
  hold(paddedFrom: number | null): void {
    this.held = true;
    this.paddedFrom = paddedFrom;
  }

  /** Looks whether something fills the NUL bytes it ends in, whatever its times say. */
  async lookAtPadding(now: WallTime): Promise<void> {
    const { content, held, paddedFrom } = this;
    if (!held || paddedFrom === null || content === null) return;
    const byte = Buffer.alloc(1);
    await content.read(paddedFrom, byte);
    if (byte[0] === 0) return;
    this.held = false;
    this.paddedFrom = null;
    this.quietSince = now;
  }

  /** Whatever kept it from being read may have passed. */
  retry(): void {
    if (this.problem === null || this.spoiled) return;
    this.problem = null;
    this.held = false;
  }

  /** The search found its file there. */
  sees(found: Found, now: WallTime): void {
    this.file = found;
    this.missed = 0;
    if (found.path !== this.position.path || found.family !== this.position.family) {
      // The writer may keep a renamed file open for a while, however quiet it was before.
      this.quietSince = now;
      this.change({ path: found.path, family: found.family });
    }
    this.position = { ...this.position, seen: now };
    this.grow(found.stats, now);
  }

  /** Takes what `stat` says now; tells whether its file may have changed. */
  grow(stats: FileStats, now: WallTime): boolean {
    const before = this.stats;
    this.stats = stats;
    if (before !== null && isUntouched(before, stats)) return false;
    const changed = before !== null && !looksSame(before, stats);
    const { compressed, finished, offset, copy } = this.position;
    // A finished compressed file that a restart finds again is as it was: nobody appends to one.
    if (finished && !copy && (compressed ? changed : stats.size > offset)) this.change({ finished: false });
    if (changed) this.quietSince = now;
    if (changed && compressed) this.reopen = true;
    if (changed) this.spoiled = false;
    if (!this.spoiled) this.held = false;
    this.size = stats.size;
    this.verified = false;
    return true;
  }

  /** Its times prove nothing any more: a search has to look at the bytes. */
  suspect(): void {
    if (this.stats !== null) this.stats = { ...this.stats, racy: true };
  }

  wasUntouched(stats: FileStats): boolean {
    return this.stats !== null && isUntouched(this.stats, stats);
  }

  /** Its bytes now lie in another file: a copy, or a compressed one. */
  async moveTo(found: Found, now: WallTime): Promise<void> {
    await this.close();
    this.stats = null;
    const { device, inode, birth } = found.stats;
    const moved = { device, inode, birth, compressed: found.compressed, detached: false, lost: false };
    this.change({ ...moved, finished: false });
    this.sees(found, now);
    this.quietSince = now;
  }

  /** What lies in its file is not what was read from it. */
  async detach(): Promise<void> {
    await this.close();
    this.file = null;
    this.stats = null;
    this.missed = 0;
    this.change({ detached: true });
  }

  /** Its file is gone, and nothing more of it can be read. */
  async giveUp(): Promise<void> {
    await this.close();
    this.problem = null;
    this.spoiled = false;
    this.held = false;
  }

  /** The search did not find its file. */
  miss(now: WallTime): void {
    if (this.file !== null) {
      this.file = null;
      this.quietSince = now;
      this.change({ seen: now });
    }
    this.missed += 1;
  }

  /** Opens its file, if need be. Throws `FileMoved` when another file lies there now. */
  async open(): Promise<Content> {
    if (this.content !== null && !this.reopen) return this.content;
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
    this.handle = handle;
    this.content = this.position.compressed ? compressedContent(handle) : plainContent(handle);
    return this.content;
  }

  /** What `stat` says of the open file, whatever its name is now. */
  async statOpen(): Promise<FileStats | null> {
    return this.handle === null ? null : fileStats(await this.handle.stat({ bigint: true }));
  }

  async close(): Promise<void> {
    const content = this.content;
    this.content = null;
    this.handle = null;
    this.reopen = false;
    if (content === null) return;
    heldFiles.closed();
    await content.close();
  }
}
