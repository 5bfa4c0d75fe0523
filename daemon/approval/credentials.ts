import { lstatSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type CredentialPlace, credentialParts, placeText } from '../protocol/domain/credentialText.ts';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { redactSecrets } from '../protocol/secrets/secrets.ts';
import type { HandedCredentials } from './handedCredentials.ts';
import { secretForms } from './secretForms.ts';

const mostBytes = 64 * 1024;

/** Where the credentials of a plan are looked for, in this order: its own place, then what an editor has handed over. */
export interface CredentialGround {
  /** Of the daemon. */
  readonly environment: NodeJS.ProcessEnv;
  /** Left out where no editor hands anything over: on the command line. */
  readonly handed?: HandedCredentials | undefined;
}

/** The source of a credential. */
export type CredentialSource = 'environment' | 'file' | 'editor';

/** A text of the plan with its credentials in place. Only the request that needs it may hold it. */
export interface WithCredentials {
  readonly text: string;
  /** Each credential in it, in every form: none of these may come back in a text for people. */
  readonly known: readonly string[];
}

/** @throws UserError `no-credential` that names the place, never the value. */
export function withCredentials(text: string, ground: CredentialGround): WithCredentials {
  const known: string[] = [];
  const filled = credentialParts(text).map((part) => {
    if (part.kind === 'words') return part.text;
    const value = credentialAt(part.place, ground);
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

/**
 * Where a credential comes from now; `null`: from nowhere.
 * @throws UserError `no-credential` for one that is there and cannot be used
 */
export function credentialSource(place: CredentialPlace, ground: CredentialGround): CredentialSource | null {
  if (ownValue(place, ground.environment) !== '') return place.from;
  return (ground.handed?.valueAt(placeText(place)) ?? '') === '' ? null : 'editor';
}

/** The value of a variable that a command gets: the daemon's own, else what an editor has handed over. */
export function variableOf(name: string, { environment, handed }: CredentialGround): string | undefined {
  const own = environment[name];
  if (own !== undefined && own.trim() !== '') return own;
  return handed?.valueAt(placeText({ from: 'environment', name })) ?? own;
}

function credentialAt(place: CredentialPlace, { environment, handed }: CredentialGround): string {
  const value = ownValue(place, environment) || (handed?.valueAt(placeText(place)) ?? '');
  if (value === '') throw new UserError('no-credential', missingText(place));
  // A line break would begin another header.
  if (!/^[\x20-\x7e]+$/.test(value)) {
    const said = place.from === 'environment' ? `the variable ${place.name}` : place.path;
    throw new UserError('no-credential', `${said} holds more than one line of plain characters: no credential`);
  }
  return value;
}

/** One line with the three ways to give it. */
export function missingText(place: CredentialPlace): string {
  const inEditor = 'store it in the editor with \u201cRampwatch: Store a Credential\u2026\u201d';
  return place.from === 'environment'
    ? `the credential ${place.name} is missing: set that variable where the daemon is started, or write it into a file with mode 0600 and name that in the plan (\`$\{file:/path}\`), or ${inEditor}`
    : `the credential of ${place.path} is missing: write it into that file with mode 0600, or name a variable of the daemon's environment in the plan (\`$\{env:NAME}\`), or ${inEditor}`;
}

/** The value at the place itself; empty when there is none. */
function ownValue(place: CredentialPlace, environment: NodeJS.ProcessEnv): string {
  return place.from === 'environment' ? (environment[place.name]?.trim() ?? '') : contentOf(place.path);
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
    if (errorCode(error) === 'ENOENT') return '';
    throw new UserError('no-credential', `${named} cannot be read (${errorCode(error)}): write the credential into it`);
  }
}
