import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactLines } from '../../daemon/escalate/redact.ts';
import { formatNamed } from '../../daemon/ingest/formats/kinds.ts';
import { runToEnd } from '../../daemon/protocol/domain/interruptibleSum.ts';
import { redactJson, redactRecord, shownText } from '../../daemon/protocol/secrets/redactRecord.ts';
import { type SecretShape, secretShapes } from '../../daemon/protocol/secrets/secretShapes.ts';
import { redactSecrets } from '../../daemon/protocol/secrets/secrets.ts';
import { quoted } from '../../daemon/protocol/words/modelText.ts';
import { credential, credentialKinds } from '../support/credentials.ts';

/** Random tokens of every maker at random places of a line, on each way that copies the text of a log. */

interface Token {
  readonly kind: string;
  readonly text: string;
  /** The part that opens something. */
  readonly body: string;
}

/** As its maker documents it, whatever shapes are known here. */
const documented: fc.Arbitrary<Token> = fc
  .tuple(fc.constantFrom(...Object.keys(credentialKinds)), fc.nat())
  .map(([kind, seed]) => ({ kind, ...credential(kind, seed) }));

/** The conditions on the text around a match; the line around it provides them. */
const around = /\(\?<?[!=](?:\[[^\]]*\]|\\.|\((?:[^()]|\([^()]*\))*\)|[^()])*\)/g;

/** The strings of a shape, of moderate length; `null` where the text around it is a part of the shape. */
function stringsOf({ marks, pattern, isSecret }: SecretShape): fc.Arbitrary<Token> | null {
  const start = '(?:(?<![A-Za-z0-9])|(?<=\\\\[nrtbf])|(?<=%[0-9A-Fa-f]{2}))';
  const { source } = pattern;
  if (!source.startsWith(start)) return null;
  const body = source
    .slice(start.length)
    .replaceAll(around, '')
    .replaceAll(/\{(\d+),(\d{3,})\}/g, (_, least: string) => `{${least},${Number(least) + 40}}`);
  return fc
    .stringMatching(new RegExp(`^(?:${body})$`))
    .filter((text) => {
      const found = new RegExp(pattern.source).exec(text);
      return found?.[0] === text && isSecret?.(found.groups?.rest ?? text) !== false;
    })
    .map((text) => {
      // The prefix alone opens nothing.
      const prefix = marks.find((mark) => text.startsWith(mark)) ?? '';
      return { kind: source.slice(start.length), text, body: text.slice(prefix.length) };
    });
}

const known = secretShapes.map(stringsOf).filter((strings) => strings !== null);

const word = fc.constantFrom(
  ...['upload', 'refused', 'upstream', 'Retry', 'stage-10', 'the', 'größe', 'eu-central-1', 'HTTP/1.1', 'timeout'],
);
const digits = (unit: string, length: number) =>
  fc.string({ unit: fc.constantFrom(...unit), minLength: length, maxLength: length });
const hex = '0123456789abcdef';
/** What stands in a line and must stay there. */
const ordinary = fc.oneof(
  word,
  fc.uuid(),
  fc.nat().map(String),
  fc.double({ min: 0, max: 1e6, noNaN: true }).map((number) => number.toFixed(3)),
  fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }).map((date) => date.toISOString()),
  fc.array(word, { minLength: 1, maxLength: 5 }).map((parts) => `/srv/app/${parts.join('/')}.ts:12`),
  digits(hex, 40).map((sha) => `commit=${sha}`),
  digits(hex, 40).map((sha) => `at ${sha}`),
  digits(hex, 32).map((id) => `trace_id=${id}`),
  digits(`${hex}GHIJKLMNOPxyz`, 43).map((sum) => `checksum: ${sum}`),
  fc.tuple(word, word).map(([one, two]) => `https://example.org/${one}?q=${two}`),
);
const words = fc.array(ordinary, { maxLength: 5 });

const colour = '\u001b[31m';
const plain = '\u001b[0m';
const places: Readonly<Record<string, (text: string, before: string, after: string) => string>> = {
  bare: (text, before, after) => `${before} ${text} ${after}`,
  'in quotes': (text, before, after) => `${before} "${text}" ${after}`,
  'in single quotes': (text, before, after) => `${before} '${text}', ${after}`,
  'in brackets': (text, before, after) => `${before} (${text}) [${text}] <${text}> ${after}`,
  'under a name': (text, before, after) => `${before} client=${text} ${after}`,
  'under a name in quotes': (text, before, after) => `${before} client="${text}" ${after}`,
  'in a header': (text, before, after) => `${before} X-Client: ${text}\n${after}`,
  'in an address': (text, before, after) => `${before} GET /x?state=1&next=${encodeURIComponent(text)}&n=2 ${after}`,
  'in a message of JSON': (text, before, after) =>
    JSON.stringify({ level: 'error', message: `${before} ${text}`, after }),
  'alone in JSON': (text, before, after) => JSON.stringify({ before, detail: { client: [text] }, after, ms: 12 }),
  'a key of JSON': (text, before, after) => JSON.stringify({ before, seen: { [text]: 1 }, after }),
  'in JSON within JSON': (text, before, after) =>
    JSON.stringify({ before, message: JSON.stringify({ inner: `x ${text}` }), after }),
  'in colours': (text, before, after) => `${before} ${colour}${text}${plain} ${after}`,
  'with a colour inside': (text, before, after) => {
    const middle = Math.ceil(text.length / 2);
    return `${before} ${colour}${text.slice(0, middle)}${plain}${text.slice(middle)} ${after}`;
  },
};
const placed = fc.constantFrom(...Object.keys(places));

const ways: Readonly<Record<string, (line: string) => string>> = {
  'what people wrote': (line) => redactSecrets(line).text,
  'an answer to a model': (line) => redactSecrets(line, { random: true }).text,
  'a text quoted for a model': (line) => quoted(line, 100_000),
  'a quoted line of a report and the journal': (line) => redactRecord(line).text,
  'a value of `journal --json`': (line) =>
    JSON.stringify(redactJson({ text: line }, { known: [], random: false, seen: new Map() }).value),
  'a text on a surface': shownText,
  ...Object.fromEntries(
    (['jsonl', 'text', 'csv'] as const).map((format) => [
      `a bundle's records as ${format}`,
      (line: string) =>
        runToEnd(redactLines(line, formatNamed(format).lines(line.split('\n', 1)[0] ?? '').columns, [])).text,
    ]),
  ),
};

/** The longest recognisable part. */
const longestPart = 12;

/** A part of the body that is in the text, as it is or as an address writes it. */
function partLeft(text: string, body: string): string | null {
  const length = Math.min(longestPart, body.length);
  for (let at = 0; at + length <= body.length; at += 1) {
    const part = body.slice(at, at + length);
    if (text.includes(part) || text.includes(encodeURIComponent(part))) return part;
  }
  return null;
}

function expectNothingLeft({ kind, text, body }: Token, place: string, before: string, after: string): void {
  const line = places[place]?.(text, before, after) ?? '';
  const left = Object.entries(ways).flatMap(([way, copy]) => {
    const shown = copy(line);
    const part = partLeft(shown, body);
    return part === null ? [] : [{ kind, way, line, shown, part }];
  });
  expect(left).toEqual([]);
}

describe('a random token at a random place of a line', () => {
  it('gets out by no way, in the form that its maker documents', () => {
    fc.assert(
      fc.property(documented, placed, words, words, (token, place, before, after) => {
        expectNothingLeft(token, place, before.join(' '), after.join(' '));
      }),
      { numRuns: 3000 },
    );
  });

  it('gets out by no way, in any form that a known shape allows', () => {
    expect(known.length).toBeGreaterThan(secretShapes.length * 0.9);
    fc.assert(
      fc.property(fc.oneof(...known), placed, words, words, (token, place, before, after) => {
        expectNothingLeft(token, place, before.join(' '), after.join(' '));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('what stands around a token', () => {
  it('stays: words, numbers, times, paths, addresses, ids and commits', () => {
    const standing = documented.filter(({ text, body }) => text === body);
    fc.assert(
      fc.property(
        standing,
        fc.constantFrom('bare', 'in quotes', 'in colours'),
        words,
        words,
        (token, place, before, after) => {
          const line = places[place]?.(token.text, before.join(' '), after.join(' ')) ?? '';
          for (const copy of Object.values(ways)) {
            const shown = copy(line);
            expect([...before, ...after].filter((each) => !shown.includes(each))).toEqual([]);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});
