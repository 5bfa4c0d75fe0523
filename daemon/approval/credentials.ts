import { lstatSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type CredentialPlace, credentialParts } from '../protocol/domain/credentialText.ts';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { redactSecrets } from '../protocol/secrets/secrets.ts';
import { secretForms } from './secretForms.ts';

const mostBytes = 64 * 1024;

/** A text of the plan with its credentials in place. Only the request that needs it may hold it. */
export interface WithCredentials {
  readonly text: string;
  /** Each credential in it, in every form: none of these may come back in a text for people. */
  readonly known: readonly string[];
}

/** @throws UserError `no-credential` that names the place, never the value. */
export function withCredentials(text: string, environment: NodeJS.ProcessEnv): WithCredentials {
  const known: string[] = [];
  const filled = credentialParts(text).map((part) => {
    if (part.kind === 'words') return part.text;
    const value = credentialAt(part.place, environment);
    known.push(...secretForms(value));
    return value;
  });
  return { text: filled.join(''), known };
}

/** The text without any of the credentials, for people. */
export function withoutCredentials(text: string, known: readonly string[]): string {
  const longestFirst = [...new Set(known)].sort((one, other) => other.length - one.length);
  return redactSecrets(text, { known: longestFirst }).text;
}

function credentialAt(place: CredentialPlace, environment: NodeJS.ProcessEnv): string {
  const { value, said } =
    place.from === 'environment'
      ? { value: environment[place.name]?.trim() ?? '', said: `the variable ${place.name}` }
      : { value: contentOf(place.path), said: place.path };
  if (value === '') {
    throw new UserError(
      'no-credential',
      place.from === 'environment'
        ? `${said} of the daemon's environment is not set: set it where the daemon is started`
        : `${said} is empty: write the credential into it`,
    );
  }
  // A line break would begin another header.
  if (!/^[\x20-\x7e]+$/.test(value)) {
    throw new UserError('no-credential', `${said} holds more than one line of plain characters: no credential`);
  }
  return value;
}

function contentOf(named: string): string {
  const file = named.startsWith('~/') ? join(homedir(), named.slice(2)) : named;
  if (!isAbsolute(file)) throw new UserError('no-credential', `${named} is not absolute: write the whole path`);
  try {
    const status = lstatSync(file);
    if (!status.isFile() || status.size > mostBytes)
      throw new UserError('no-credential', `${named} is not a small regular file: name the file of the credential`);
    const isOurs = process.getuid === undefined || (status.uid === process.getuid() && (status.mode & 0o077) === 0);
    if (!isOurs)
      throw new UserError('no-credential', `others may read ${named}: make it yours alone with \`chmod 600 ${named}\``);
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError('no-credential', `${named} cannot be read (${errorCode(error)}): write the credential into it`);
  }
}
