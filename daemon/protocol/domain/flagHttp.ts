import * as z from 'zod';
import { credentialPlaces } from './credentialText.ts';
import { type FlagFacts, type FlagSetting, flagCommon, readPlaces } from './flagFacts.ts';
import { type HeaderText, headerName, literalCredentials } from './headerTexts.ts';
import { length } from './planTexts.ts';
import { urlProblems } from './urlProblems.ts';

const headers = z.record(headerName, z.string());

/** A flag behind an HTTP interface. */
export const httpFlag = z.strictObject({
  http: z.strictObject({
    /** Of both requests. */
    headers: headers.optional(),
    set: z.strictObject({
      method: z.enum(['PUT', 'PATCH', 'POST', 'DELETE']),
      url: z.string().min(1),
      headers: headers.optional(),
      /** A text as it is, or a value that is sent as JSON. */
      body: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())]).optional(),
      /** The request may be repeated; by default as its method says. */
      repeatable: z.boolean().optional(),
    }),
    get: z.strictObject({ url: z.string().min(1), headers: headers.optional(), read: readPlaces }),
    /** Statuses of success. */
    expect: z.array(z.int().min(200).max(299)).min(1).optional(),
    timeout: length.optional(),
    /** How often it is read back while nothing changes. */
    every: length.optional(),
  }),
  ...flagCommon,
});
export type HttpFlag = z.output<typeof httpFlag>;

const enabled = '$' + '{enabled}';
const percent = '$' + '{percent}';
const credential = '$' + '{env:FLAGS_TOKEN}';
const url = 'https://flags.example.com/api/flags/new-upload';

export const httpFlagFacts: FlagFacts<HttpFlag> = {
  schema: httpFlag,
  keys: {
    http: {
      description:
        'A flag behind an HTTP interface. Nothing is sent before a person approved it on this machine (`rampwatch approve`).',
      examples: [
        {
          headers: { Authorization: credential },
          set: { method: 'PUT', url, body: { enabled, percent } },
          get: { url, read: { '/enabled': enabled, '/percent': percent } },
        },
      ],
    },
    'http.headers': {
      description: `Headers of both requests. A credential is named and never written: \`${credential}\` of the daemon's environment, or \`$\{file:/path}\` of a file with mode 0600; what neither has may be stored in the editor.`,
      examples: [{ Authorization: credential }],
    },
    'http.headers.*': { description: "The header's value, with places of credentials.", examples: [credential] },
    'http.set': {
      description: 'The request that sets the flag, always to absolute values.',
      examples: [{ method: 'PUT', url, body: { enabled, percent } }],
    },
    'http.set.method': { description: 'The method of the request.', examples: ['PUT'] },
    'http.set.url': {
      description: `An \`https:\` address; plain \`http:\` to this machine only, or without credentials. Behind the host it may hold \`${percent}\`.`,
      examples: [url],
    },
    'http.set.headers': { description: 'Headers of this request alone.', examples: [{ 'If-Match': '*' }] },
    'http.set.headers.*': { description: "The header's value.", examples: ['*'] },
    'http.set.body': {
      description:
        'A text, or a value that is sent as JSON. A text in it that is one placeholder alone becomes a number or a boolean.',
      examples: [{ enabled, percent }],
    },
    'http.set.body.*': { description: 'A part of the JSON that is sent.', examples: [percent] },
    'http.set.repeatable': {
      description:
        'True for a POST or PATCH that may be sent twice. PUT and DELETE may by default; the others are sent again only after a reading showed that they have not arrived.',
      examples: [true],
    },
    'http.get': {
      description: 'The request that reads the flag back.',
      examples: [{ url, read: { '/percent': percent } }],
    },
    'http.get.url': { description: 'The address that is read; the same rules as for `set`.', examples: [url] },
    'http.get.headers': { description: 'Headers of this request alone.', examples: [{ Accept: 'application/json' }] },
    'http.get.headers.*': { description: "The header's value.", examples: ['application/json'] },
    'http.get.read': {
      description:
        'Place in the answer → its value: a JSON pointer (`/a/b`), or a pattern in RE2 syntax with one group. What it says must be what was set.',
      examples: [{ '/percent': percent }],
    },
    'http.get.read.*': {
      description: `\`${enabled}\`, \`$\{enabled:ON|OFF}\`, \`${percent}\`, \`$\{rest}\`; \`$\{percent*1000}\` for weights, \`$\{percent/100}\` for a share of one.`,
      examples: [percent, enabled],
    },
    'http.expect': { description: 'The statuses of success; any from 200 to 299 by default.', examples: [[200, 204]] },
    'http.expect.*': { description: 'A status.', examples: [200] },
    'http.timeout': {
      description: 'The longest wait for an answer. 10 s when nothing is said.',
      examples: ['10s'],
    },
    'http.every': {
      description: 'How often the flag is read while nothing changes. 15 s when nothing is said.',
      examples: ['15s'],
    },
  },
  readsAnswers: true,
  name: ({ http: { set } }) => `${set.method} ${withoutQuery(set.url)}`,
  files: () => [],
  settings: ({ http: { get } }) =>
    Object.entries(get.read).map(([name, template]) => ({ name, template, path: ['http', 'get', 'read', name] })),
  sent: ({ http: { set, get } }) => [
    { name: 'url', template: set.url, path: ['http', 'set', 'url'] },
    { name: 'url', template: get.url, path: ['http', 'get', 'url'] },
    ...textsIn(set.body, ['http', 'set', 'body']),
  ],
  credentials: ({ http }) => headersOf(http).map(({ text }) => text),
  problems: ({ http }) => [
    ...urlProblems(http.set.url, ['http', 'set', 'url'], headersOf(http)),
    ...urlProblems(http.get.url, ['http', 'get', 'url'], headersOf(http)),
    ...literalCredentials(headersOf(http)),
    ...textsIn(http.set.body, ['http', 'set', 'body']).flatMap(({ template, path }) =>
      credentialPlaces(template).length === 0
        ? []
        : [{ path, at: 'value' as const, message: 'a credential stands in a header, not in the body' }],
    ),
  ],
};

function withoutQuery(text: string): string {
  return text.replace(/[?#].*$/s, '');
}

function headersOf({ headers: common = {}, set, get }: HttpFlag['http']): readonly HeaderText[] {
  const below = (given: Readonly<Record<string, string>>, path: readonly string[]): HeaderText[] =>
    Object.entries(given).map(([name, text]) => ({ name, text, path: [...path, name] }));
  return [
    ...below(common, ['http', 'headers']),
    ...below(set.headers ?? {}, ['http', 'set', 'headers']),
    ...below(get.headers ?? {}, ['http', 'get', 'headers']),
  ];
}

/** Every text within a value that is sent as JSON, each with its place. */
function textsIn(value: unknown, path: readonly (string | number)[]): readonly FlagSetting[] {
  if (typeof value === 'string') return [{ name: String(path.at(-1)), template: value, path }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]));
}
