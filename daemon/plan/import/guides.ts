import type { Findings } from './findings.ts';
import type { Passage } from './passages.ts';
import { type Context, contextOf } from './topics.ts';

/** The guides of one import while they are read: what they say, and which of it has found its place in the plan. */
export class Guides {
  readonly passages: readonly Passage[];
  readonly findings: Findings;
  readonly #contexts = new Map<Passage, Context>();
  readonly #used = new Set<Passage>();
  readonly #accounted = new Set<Passage>();

  constructor(passages: readonly Passage[], findings: Findings) {
    this.passages = passages;
    this.findings = findings;
  }

  contextOf(passage: Passage): Context {
    const known = this.#contexts.get(passage);
    if (known !== undefined) return known;
    const context = contextOf(passage);
    this.#contexts.set(passage, context);
    return context;
  }

  /** This passage stands in the plan now. One passage may serve several parts of it. */
  use(passage: Passage): void {
    this.#used.add(passage);
  }

  isUsed(passage: Passage): boolean {
    return this.#used.has(passage);
  }

  /** All of this passage was considered, though not every figure of it stands in the plan. */
  account(passage: Passage): void {
    this.use(passage);
    this.#accounted.add(passage);
  }

  isAccounted(passage: Passage): boolean {
    return this.#accounted.has(passage);
  }
}
