import { UserError } from '../protocol/domain/userError.ts';
import { quoted } from '../protocol/words/modelText.ts';

/** A refusal is an answer that an assistant can act on; a defect says that it is one. No stack trace leaves. */
export function answering<Input, Rest extends readonly unknown[], Answer>(
  answer: (input: Input, ...rest: Rest) => Promise<Answer>,
): (input: Input, ...rest: Rest) => Promise<Answer | Failure> {
  return async (input, ...rest) => {
    try {
      return await answer(input, ...rest);
    } catch (error) {
      if (error instanceof UserError) return failure(`Refused (${error.code}): ${quoted(error.message, 1000)}`);
      return failure('This failed because of a defect of Rampwatch. Tell the person so.');
    }
  };
}

interface Failure {
  readonly [key: string]: unknown;
  readonly isError: true;
  readonly content: { readonly type: 'text'; readonly text: string }[];
}

function failure(text: string): Failure {
  return { isError: true, content: [{ type: 'text', text }] };
}
