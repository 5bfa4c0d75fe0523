import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A log of records with ids of their own, written at a steady rate and rotated by renaming. */
export class SteadyLog {
  readonly name: string;
  /** Ids written so far: 1 to this. */
  written = 0;
  readonly #folder: string;
  readonly #perSecond: number;
  readonly #began = performance.now();
  #descriptor: number;
  /** Rotated generations that are there still, oldest first, with the last id of each. */
  readonly #generations: { readonly name: string; readonly lastId: number }[] = [];
  #rotated = 0;

  constructor(folder: string, name: string, perSecond: number) {
    this.#folder = folder;
    this.name = name;
    this.#perSecond = perSecond;
    this.#descriptor = openSync(join(folder, name), 'a');
  }

  /** What is due by now; a writer that was late catches up by one second at most, as an application under load. */
  write(): void {
    const due = Math.floor(((performance.now() - this.#began) / 1000) * this.#perSecond) - this.written;
    const stamp = new Date().toISOString();
    let text = '';
    for (let left = Math.min(due, this.#perSecond); left > 0; left -= 1) {
      this.written += 1;
      const mode = this.written % 2 === 0 ? 'new' : 'old';
      text += `{"timestamp":"${stamp}","id":${this.written},"mode":"${mode}","ok":${this.written % 200 !== 0},"ms":${this.written % 90}}\n`;
    }
    if (text !== '') writeSync(this.#descriptor, text);
  }

  /** The log is renamed; a generation goes once all of its records are counted. */
  rotate(counted: number): void {
    this.#rotated += 1;
    const name = `${this.name}.${String(1_000_000 + this.#rotated)}`;
    closeSync(this.#descriptor);
    renameSync(join(this.#folder, this.name), join(this.#folder, name));
    this.#descriptor = openSync(join(this.#folder, this.name), 'a');
    this.#generations.push({ name, lastId: this.written });
    while (this.#generations.length > 2 && (this.#generations[0]?.lastId ?? 0) <= counted) {
      const oldest = this.#generations.shift();
      if (oldest !== undefined) rmSync(join(this.#folder, oldest.name));
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
