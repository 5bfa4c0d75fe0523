import * as z from 'zod';
import { redactSecrets } from '../secrets/secrets.ts';
import { credentialParts, credentialPlaces } from './credentialText.ts';
import type { FlagProblem } from './flagFacts.ts';
import { headerName, literalCredentials } from './headerTexts.ts';
import type { OutsideUse, PlannedUse } from './outsideUse.ts';
import { urlProblems } from './urlProblems.ts';

/** What a message may be about. */
export const messageEvents = ['begin', 'advance', 'review', 'rollback', 'rollback-failed', 'hold', 'complete'] as const;
export type MessageEvent = (typeof messageEvents)[number];

/** A hold is told only where the plan asks for it. */
const toldByDefault: readonly MessageEvent[] = messageEvents.filter((event) => event !== 'hold');

const on = z
  .array(z.enum(messageEvents))
  .min(1)
  .default([...toldByDefault]);
const url = z.string().min(1);

/** A place to which the news of a rollout go. */
export const messageTarget = z.union([
  z.strictObject({ to: z.literal('slack'), url, on }),
  z.strictObject({ to: z.literal('teams'), url, on }),
  z.strictObject({ to: z.literal('webhook'), url, headers: z.record(headerName, z.string()).optional(), on }),
  z.strictObject({
    to: z.literal('command'),
    /** `${text}` in a word is the sentence; standard input has everything, as JSON. */
    command: z.array(z.string().min(1)).min(1),
    /** Names of variables that it gets beside those of every command. */
    environment: z.array(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'not the name of a variable')).optional(),
    on,
  }),
]);
export type MessageTarget = z.output<typeof messageTarget>;

/** What a target would run or connect to; the approval covers everything that the plan says of it. */
export function useOfMessage(target: MessageTarget, index: number): PlannedUse {
  return { place: `messages[${index}]`, needs: outsideUse(target), section: { message: target } };
}

function outsideUse(target: MessageTarget): OutsideUse {
  const told = `sends a message on ${target.on.join(', ')}`;
  if (target.to === 'command') {
    const { command, environment = [] } = target;
    return { kind: 'command', argv: command, environment, runs: told };
  }
  const headers = Object.entries(headersOf(target)).map(([name, text]) => `header ${name}: ${text}`);
  return { kind: 'connection', url: target.url, about: [`${told}, for ${target.to}`, ...headers] };
}

/** Texts with the places of credentials. */
export function messageCredentials(target: MessageTarget): readonly string[] {
  return target.to === 'command' ? [] : [target.url, ...Object.values(headersOf(target))];
}

export function headersOf(target: MessageTarget): Readonly<Record<string, string>> {
  return target.to === 'webhook' ? (target.headers ?? {}) : {};
}

/** The problems of a target. The address of a webhook is its key, so a plan names where it lies. */
export function messageProblems(target: MessageTarget): readonly FlagProblem[] {
  if (target.to === 'command') return [];
  const headers = Object.entries(headersOf(target)).map(([name, text]) => ({ name, text, path: ['headers', name] }));
  const parts = credentialParts(target.url);
  const isNamed = parts.length === 1 && parts[0]?.kind === 'credential';
  const address: readonly FlagProblem[] = isNamed
    ? []
    : target.to !== 'webhook' || credentialPlaces(target.url).length > 0
      ? [{ path: ['url'], at: 'value', message: nameIt }]
      : addressProblems(target.url, headers);
  return [...address, ...literalCredentials(headers)];
}

const nameIt =
  'who knows this address can write there, so a plan does not hold it: name all of it, `$' +
  '{env:NAME}` or `$' +
  '{file:/path}`';

/** An address without a key in it may be written: a path of short plain words, and no query. */
function addressProblems(text: string, headers: readonly { readonly text: string }[]): readonly FlagProblem[] {
  const found = urlProblems(text, ['url'], headers);
  if (found.length > 0) return found;
  const [, path = '', rest = ''] = /^https?:\/\/[^/?#]+([^?#]*)(.*)$/i.exec(text) ?? [];
  const looksLikeKey = (part: string) => part.length > 40 || /\d.*[A-Za-z].*\d/.test(part);
  const holdsKey = rest !== '' || redactSecrets(text).count > 0 || path.split('/').some(looksLikeKey);
  return holdsKey ? [{ path: ['url'], at: 'value', message: nameIt }] : [];
}
