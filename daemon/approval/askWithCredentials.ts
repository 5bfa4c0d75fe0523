import { UserError } from '../protocol/domain/userError.ts';
import { withCredentials, withoutCredentials } from './credentials.ts';
import { exchange, type HttpAnswer, type HttpRequest } from './httpExchange.ts';

/**
 * Sends a request whose headers hold places of credentials (`credentialText.ts`), and reads the answer. No text that
 * comes back holds a credential, not even one that the other side repeats. Never throws: a credential that is not there
 * is a failure in which nothing was sent.
 */
export async function askWithCredentials(
  { headers, ...request }: HttpRequest,
  environment: NodeJS.ProcessEnv,
): Promise<HttpAnswer> {
  const known: string[] = [];
  const filled: Record<string, string> = {};
  try {
    for (const [name, text] of Object.entries(headers)) {
      const value = withCredentials(text, environment);
      known.push(...value.known);
      filled[name.toLowerCase()] = value.text;
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { kind: 'failed', mayHaveArrived: false, detail: error.message };
  }
  const answer = await exchange({ ...request, headers: filled });
  if (answer.kind === 'failed') return { ...answer, detail: withoutCredentials(answer.detail, known) };
  const repeatsOne = known.some((each) => answer.body.includes(each));
  return repeatsOne ? { ...answer, body: withoutCredentials(answer.body, known) } : answer;
}
