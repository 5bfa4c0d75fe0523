import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The house's one-way arrows, read from the imports themselves (design.md, "The house"). A room may import what stands
 * behind it here, and itself. Packages of npm are not rooms; `vscode` belongs to the extension alone.
 */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'daemon/protocol': [],
  'daemon/plan': ['daemon/protocol'],
  'daemon/measure': ['daemon/protocol'],
  'daemon/ingest': ['daemon/protocol', 'daemon/measure'],
  'daemon/judge': ['daemon/protocol', 'daemon/measure'],
  'daemon/rollout': ['daemon/protocol', 'daemon/measure', 'daemon/judge'],
  'daemon/flag': ['daemon/protocol'],
  'daemon/store': ['daemon/protocol'],
  'daemon/serve': ['daemon/protocol'],
  'daemon/report': ['daemon/protocol'],
  'daemon/escalate': ['daemon/protocol'],
  'daemon/cli': ['daemon/*'],
  daemon: ['daemon/*'],
  extension: ['daemon/protocol'],
  webview: ['daemon/protocol'],
};

const root = resolve(import.meta.dirname, '..');
const files = ['daemon', 'extension', 'webview'].flatMap((top) =>
  readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => join(root, top, file)),
);

function roomOf(file: string): string {
  const parts = relative(root, file).split(sep);
  if (parts[0] !== 'daemon') return parts[0] ?? '';
  return parts.length === 2 ? 'daemon' : `daemon/${parts[1]}`;
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/g)].map((match) => match[1] ?? '');
}

function allowed(from: string, to: string): boolean {
  const behind = arrows[from] ?? [];
  return from === to || behind.includes(to) || (behind.includes('daemon/*') && to.startsWith('daemon'));
}

describe('the house', () => {
  it('has rooms that design.md names, and no other', () => {
    expect([...new Set(files.map(roomOf))].filter((room) => !(room in arrows))).toEqual([]);
  });

  it('has one-way arrows between its rooms', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((name) => name.startsWith('.'))
        .map((name) => roomOf(resolve(dirname(file), name)))
        .filter((to) => !allowed(roomOf(file), to))
        .map((to) => `${relative(root, file)} imports ${to}`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps the editor out of the daemon, and Node out of what is pure', () => {
    const pure = ['daemon/protocol', 'daemon/measure', 'daemon/judge', 'daemon/rollout', 'daemon/report', 'webview'];
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter(
          (name) =>
            (name === 'vscode' && roomOf(file) !== 'extension') ||
            (name.startsWith('node:') && pure.includes(roomOf(file))),
        )
        .map((name) => `${relative(root, file)} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('has no clock in what is pure', () => {
    const pure = ['daemon/measure', 'daemon/judge', 'daemon/rollout', 'daemon/report'];
    const wrong = files
      .filter((file) => pure.includes(roomOf(file)))
      .filter((file) => /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bprocess\./.test(readFileSync(file, 'utf8')))
      .map((file) => relative(root, file));
    expect(wrong).toEqual([]);
  });
});
