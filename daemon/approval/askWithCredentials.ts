import { credentialPlaces, placeText } from '../protocol/domain/credentialText.ts';
import { urlProblems } from '../protocol/domain/urlProblems.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { type CredentialGround, withCredentials, withoutCredentials } from './credentials.ts';
import type { CredentialWant } from './handedCredentials.ts';
import { exchange, type HttpAnswer, type HttpRequest } from './httpExchange.ts';
import { addressSecrets } from './secretForms.ts';

/** The ground of a rollout, whose wants are noted. */
export interface AskingGround extends CredentialGround {
  readonly rollout: string;
}

/**
 * Sends a request whose headers, or whose whole address, hold places of credentials (`credentialText.ts`), and reads the answer. No text that
 * comes back holds a credential, not even one that the other side repeats. Never throws: a credential that is not there
 * is a failure in which nothing was sent.
 */
export async function askWithCredentials(
  { headers, url: address, ...request }: HttpRequest,
  ground: AskingGround,
): Promise<HttpAnswer> {
  const known = [...(ground.handed?.secrets ?? [])];
  const filled: Record<string, string> = {};
  let url = address;
  if (credentialPlaces(address).length > 0) {
    try {
      const value = withCredentials(address, ground);
      url = value.text;
      known.push(...value.known, ...addressSecrets(url));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      noteWant(ground, [address], 'missing');
      return { kind: 'failed', mayHaveArrived: false, detail: error.message };
    }
    if (!isPrivate(url)) {
      const named = credentialPlaces(address).map(placeText).join(', ');
      const detail = `${named} holds no address that begins with \`https://\` and a host`;
      return { kind: 'failed', mayHaveArrived: false, detail };
    }
  }
  for (const [name, text] of Object.entries(headers)) {
    try {
      const value = withCredentials(text, ground);
      known.push(...value.known);
      filled[name.toLowerCase()] = value.text;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      noteWant(ground, [text], 'missing');
      return { kind: 'failed', mayHaveArrived: false, detail: error.message };
    }
  }
  const answer = await exchange({ ...request, url, headers: filled });
  if (answer.kind === 'failed') return { ...answer, detail: withoutCredentials(answer.detail, known) };
  noteWant(
    ground,
    [address, ...Object.values(headers)],
    answer.status === 401 || answer.status === 403 ? 'refused' : null,
  );
  const repeatsOne = known.some((each) => answer.body.includes(each));
  return repeatsOne ? { ...answer, body: withoutCredentials(answer.body, known) } : answer;
}

function noteWant({ rollout, handed }: AskingGround, texts: readonly string[], want: CredentialWant | null): void {
  for (const place of texts.flatMap(credentialPlaces)) handed?.note(rollout, placeText(place), want);
}

/** An address that is a credential is sent to this machine or over TLS alone. */
function isPrivate(url: string): boolean {
  return urlProblems(url, [], [{ text: '$' + '{env:ADDRESS}' }]).length === 0;
}
