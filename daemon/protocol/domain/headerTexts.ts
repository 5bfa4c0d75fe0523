import * as z from 'zod';
import { credentialPlaces } from './credentialText.ts';
import type { FlagProblem } from './flagFacts.ts';

export const headerName = z.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/, 'not the name of a header');

/** A header of a plan, with its place there. */
export interface HeaderText {
  readonly name: string;
  readonly text: string;
  readonly path: readonly string[];
}

const credentialHeader = /^(?:authorization|proxy-authorization|cookie|.*(?:token|api-?key|secret|password).*)$/i;

/** The headers that hold a credential themselves, and those of several lines. */
export function literalCredentials(sent: readonly HeaderText[]): readonly FlagProblem[] {
  return sent.flatMap(({ name, text, path }) => {
    if (/[\r\n\0]/.test(text)) return [{ path, at: 'value' as const, message: 'a header is one line' }];
    if (!credentialHeader.test(name) || credentialPlaces(text).length > 0) return [];
    const message = `a plan holds no credential: write \`$\{env:NAME}\` for \`${name}\`, or \`$\{file:/path}\``;
    return [{ path, at: 'value' as const, message }];
  });
}
