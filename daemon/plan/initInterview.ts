import { UserError } from '../protocol/domain/userError.ts';
import type { FieldValue } from './initProfile.ts';

/** A question that the sample cannot answer. Without an answer the default is taken. */
export interface InitQuestion {
  /** Its answer's key. */
  readonly id: string;
  readonly text: string;
  readonly default: string;
  /** The possible answers; any answer when there are none. */
  readonly options?: readonly string[];
}

export interface InitFinding {
  readonly kind: 'found' | 'assumed' | 'unclear';
  readonly message: string;
}

export type InitAnswers = Readonly<Record<string, string>>;

/** Notes a finding. */
export type Say = (kind: InitFinding['kind'], message: string) => void;

/** Collects questions, and takes the given answers. */
export class Interview {
  readonly questions: InitQuestion[] = [];
  readonly #answers: InitAnswers;

  constructor(answers: InitAnswers) {
    this.#answers = answers;
  }

  /** The answer that was given before it is asked for. */
  given(id: string): string | undefined {
    const answer = Object.hasOwn(this.#answers, id) ? this.#answers[id]?.trim() : undefined;
    return answer === '' ? undefined : answer;
  }

  ask(id: string, text: string, usual: string, options?: readonly string[]): string {
    this.questions.push({ id, text, default: usual, ...(options !== undefined && { options }) });
    const given = this.given(id);
    if (given === undefined) return usual;
    if (options !== undefined && !options.includes(given)) {
      throw new UserError('answer-unknown', `${id}: “${given}” is none of ${options.join(', ')}`);
    }
    return given;
  }
}

/** Names in a message. */
export function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** Values in a message. */
export function valuesText(values: readonly FieldValue[]): string {
  return values.length === 0 ? 'none' : values.map((value) => JSON.stringify(value)).join(', ');
}
