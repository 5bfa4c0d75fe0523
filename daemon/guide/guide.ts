import type { Concept } from './lexicon/concepts.ts';
import { means, type Token, tag } from './tag.ts';
import type { Findings, Place } from './text/findings.ts';
import type { Above, Passage } from './text/passages.ts';
import type { Provenance } from './values.ts';

/** The guides of one import: their passages, each tagged once, and which of them have found their place in the plan. */
export class Guide {
  readonly passages: readonly Passage[];
  readonly findings: Findings;
  readonly #tokens = new Map<string, readonly Token[]>();
  readonly #titles: ReadonlySet<string>;
  readonly #used = new Set<Passage>();
  readonly #told = new Set<Passage>();

  constructor(passages: readonly Passage[], findings: Findings) {
    this.passages = passages;
    this.findings = findings;
    const files = new Map<string, Passage>();
    for (const passage of passages) if (!files.has(passage.file)) files.set(passage.file, passage);
    this.#titles = new Set(
      [...files.values()].filter(({ kind }) => kind === 'heading').map(({ file, line }) => `${file}:${line}`),
    );
  }

  tokens(text: string): readonly Token[] {
    const known = this.#tokens.get(text);
    if (known !== undefined) return known;
    const tokens = text.length > 2000 ? [] : tag(text);
    this.#tokens.set(text, tokens);
    return tokens;
  }

  /** The headings above, innermost first. A file's title names its subject and decides nothing. */
  above(passage: Passage): readonly Above[] {
    return passage.trail.filter(({ line }) => !this.isTitle(passage.file, line)).reverse();
  }

  isTitle(file: string, line: number): boolean {
    return this.#titles.has(`${file}:${line}`);
  }

  /** The nearest text above that means one of these. */
  under(passage: Passage, ...wanted: readonly Concept[]): Above | undefined {
    return this.above(passage).find(({ text }) => this.tokens(text).some((token) => means(token, ...wanted)));
  }

  /** This passage stands in the plan now. One passage may serve several parts of it. */
  use(passage: Passage): void {
    this.#used.add(passage);
  }

  isUsed(passage: Passage): boolean {
    return this.#used.has(passage);
  }

  /** Something that this passage says stands in no part of the plan, and a person is told. */
  leave(passage: Passage, message: string): void {
    this.#told.add(passage);
    this.findings.add('not-understood', passage, message);
  }

  isTold(passage: Passage): boolean {
    return this.#told.has(passage);
  }
}

export function provenance(
  place: Place,
  quote: string,
  context: readonly (Pick<Above, 'line' | 'text'> | undefined)[] = [],
): Provenance {
  const words = context.flatMap((each) => (each === undefined ? [] : [{ line: each.line, words: each.text }]));
  return { file: place.file, line: place.line, quote, context: words };
}

/**
 * A rule of the grammar, over tokens. At least three examples and a counter-example of each stand in `ruleExamples.ts` of
 * the tests, which refuse a rule without.
 */
export interface Rule<Value, Context = Guide> {
  readonly name: string;
  /** The smaller rank counts where two rules read the same words. */
  readonly rank: number;
  read(passage: Passage, context: Context): readonly Value[];
}
