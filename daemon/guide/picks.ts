import { UserError } from '../protocol/domain/userError.ts';
import type { Place } from './text/findings.ts';
import { type GuideValue, valueText } from './values.ts';

/** Something that the guides differ about: a plan has it once a person has picked. */
export interface Dispute {
  readonly kind: 'stage' | 'trigger' | 'flag';
  readonly options: readonly DisputeOption[];
}

export interface DisputeOption extends Place {
  /** The word by which it is picked: the line that says it, with the value where one line says several. */
  readonly pick: string;
  readonly text: string;
}

/** A person's picks among what is in dispute, each by the line that says it. */
export class Picks {
  readonly #picks: readonly string[];
  readonly #found = new Set<string>();

  constructor(picks: readonly string[]) {
    this.#picks = picks;
  }

  /** @throws {UserError} when picks name several of these values. */
  amongValues<O extends { readonly value: GuideValue; readonly places: readonly Place[] }>(
    options: readonly O[],
  ): O | undefined {
    const picked = options.filter(({ value, places }) => this.#names(places, valueText(value)));
    const [first, second] = picked;
    if (first === undefined || second === undefined) return first;
    const names = picked.map(({ value, places }) => nameOf(places, valueText(value), true));
    throw new UserError(
      'pick-ambiguous',
      `\`--pick\` takes one of what is in dispute, and these are several: ${names.join('; ')}`,
    );
  }

  takesStage(percent: number, from: readonly Place[]): boolean {
    return this.#names(from.slice(0, 1), stageText(percent));
  }

  /** @throws {UserError} when a pick settles nothing. */
  refuseUnknown(open: readonly Dispute[]): void {
    const unknown = this.#picks.find((pick) => !this.#found.has(pick));
    if (unknown === undefined) return;
    const left = open.flatMap(({ options }) => options.map(({ pick }) => pick));
    const choices = left.length === 0 ? 'nothing is in dispute any more' : `in dispute is ${left.join('; ')}`;
    throw new UserError('pick-unknown', `\`--pick ${unknown}\` names nothing that is in dispute: ${choices}`);
  }

  #names(places: readonly Place[], text: string): boolean {
    const matching = this.#picks.filter((pick) =>
      places.some((place) => pick === nameOf([place], text, false) || pick === nameOf([place], text, true)),
    );
    for (const pick of matching) this.#found.add(pick);
    return matching.length > 0;
  }
}

export function stageText(percent: number): string {
  return `stage ${percent} %`;
}

/** The word by which it is picked; `whole`: with the value, where one line says several. */
export function nameOf([place]: readonly Place[], text: string, whole: boolean): string {
  const line = `${place?.file}:${place?.line}`;
  return whole ? `${line} ${text}` : line;
}
