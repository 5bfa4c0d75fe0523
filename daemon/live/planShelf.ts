import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as z from 'zod';
import { findPlans, parsePlan, planBytes, planOfBytes } from '../plan/load.ts';
import { PlanError } from '../plan/problem.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { Store } from '../store/store.ts';
import { keepPlans } from './keptPlans.ts';
import { stretches } from './workInStretches.ts';

/** The present content of a plan file. */
export type PlanReading =
  | { readonly kind: 'plan'; readonly file: string; readonly loaded: LoadedPlan }
  | { readonly kind: 'unusable' | 'gone'; readonly file: string; readonly message: string };

/** The name beside the rollouts in the store; no rollout's id has a colon. */
const memoryKey = 'plans:good';
const memorySchema = z.record(z.string(), z.string());

/**
 * The plan files of a workspace, and the last good text of each: a running rollout continues with it while its file is
 * broken or gone, after a restart too.
 */
export class PlanShelf {
  readonly #root: string;
  readonly #more: readonly string[];
  readonly #directory: string;
  readonly #store: Store;
  /** Texts by file name: all plans lie in the workspace's folder itself. */
  readonly #good: Map<string, string>;
  readonly #readings = new Map<string, { readonly hash: string; readonly reading: PlanReading }>();
  #parsedFor = 0;

  constructor(root: string, more: readonly string[], directory: string, store: Store) {
    this.#root = root;
    this.#more = more;
    this.#directory = directory;
    this.#store = store;
    const { memory } = store.load(memoryKey);
    this.#good = new Map(memory === null ? [] : Object.entries(memorySchema.parse(JSON.parse(memory))));
    keepPlans(directory, this.#good);
  }

  /** Writes the texts beside the store again, after the state directory was removed. */
  keepAgain(): void {
    keepPlans(this.#directory, this.#good);
  }

  /** Milliseconds for which the newest reading has parsed plans. */
  get parsedFor(): number {
    return this.#parsedFor;
  }

  /** Known files first: a newcomer with the same id does not take a rollout from them. */
  async read(): Promise<readonly PlanReading[]> {
    const known = [...this.#good.keys()].map((name) => join(this.#root, name));
    const readings: PlanReading[] = [];
    const pause = stretches();
    this.#parsedFor = 0;
    for (const file of new Set([...known, ...findPlans(this.#root), ...this.#more])) {
      readings.push(this.#readOne(file));
      await pause();
    }
    return readings;
  }

  /** A file that holds what it held before is not parsed again: a plan may be made to take long. */
  #readOne(file: string): PlanReading {
    let hash = '';
    const reading = readingOf(file, () => {
      const bytes = planBytes(file);
      hash = createHash('sha256').update(bytes).digest('hex');
      const before = this.#readings.get(file);
      if (before?.hash === hash) return before.reading;
      const began = performance.now();
      const parsed = readingOf(file, () => ({ kind: 'plan', file, loaded: planOfBytes(bytes, file) }));
      this.#parsedFor += performance.now() - began;
      return parsed;
    });
    this.#readings.set(file, { hash, reading });
    return reading;
  }

  lastGood(file: string): LoadedPlan | null {
    const text = this.#good.get(basename(file));
    if (text === undefined) return null;
    const parsed = parsePlan(text, file);
    return parsed.kind === 'plan' ? parsed.loaded : null;
  }

  /** The last good plan of any file, under its old name too. */
  lastGoodOf(id: string): LoadedPlan | null {
    for (const name of this.#good.keys()) {
      const good = this.lastGood(join(this.#root, name));
      if (good?.plan.id === id) return good;
    }
    return null;
  }

  /** @throws UserError when it cannot be stored. */
  remember({ file, hash }: LoadedPlan): void {
    const bytes = readFileSync(file);
    // The file was edited since; its new text is remembered when it is adopted.
    if (createHash('sha256').update(bytes).digest('hex') !== hash) return;
    const text = bytes.toString('utf8');
    if (this.#good.get(basename(file)) === text) return;
    this.#keep(new Map(this.#good).set(basename(file), text));
  }

  /** @throws UserError when it cannot be stored. */
  forget(file: string): void {
    const left = new Map(this.#good);
    if (left.delete(basename(file))) this.#keep(left);
  }

  #keep(good: ReadonlyMap<string, string>): void {
    const memory = JSON.stringify(Object.fromEntries(good));
    this.#store.commit({ rollout: memoryKey, memory, durable: true });
    this.#good.clear();
    for (const [name, text] of good) this.#good.set(name, text);
    keepPlans(this.#directory, this.#good);
  }
}

function readingOf(file: string, read: () => PlanReading): PlanReading {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    const name = basename(file);
    if (error.code === 'plan-not-found') return { kind: 'gone', file, message: `${name} is gone` };
    const [first] = error.problems;
    if (first === undefined) return { kind: 'unusable', file, message: error.message.replace(file, name) };
    const more = error.problems.length > 1 ? ` (and ${error.problems.length - 1} more: \`rampwatch lint\`)` : '';
    return { kind: 'unusable', file, message: `${name}:${first.line}:${first.column}: ${first.message}${more}` };
  }
}
