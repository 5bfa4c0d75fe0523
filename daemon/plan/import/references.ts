import { asksForGood } from './claim.ts';
import type { GateClaim } from './criterion.ts';
import { quoted } from './findings.ts';
import type { Guides } from './guides.ts';
import { type Ladder, percentCell } from './ladder.ts';
import type { Passage } from './passages.ts';
import type { Scope } from './scopes.ts';
import { plain } from './text.ts';

/** `same as C`, `as above, but …`, `ditto`: a gate that is another stage's. */
const referring =
  /^(?:[^:]{1,40}:\s*)?(?:(?:the\s+)?(?:same|identical)(?:\s+(?:criteria|gates?|conditions?|thresholds?|requirements?|checks?))?(?:\s+(?:as|to|like)(?:\s+(?:for|in|at))?)?|as(?:\s+(?:for|in|at))?|like|ditto|see|["″〃]+)(?:\s+(?:the\s+)?(above|before|previous(?:ly)?|prior|last|preceding|(?:stage|step|phase|wave|ring)\s+[\w-]+|\d+(?:\.\d+)?\s*%|[\p{L}][\p{L}\d-]*))?/iu;
/** Whether a text refers to another stage's gate. */
export function isReference(text: string): boolean {
  const match = text.length > 200 ? null : referring.exec(plain(text));
  return match !== null && (match[1] !== undefined || whole.test(plain(text)));
}

const previous = /^(?:above|before|previous(?:ly)?|prior|last|preceding)$/i;
const whole = /^(?:the )?same$|^ditto\.?$|^["″〃]+$/i;

/** Copies the gates that passages refer to; what the passage itself asks of a measure stands instead. */
export class GateReferences {
  readonly #guides: Guides;
  readonly #ladder: Ladder;
  readonly #copied = new Set<GateClaim>();

  constructor(guides: Guides, ladder: Ladder) {
    this.#guides = guides;
    this.#ladder = ladder;
  }

  /** Adds the copies to the gates read so far, in the order of the guide. */
  follow(passage: Passage, scope: Scope, gates: GateClaim[]): void {
    if (scope.kind !== 'stage' || scope.percent === 0 || passage.kind === 'heading') return;
    const texts =
      passage.kind === 'row'
        ? passage.cells.slice(1).flatMap((cell) => (soakHeader.test(cell.header) ? [] : [cell.text]))
        : [passage.text];
    for (const text of texts) {
      const words = plain(text);
      const match = referring.exec(words);
      if (match === null || words.length > 200) continue;
      const name = match[1];
      if (name === undefined && !whole.test(words)) continue;
      const target = this.#target(passage, scope.percent, name);
      if (target === undefined && !previousOrStage.test(words)) continue;
      const from = this.settled(gates).filter(
        (each) => each.scope.kind === 'stage' && each.scope.percent === target && target !== scope.percent,
      );
      const changed =
        /\b(?:but|except|however|other than|apart from|without|instead)\b/i.test(words) &&
        !gates.some((each) => each.passage === passage);
      if (changed) {
        this.#guides.findings.add(
          'not-understood',
          passage,
          `${quoted(passage.text)} changes criteria in a way that was not understood: none of them is taken over`,
        );
        continue;
      }
      if (from.length === 0) {
        this.#guides.findings.add(
          'not-understood',
          passage,
          `${quoted(passage.text)} refers to criteria that were not found`,
        );
        continue;
      }
      for (const each of from) {
        const copy: GateClaim = { claim: each.claim, scope, passage };
        this.#copied.add(copy);
        gates.push(copy);
      }
      this.#guides.use(passage);
    }
  }

  /** Without the copies that the stage's own words replace. */
  settled(gates: readonly GateClaim[]): readonly GateClaim[] {
    return gates.filter((each) => !this.#copied.has(each) || !gates.some((own) => this.#replaces(own, each)));
  }

  #replaces(own: GateClaim, copy: GateClaim): boolean {
    return (
      !this.#copied.has(own) &&
      own.scope.kind === 'stage' &&
      copy.scope.kind === 'stage' &&
      own.scope.percent === copy.scope.percent &&
      own.claim.measure.name === copy.claim.measure.name &&
      asksForGood(own.claim) === asksForGood(copy.claim)
    );
  }

  #target(passage: Passage, percent: number, name: string | undefined): number | undefined {
    if (name === undefined || previous.test(name))
      return this.#ladder.stages.map((stage) => stage.percent).findLast((each) => each < percent && each > 0);
    const figure = /^(\d+(?:\.\d+)?)\s*%$/.exec(name);
    if (figure !== null) return Number(figure[1]);
    const known = this.#ladder.names.get(name.toLowerCase());
    if (known !== undefined) return known;
    const row = this.#guides.passages.find(
      (each) =>
        each.kind === 'row' &&
        each.group === passage.group &&
        passage.kind === 'row' &&
        [name.toLowerCase(), name.toLowerCase().replace(/^[a-z]+\s+/, '')].includes(firstWord(each)) &&
        percentCell(each) !== undefined,
    );
    return row === undefined ? undefined : percentCell(row);
  }
}

const soakHeader =
  /\b(?:roll-?back|abort|revert|triggers?|review|entry|soak|duration|hold|bake|dwell|time|^when$|dates?|planned|days?|owner|status)\b/i;
const previousOrStage = /^(?:[^:]{1,40}:\s*)?(?:the\s+)?(?:same|identical|ditto|as (?:stage|step|phase|wave|ring))\b/i;

/** `B` of `B (canary)`. */
function firstWord(row: Passage): string {
  return plain(row.cells[0]?.text ?? '')
    .replace(/\s*\(.*\)\s*$/, '')
    .trim()
    .toLowerCase();
}
