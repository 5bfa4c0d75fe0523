import { plainText } from '../../protocol/words/plainText.ts';

/** A status that is no success, with what the other side said of it, in a line. */
export function refusedText(host: string, method: string, status: number, body: string): string {
  const said = plainText(messageIn(body).trim(), 200);
  return `${host} answers ${method} with ${status}${meaningOf(status)}${said === '' ? '' : `: ${said}`}`;
}

/** The other side may have carried out a request that it answers so: a gateway's error says nothing of what is behind. */
export function mayHaveArrived(status: number): boolean {
  return status >= 500 || status < 300;
}

function meaningOf(status: number): string {
  switch (status) {
    case 401:
      return ' (the credential is not accepted)';
    case 403:
      return ' (not permitted)';
    case 404:
      return ' (no such flag there)';
    case 409:
    case 412:
      return ' (somebody else has just changed it)';
    case 429:
      return ' (too many requests)';
    default:
      return '';
  }
}

/** The message of an answer in JSON, or its text as it is. */
function messageIn(body: string): string {
  try {
    const { message } = JSON.parse(body) as { readonly message?: unknown };
    return typeof message === 'string' ? message : body;
  } catch {
    return body;
  }
}
