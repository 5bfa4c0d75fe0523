import { credentialPlaces } from './credentialText.ts';
import type { FlagProblem } from './flagFacts.ts';

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/** Problems of an address that is asked with these headers. */
export function urlProblems(
  text: string,
  path: readonly (string | number)[],
  sent: readonly { readonly text: string }[],
): readonly FlagProblem[] {
  const problem = (message: string): FlagProblem[] => [{ path, at: 'value', message }];
  const [, scheme, host = ''] = /^(https?):\/\/([^/?#\s]+)[^\s]*$/i.exec(text) ?? [];
  if (scheme === undefined) return problem('an address begins with `https://` and a host, and holds no space');
  if (host.includes('@') || credentialPlaces(text).length > 0)
    return problem('a credential stands in a header, not in the address: addresses are logged on the way');
  if (host.includes('$' + '{')) return problem('the host is fixed: placeholders stand behind it');
  if (!/^(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/.test(host)) return problem(`\`${host}\` is no host`);
  const holdsCredential = sent.some((header) => credentialPlaces(header.text).length > 0);
  if (scheme.toLowerCase() === 'http' && holdsCredential && !loopback.test(host))
    return problem('plain `http:` would show the credential to the network: write `https:`');
  return [];
}
