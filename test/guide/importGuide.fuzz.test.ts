import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { importGuides } from '../../daemon/guide/importGuide.ts';
import { UserError } from '../../daemon/protocol/domain/userError.ts';
import { completed, fixtureGuide, fixtures, guideOf } from './guideFixtures.ts';

/** The importer gives a plan without errors, twice the same, or says why not, for any text. */
function holds(bytes: Uint8Array): void {
  const files = [{ name: 'GUIDE.md', bytes }];
  let yaml: string;
  try {
    yaml = importGuides(files).yaml;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    expect(error.message).not.toMatch(/[\n\r]/);
    return;
  }
  expect(completed(yaml).plan.stages.length).toBeGreaterThan(0);
  expect(importGuides(files, { existing: yaml }).outcome).toBe('unchanged');
}

const guides = readdirSync(fixtures)
  .filter((name) => name.endsWith('.md'))
  .map(fixtureGuide);
const texts = guides.map(({ bytes }) => new TextDecoder().decode(bytes));
const lines = texts.flatMap((text) => text.split('\n'));
const longest = 300_000 * Number(process.env.FUZZ ?? 1);
/** `FUZZ=20` runs twenty times as many. */
const runs = (count: number) => ({ numRuns: count * Number(process.env.FUZZ ?? 1) });
const encode = (text: string) => guideOf(text).bytes;

/** Parts of guides, and texts that break parsers. */
const fragment = fc.constantFrom(
  ...['10% rollout', 'Increase to 50%', '100 %', '0%', '≥', '<', '> 5%', 'success rate', 'error rate', 'p99 latency'],
  ...[
    'of baseline',
    'for 30+ minutes',
    '48 hours',
    'uploads',
    '12/12 tests',
    '57',
    '2025-10-29',
    '2026-02-31',
    'Week 2',
  ],
  ...[
    'Day 3-4',
    '- [ ] ',
    '- ',
    '1. ',
    '# ',
    '## Rollback Triggers\n',
    '**Tasks:**\n',
    '| a | b |\n|---|---|\n',
    '| 10% | 5 |\n',
  ],
  ...[
    '`KEY_ROLLOUT=10`',
    '`__proto__=1`',
    '`constructor`',
    '../../etc/passwd.md',
    '/etc/x.log',
    'logs/',
    '`a.jsonl`',
    '```\n',
  ],
  ...[
    '<b>',
    '<!--',
    '---\n',
    '\n',
    '\n\n',
    '> ',
    '  ',
    '    ',
    ': ',
    ' # ',
    '"',
    "'",
    '{',
    '}',
    '[',
    ']',
    '&',
    '*',
    '!',
    '%',
    '@',
    '🚀',
    '\u202e',
    '\u0007',
  ],
  ...[
    'at each stage',
    'every evening',
    'roll back if',
    'no more than',
    '2x',
    '99999999999999999999',
    '1e400',
    '-5',
    '0.0000000001%',
    'on-call',
  ],
);

describe('never anything but a plan or one clear line', () => {
  it(
    'random mutations of guides',
    () => {
      const mutation = fc.oneof(
        fc.record({ kind: fc.constant('drop' as const), at: fc.nat(), size: fc.integer({ min: 1, max: 40 }) }),
        fc.record({ kind: fc.constant('copy' as const), at: fc.nat(), from: fc.nat() }),
        fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), text: fc.array(fragment, { maxLength: 6 }) }),
        fc.record({ kind: fc.constant('swap' as const), at: fc.nat(), from: fc.nat() }),
      );
      const cases = fc.tuple(fc.nat({ max: texts.length - 1 }), fc.array(mutation, { minLength: 1, maxLength: 8 }));
      fc.assert(
        fc.property(cases, ([index, mutations]) => {
          const rows = (texts[index] ?? '').split('\n');
          for (const change of mutations) {
            const at = change.at % Math.max(1, rows.length);
            const line = rows[at] ?? '';
            if (change.kind === 'drop') rows.splice(at, change.size);
            else if (change.kind === 'copy') rows.splice(at, 0, lines[change.from % lines.length] ?? '');
            else if (change.kind === 'insert')
              rows[at] = `${line.slice(0, at % 7)}${change.text.join('')}${line.slice(at % 7)}`;
            else rows[at] = lines[change.from % lines.length] ?? '';
          }
          holds(encode(rows.join('\n')));
        }),
        runs(25),
      );
    },
    longest,
  );

  it(
    'random Markdown of what guides are made of',
    () => {
      const text = fc.array(fragment, { minLength: 1, maxLength: 80 }).map((parts) => parts.join(' '));
      fc.assert(
        fc.property(text, (body) => holds(encode(`# Rollout\n\n- Increase to 10% rollout\n\n${body}`))),
        runs(120),
      );
      fc.assert(
        fc.property(text, (body) => holds(encode(body.replaceAll(' \n ', '\n')))),
        runs(120),
      );
    },
    longest,
  );

  it(
    'random bytes in a guide',
    () => {
      const real = guides[0]?.bytes ?? new Uint8Array();
      fc.assert(
        fc.property(fc.nat({ max: real.length }), fc.uint8Array({ maxLength: 30 }), (at, bytes) => {
          const changed = real.slice();
          changed.set(bytes.subarray(0, real.length - at), at);
          holds(changed);
        }),
        runs(12),
      );
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => holds(bytes)),
        runs(200),
      );
    },
    longest,
  );
});
