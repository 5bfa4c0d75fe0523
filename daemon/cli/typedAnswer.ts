import { createInterface } from 'node:readline/promises';

/** Asks on the terminal, one question after the other; `null`: the person pressed Ctrl-C or Ctrl-D. */
export async function withTypedAnswers<T>(
  use: (ask: (question: string) => Promise<string | null>) => Promise<T>,
): Promise<T> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await use(async (question) => {
      try {
        return (await terminal.question(question)).trim();
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
        process.stderr.write('\n');
        return null;
      }
    });
  } finally {
    terminal.close();
  }
}
