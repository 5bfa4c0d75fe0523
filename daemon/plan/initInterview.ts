import { UserError } from '../protocol/domain/userError.ts';
import { grouped } from '../protocol/words/figureText.ts';
import type { FieldValue } from './initProfile.ts';

/** A question that the sample cannot answer. Without an answer the default is taken. */
export interface InitQuestion {
  /** Its answer's key. */
  readonly id: string;
  readonly text: string;
  readonly default: string;
  /** The possible answers; any answer when there are none. */
  readonly options?: readonly string[];
  /** The default is a guess: the file does not tell. */
  readonly unclear: boolean;
}

/** The answer of who decides it later: the plan has the proposal as a comment. */
export const laterAnswer = 'later';

export interface InitFinding {
  readonly kind: 'found' | 'assumed' | 'unclear';
  readonly message: string;
  /** The part of the plan that rests on it: `arms`, `measures.success_rate`; empty when it is about the whole file. */
  readonly path: string;
}

export type InitAnswers = Readonly<Record<string, string>>;

/** Notes a finding. */
export type Say = (kind: InitFinding['kind'], message: string, path?: string) => void;

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

  ask(
    id: string,
    text: string,
    usual: string,
    { options, unclear = false }: Partial<Pick<InitQuestion, 'options' | 'unclear'>> = {},
  ): string {
    this.questions.push({ id, text, default: usual, unclear, ...(options !== undefined && { options }) });
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

/** Values in a message, each with its count: `"canary" (312)`. */
export function countedText(values: readonly FieldValue[], counts: ReadonlyMap<FieldValue, number>): string {
  if (values.length === 0) return 'none';
  return values.map((value) => `${JSON.stringify(value)} (${grouped(counts.get(value) ?? 0)})`).join(', ');
}

/** Values in a message. */
export function valuesText(values: readonly FieldValue[]): string {
  return values.length === 0 ? 'none' : values.map((value) => JSON.stringify(value)).join(', ');
}
