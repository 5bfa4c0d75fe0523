import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../daemon/plan/planDocument.ts';
import { cursorAt, type TextNode, textTree } from '../../../extension/plan/planText.ts';
import { partsOf } from '../../../extension/plan/planTree.ts';
import { soundPlan } from '../../plan/planText.ts';

const fixtures = join(import.meta.dirname, '../../fixtures');
const plans = ['plans', 'guides'].flatMap((folder) =>
  readdirSync(join(fixtures, folder))
    .filter((name) => name.endsWith('.rampwatch.yaml'))
    .map((name) => [name, readFileSync(join(fixtures, folder, name), 'utf8')] as const),
);

/** Keys and values with their paths, as the editor's own reading has them. */
function places(node: TextNode, path: readonly (string | number)[] = []): [path: string, from: number, to: number][] {
  return [
    ...node.entries.flatMap(({ key, from, to, node: below }) => [
      [[...path, key].join('.'), from, to] as [string, number, number],
      ...places(below, [...path, key]),
    ]),
    ...node.items.flatMap((item, index) => places(item, [...path, index])),
  ];
}

describe.each([['sound', soundPlan] as const, ...plans])('%s', (_, text) => {
  it('is read as the daemon reads it', () => {
    const keys = [...readDocument(text).placed].flatMap(([path, { key }]) =>
      key === null ? [] : [[path, key.from, key.to]],
    );
    expect(places(textTree(text))).toEqual(keys);
  });

  it('has a cursor in each key and value, at the daemon’s path for it', () => {
    const placed = [...readDocument(text).placed];
    // Every tenth of a long plan is enough: each asks the parser anew.
    const step = Math.max(1, Math.floor(placed.length / 60));
    for (const [path, { key, value, style }] of placed.filter((_each, index) => index % step === 0)) {
      if (key !== null) {
        const cursor = cursorAt(text, key.from + 1);
        expect([cursor?.role, [...(cursor?.path ?? []), cursor?.written].join('.'), cursor?.hasValue]).toEqual([
          'key',
          path,
          true,
        ]);
        expect([cursor?.from, cursor?.to]).toEqual([key.from, key.to]);
      }
      if (style !== 'plain' && style !== 'quoted') continue;
      const middle = Math.ceil((value.from + value.to) / 2);
      const cursor = cursorAt(text, middle);
      expect([cursor?.role, cursor?.path.join('.')]).toEqual(['value', path]);
      const quotes = style === 'quoted' ? 1 : 0;
      expect([cursor?.from, cursor?.to]).toEqual([value.from + quotes, value.to - quotes]);
    }
  });
});

describe('a half-typed plan', () => {
  it.each<[text: string, role: string | undefined, path: string, siblings: string]>([
    ['version: 1\nid: x\n|\nstages:\n  - id: one\n', 'key', '', 'version id stages'],
    ['flag:\n  dotenv: .env\n  |\ntriggers: []\n', 'key', 'flag', 'dotenv'],
    ['flag:\n  |\ntriggers: []\n', 'key', 'flag', ''],
    ['stages:\n  - { id: one, perc|, soak: 1h }\n', 'key', 'stages.0', 'id soak'],
    ['stages:\n  - { id: one, gate: ["suc|"] }\n', 'value', 'stages.0.gate.0', ''],
    ['stages:\n  - id: one\n    gate:\n      - |\n  - id: two\n', 'key', 'stages.0.gate.0', ''],
    ['stages:\n  - id: one\n    |\n    soak: 1h\n  - id: two\n', 'key', 'stages.0', 'id soak'],
    ['stages:\n  - id: one\n  - |\n', 'key', 'stages.1', ''],
    ['triggers:\n  - { id: a, then: | }\n', 'value', 'triggers.0.then', ''],
    ['triggers:\n  - id: a\n    then: |\n    over: 5m\n', 'value', 'triggers.0.then', ''],
    ['flag:\n  set: { A: "$|" }\n', 'value', 'flag.set.A', ''],
    ['measures:\n  a: {|\n  b: { count: any }\n', 'key', 'measures.a', ''],
    ['|', 'key', '', ''],
    ['# com|ment\nid: x\n', undefined, '', ''],
  ])('%j', (marked, role, path, siblings) => {
    const cursor = cursorAt(marked.replace('|', ''), marked.indexOf('|'));
    expect(cursor?.role).toBe(role);
    expect(cursor?.path.join('.') ?? '').toBe(path);
    expect(cursor?.siblings.join(' ') ?? '').toBe(siblings);
  });

  it('keeps the stages and triggers that can be told', () => {
    const broken = soundPlan.replace('flag:', '  - { id: u, when: \nflag:').replace('version: 1', 'version: "1');
    expect(() => partsOf(textTree(broken))).not.toThrow();
    const unclosed = soundPlan.replace('then: rollback }', 'then: ');
    expect(partsOf(textTree(unclosed)).map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'stage off',
      'stage one',
      'trigger t',
    ]);
  });

  it('never breaks what reads it, and its cursor lies in the line', () => {
    const piece = fc.constantFrom('\n', '  ', ': ', '- ', '{', '}', '[', ']', '"', "'", '#', '|', 'x', '&', '*', '\t');
    fc.assert(
      fc.property(fc.nat(soundPlan.length), fc.nat(30), piece, (at, length, put) => {
        const text = soundPlan.slice(0, at) + put + soundPlan.slice(at + length);
        const cursor = cursorAt(text, at);
        partsOf(textTree(text));
        if (cursor === undefined) return;
        expect(cursor.from).toBeLessThanOrEqual(at);
        expect(cursor.to).toBeGreaterThanOrEqual(at);
        expect(text.slice(cursor.from, cursor.to)).not.toContain('\n');
      }),
      { numRuns: 300 },
    );
  });
});
