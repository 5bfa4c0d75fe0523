import type { Arm } from '../protocol/domain/plan.ts';

/** The class of a record by the values that its matchers test: everything that does not depend on time and numbers. */
export type RecordClass =
  | { readonly kind: 'stage' }
  | { readonly kind: 'ignored' }
  | {
      readonly kind: 'outcome';
      readonly arm: Arm | null;
      readonly shares: number;
      readonly values: readonly (string | null)[];
    };

/** The number of remembered tuples: a plan has few arms, and its shares are of few fields. */
const classLimit = 8;

interface Known {
  readonly tested: readonly unknown[];
  readonly found: RecordClass;
}

/** Most records repeat one of a few tuples of tested values; the matchers' result for those is then looked up. */
export class RecordClasses {
  readonly #indices: readonly number[];
  readonly #classify: (values: readonly unknown[]) => RecordClass;
  readonly #known: Known[] = [];
  #next = 0;

  /** @param indices of all values that `classify` looks at. */
  constructor(indices: readonly number[], classify: (values: readonly unknown[]) => RecordClass) {
    this.#indices = indices;
    this.#classify = classify;
  }

  of(values: readonly unknown[]): RecordClass {
    for (let index = 0; index < this.#known.length; index += 1) {
      const known = this.#known[index];
      if (known !== undefined && this.#isSame(known.tested, values)) return known.found;
    }
    const found = this.#classify(values);
    // An object differs with each record, and would only push the others out.
    const tested = this.#indices.map((index) => values[index]);
    if (tested.some((value) => typeof value === 'object' && value !== null)) return found;
    this.#known[this.#next] = { tested, found };
    this.#next = (this.#next + 1) % classLimit;
    return found;
  }

  #isSame(tested: readonly unknown[], values: readonly unknown[]): boolean {
    for (let place = 0; place < tested.length; place += 1) {
      if (tested[place] !== values[this.#indices[place] ?? 0]) return false;
    }
    return true;
  }
}
