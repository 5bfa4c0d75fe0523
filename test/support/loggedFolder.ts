import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** The text written into one file, whatever its present name. */
export interface WrittenFile {
  /** Ids of its complete lines. */
  readonly ids: number[];
  /** The ingest has looked at it since it last started. */
  seen: boolean;
}

/**
 * An application with its log rotation, on real files: it writes numbered lines into `metrics.jsonl` and remembers into
 * which file each went, so that a test can tell what may be missing.
 */
export class LoggedFolder {
  readonly root: string;
  live: WrittenFile = { ids: [], seen: false };
  /** `rotated[0]` is `metrics.jsonl.1`. */
  readonly rotated: { readonly file: WrittenFile; compressed: boolean }[] = [];
  #copied: WrittenFile | null = null;
  /** The content of the live file at some moment of its present generation. */
  #saved: { readonly ids: readonly number[]; readonly text: Buffer } | null = null;
  #asides = 0;
  #nextId = 1;
  #descriptor: number;
  /** Where the next line goes in a file that was made larger in advance; `null` where lines are appended. */
  #position: number | null = null;
  /** The rest of an incomplete line, and the file it belongs to. */
  #unfinished: {
    readonly id: number;
    readonly rest: string;
    readonly descriptor: number;
    readonly file: WrittenFile;
  } | null = null;

  constructor(root: string) {
    this.root = root;
    this.#descriptor = openSync(this.#path(), 'a');
  }

  get files(): readonly WrittenFile[] {
    return [this.live, ...this.rotated.map(({ file }) => file)];
  }

  /** A begun line lies in a file that has been renamed since. */
  get writesRenamed(): boolean {
    return this.#unfinished !== null && this.#unfinished.descriptor !== this.#descriptor;
  }

  write(count: number, padding: number): void {
    this.finish();
    for (let index = 0; index < count; index += 1) {
      const id = this.#nextId++;
      this.#put(lineOf(id, padding));
      this.live.ids.push(id);
    }
  }

  /** Makes room in advance, as memory-mapped appenders do: what is written next fills the NUL bytes at the end. */
  preallocate(bytes: number): void {
    this.finish();
    if (this.#position !== null) return;
    const { size } = fstatSync(this.#descriptor);
    closeSync(this.#descriptor);
    this.#descriptor = openSync(this.#path(), 'r+');
    this.#position = size;
    ftruncateSync(this.#descriptor, size + bytes);
  }

  /** Cuts off the room that was made in advance, and appends from then on. */
  #trimRoom(): void {
    if (this.#position === null) return;
    ftruncateSync(this.#descriptor, this.#position);
    this.#position = null;
    closeSync(this.#descriptor);
    this.#descriptor = openSync(this.#path(), 'a');
  }

  #put(text: string): void {
    if (this.#position === null) {
      writeSync(this.#descriptor, text);
      return;
    }
    writeSync(this.#descriptor, text, this.#position);
    this.#position += text.length;
  }

  /** Nothing has been written for an hour. */
  fallQuiet(): void {
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(this.#path(), hourAgo, hourAgo);
  }

  /** Nothing was written into any file of the folder for an hour: its times tell each change from now on. */
  growOld(): void {
    const hourAgo = Date.now() / 1000 - 3600;
    for (const entry of readdirSync(this.root, { withFileTypes: true }))
      if (entry.isFile()) utimesSync(join(this.root, entry.name), hourAgo, hourAgo);
  }

  begin(padding: number): void {
    this.finish();
    const id = this.#nextId++;
    const text = lineOf(id, padding);
    const cut = 1 + (id % (text.length - 1));
    this.#trimRoom();
    this.#put(text.slice(0, cut));
    this.#unfinished = { id, rest: text.slice(cut), descriptor: this.#descriptor, file: this.live };
  }

  /** Ends a begun line, in the file it was begun in, even when that has been rotated since. */
  finish(): void {
    const unfinished = this.#unfinished;
    if (unfinished === null) return;
    this.#unfinished = null;
    writeSync(unfinished.descriptor, unfinished.rest);
    unfinished.file.ids.push(unfinished.id);
    if (unfinished.descriptor !== this.#descriptor) closeSync(unfinished.descriptor);
  }

  rotate(): void {
    this.#trimRoom();
    this.#shift();
    renameSync(this.#path(), this.#path(1));
    this.rotated.unshift({ file: this.live, compressed: false });
    this.#reopen();
  }

  copyAndTruncate(): void {
    this.#trimRoom();
    this.finish();
    this.#saved = null;
    this.#shift();
    copyFileSync(this.#path(), this.#path(1));
    this.rotated.unshift({ file: { ids: this.live.ids, seen: this.live.seen }, compressed: false });
    truncateSync(this.#path());
    this.live = { ids: [], seen: this.live.seen };
  }

  /** Begins the rotation that `truncateCopied` ends; lines written in between are in no copy. */
  copy(how: 'plain' | 'compressed'): void {
    if (this.#copied !== null) return;
    this.finish();
    this.#trimRoom();
    this.#shift();
    if (how === 'plain') copyFileSync(this.#path(), this.#path(1));
    else writeFileSync(`${this.#path(1)}.gz`, gzipSync(readFileSync(this.#path())));
    this.#copied = { ids: [...this.live.ids], seen: this.live.seen };
    this.rotated.unshift({ file: this.#copied, compressed: how === 'compressed' });
  }

  /** Lines written since the copy are gone; those that were copied are told as well. */
  truncateCopied(): { readonly gone: WrittenFile; readonly copied: WrittenFile } | null {
    const copied = this.#copied;
    const { live } = this;
    if (copied === null) return null;
    this.finish();
    this.#trimRoom();
    this.#saved = null;
    truncateSync(this.#path());
    this.#copied = null;
    this.live = { ids: [], seen: live.seen };
    return { gone: { ids: live.ids.slice(copied.ids.length), seen: live.seen }, copied };
  }

  /** The content of the file is gone. */
  truncate(): WrittenFile {
    this.#trimRoom();
    this.finish();
    this.#saved = null;
    const gone = this.live;
    truncateSync(this.#path());
    this.live = { ids: [], seen: gone.seen };
    return gone;
  }

  deleteAndRecreate(): WrittenFile {
    this.#trimRoom();
    this.finish();
    const gone = this.live;
    unlinkSync(this.#path());
    this.#reopen();
    return gone;
  }

  /** Removes the beginning in place, up to the newest `kept` lines; returns the removed part. */
  trim(kept: number): WrittenFile {
    this.#trimRoom();
    this.finish();
    const lines = readFileSync(this.#path(), 'utf8').split('\n').slice(0, -1);
    const ids = this.live.ids;
    const gone = { ids: ids.slice(0, Math.max(0, ids.length - kept)), seen: this.live.seen };
    writeFileSync(
      this.#path(),
      lines
        .slice(Math.max(0, lines.length - kept))
        .map((line) => `${line}\n`)
        .join(''),
    );
    this.live = { ids: ids.slice(gone.ids.length), seen: this.live.seen };
    this.#saved = null;
    return gone;
  }

  /** Puts the line with that place from the end into other words, in place; the id stays in it. */
  edit(back: number): void {
    this.#trimRoom();
    this.finish();
    const lines = readFileSync(this.#path(), 'utf8').split('\n');
    const at = lines.length - 1 - back;
    lines[at] = (lines[at] ?? '').replace('"name"', '"title"');
    writeFileSync(this.#path(), lines.join('\n'));
    this.#saved = null;
  }

  /** Remembers the live file as it is, for `restore`. */
  save(): void {
    this.#trimRoom();
    this.finish();
    this.#saved = { ids: [...this.live.ids], text: readFileSync(this.#path()) };
  }

  /** Writes the saved content of the same generation in place; returns the lines written since, which are gone. */
  restore(): WrittenFile | null {
    const saved = this.#saved;
    if (saved === null) return null;
    this.finish();
    this.#trimRoom();
    writeFileSync(this.#path(), saved.text);
    const gone = { ids: this.live.ids.slice(saved.ids.length), seen: this.live.seen };
    this.live = { ids: [...saved.ids], seen: this.live.seen };
    return gone;
  }

  /** Moves the live file where the glob does not reach, and goes on in a new one. */
  moveAway(): WrittenFile {
    this.#trimRoom();
    this.finish();
    const gone = this.live;
    mkdirSync(join(this.root, 'away', 'deep'), { recursive: true });
    renameSync(this.#path(), join(this.root, 'away', 'deep', `metrics.${this.#nextId}`));
    this.#reopen();
    return gone;
  }

  /** Copies the live file under a name that no rotation gives. */
  copyAside(): void {
    this.#trimRoom();
    this.#asides += 1;
    copyFileSync(this.#path(), join(this.root, `metrics__2025-11-30_${String(this.#asides).padStart(6, '0')}.jsonl`));
  }

  compress(index: number): void {
    const entry = this.rotated[index];
    // A compressor waits until the writer has let go of the file.
    if (entry === undefined || entry.compressed || this.#unfinished?.file === entry.file) return;
    const path = this.#path(index + 1);
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
    unlinkSync(path);
    entry.compressed = true;
    entry.file.seen = false;
  }

  /** As logrotate has it with `delaycompress`: the youngest generation is compressed when the next one is made. */
  rotateAndCompressLast(): void {
    this.#trimRoom();
    this.compress(0);
    this.rotate();
  }

  /**
   * Rotates and compresses at once, without waiting for the writer: it writes some more lines through its old handle, into
   * a file that has no name any more, and opens its new log then. Tells what was written so.
   */
  compressWhileWritten(count: number, padding: number): WrittenFile {
    this.finish();
    this.#trimRoom();
    this.#shift();
    renameSync(this.#path(), this.#path(1));
    writeFileSync(`${this.#path(1)}.gz`, gzipSync(readFileSync(this.#path(1))));
    unlinkSync(this.#path(1));
    const { live } = this;
    this.rotated.unshift({ file: { ids: live.ids, seen: false }, compressed: true });
    const late: number[] = [];
    for (let index = 0; index < count; index += 1) {
      const id = this.#nextId++;
      writeSync(this.#descriptor, lineOf(id, padding));
      late.push(id);
    }
    this.#reopen();
    return { ids: late, seen: live.seen };
  }

  /** Deletes the oldest rotated file. */
  dropOldest(): WrittenFile | null {
    const entry = this.rotated.at(-1);
    if (entry === undefined || this.#unfinished?.file === entry.file) return null;
    unlinkSync(this.#path(this.rotated.length) + (entry.compressed ? '.gz' : ''));
    this.rotated.pop();
    return entry.file;
  }

  close(): void {
    this.finish();
    closeSync(this.#descriptor);
  }

  #path(number?: number): string {
    return join(this.root, number === undefined ? 'metrics.jsonl' : `metrics.jsonl.${number}`);
  }

  #shift(): void {
    for (let number = this.rotated.length; number > 0; number -= 1) {
      for (const ending of ['', '.gz']) {
        const path = this.#path(number) + ending;
        if (existsSync(path)) renameSync(path, this.#path(number + 1) + ending);
      }
    }
  }

  #reopen(): void {
    this.#saved = null;
    if (this.#unfinished?.descriptor !== this.#descriptor) closeSync(this.#descriptor);
    this.#descriptor = openSync(this.#path(), 'a');
    this.live = { ids: [], seen: false };
  }
}

function lineOf(id: number, padding: number): string {
  return `{"id":${id},"name":"${'x'.repeat(padding)}${id}"}\n`;
}
