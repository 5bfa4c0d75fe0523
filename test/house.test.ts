import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { describe, expect, it } from 'vitest';

/**
 * The house's one-way arrows, read from the imports themselves (CONTRIBUTING.md, "The layout"). A room may import what
 * stands behind it here, and itself. Packages of npm are not rooms; `vscode` belongs to the extension alone.
 */
const arrows: Readonly<Record<string, readonly string[]>> = {
  'daemon/protocol': [],
  'daemon/statistics': ['daemon/protocol'],
  'daemon/plan': ['daemon/protocol', 'daemon/statistics'],
  // A guide becomes the text of a plan, written with the nodes of the room that reads it.
  'daemon/guide': ['daemon/protocol', 'daemon/plan'],
  'daemon/measure': ['daemon/protocol'],
  'daemon/ingest': ['daemon/protocol', 'daemon/measure'],
  'daemon/sources': ['daemon/protocol', 'daemon/measure', 'daemon/ingest', 'daemon/approval'],
  'daemon/judge': ['daemon/protocol', 'daemon/statistics', 'daemon/measure'],
  'daemon/explain': ['daemon/protocol', 'daemon/statistics', 'daemon/measure'],
  'daemon/rollout': ['daemon/protocol', 'daemon/statistics', 'daemon/measure', 'daemon/judge'],
  'daemon/simulate': ['daemon/protocol', 'daemon/measure'],
  'daemon/flag': ['daemon/protocol', 'daemon/approval'],
  'daemon/store': ['daemon/protocol'],
  'daemon/team': ['daemon/protocol'],
  'daemon/serve': ['daemon/protocol'],
  'daemon/report': ['daemon/protocol'],
  'daemon/escalate': ['daemon/protocol'],
  'daemon/approval': ['daemon/protocol'],
  'daemon/message': ['daemon/protocol', 'daemon/approval'],
  'daemon/agent': ['daemon/protocol'],
  'daemon/live': [
    'daemon/protocol',
    'daemon/plan',
    'daemon/statistics',
    'daemon/measure',
    'daemon/ingest',
    'daemon/sources',
    'daemon/judge',
    'daemon/explain',
    'daemon/rollout',
    'daemon/flag',
    'daemon/store',
    'daemon/team',
    'daemon/report',
    'daemon/escalate',
    'daemon/approval',
    'daemon/message',
  ],
  'daemon/cli': ['daemon/*'],
  daemon: ['daemon/*'],
  extension: ['daemon/protocol'],
  webview: ['daemon/protocol'],
};

/** Values in, values out: whoever calls them supplies the time and everything else of the outside. */
const pure = [
  'daemon/protocol',
  'daemon/statistics',
  'daemon/measure',
  'daemon/judge',
  'daemon/explain',
  'daemon/rollout',
  'daemon/report',
  'daemon/simulate',
];

/**
 * The names of each kind, and the places where they may occur. A new kind is a file in its folder and a line in a
 * table: a comparison with its name elsewhere would have to be found, and would be wrong in silence.
 */
const kinds: Readonly<Record<string, { readonly name: RegExp; readonly within: readonly string[] }>> = {
  'source format': {
    name: /(?:[=!]==? |case |format: |\()'(?:csv|jsonl|text)'/,
    within: [
      'daemon/protocol/domain/formatNames.ts',
      'daemon/ingest/formats/',
      // Examples in the plan's own words, and words of other grammars.
      'daemon/plan/descriptions.ts',
      'daemon/guide/',
    ],
  },
  'kind of flag': {
    // A member or a key of that name, or its folder.
    name: /\.dotenv\b|'dotenv'|\bdotenv:|flag\/dotenv\/dotenv(?:Target)?\.ts|\bFilesFlag\b|flag\/files\/|\b(?:Http|Command|Unleash|Several)Flag\b|flag\/(?:http|command|unleash|several)\//,
    within: [
      'daemon/protocol/domain/flagKinds.ts',
      'daemon/flag/dotenv/',
      'daemon/flag/files/',
      'daemon/flag/http/',
      'daemon/flag/command/',
      'daemon/flag/unleash/',
      'daemon/flag/several/',
      'daemon/protocol/domain/flagHttp.ts',
      'daemon/protocol/domain/flagCommand.ts',
      'daemon/protocol/domain/flagUnleash.ts',
      'daemon/flag/kinds.ts',
      // Words and examples of plans, and plans that are proposed with a .env file.
      'daemon/plan/descriptions.ts',
      'daemon/plan/nearest.ts',
      'daemon/plan/init',
      'daemon/guide/',
      'daemon/cli/demo.ts',
    ],
  },
  'kind of source': {
    // A key of that name, a question for it, or its folder.
    name: /'file' in source|\bsource\??\.file\b|sources\[[^\]]*\]\??\.file\b|\bof\.file\b|\bFileSource\b|ingest\/tail\/(?:ingest|secondReading|readSources)\.ts|sources\/file\//,
    within: [
      'daemon/protocol/domain/sourceKinds.ts',
      'daemon/sources/file/',
      'daemon/sources/kinds.ts',
      // How files are read is a room of its own.
      'daemon/ingest/',
      // Plans that are proposed for files.
      'daemon/guide/',
    ],
  },
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
  it('has the rooms named here, and no other', () => {
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

  it('has no circle of files: what two of them share is in a third', () => {
    const behind = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .filter((name) => name.startsWith('.'))
          .map((name) => resolve(dirname(file), name)),
      ]),
    );
    const done = new Set<string>();
    const circles: string[] = [];
    const walk = (file: string, path: readonly string[]) => {
      const start = path.indexOf(file);
      if (start !== -1) circles.push([...path.slice(start), file].map((each) => relative(root, each)).join(' > '));
      if (start !== -1 || done.has(file)) return;
      for (const next of behind.get(file) ?? []) walk(next, [...path, file]);
      done.add(file);
    };
    for (const file of files) walk(file, []);
    expect(circles).toEqual([]);
  });

  it('lets the editor into the extension alone', () => {
    expect(importing((name, room) => name === 'vscode' && room !== 'extension')).toEqual([]);
  });

  it('names a kind in its own folder and its table, and nowhere else', () => {
    const wrong = files
      .map((file) => relative(root, file).split(sep).join('/'))
      .flatMap((file) =>
        Object.entries(kinds)
          .filter(([, { within }]) => !within.some((place) => file.startsWith(place)))
          .filter(([, { name }]) => name.test(readFileSync(join(root, file), 'utf8')))
          .map(([kind]) => `${file} names a ${kind}`),
      );
    expect(wrong).toEqual([]);
  });

  it('has no disk, network or process in what is pure', () => {
    expect(importing((name, room) => name.startsWith('node:') && (pure.includes(room) || room === 'webview'))).toEqual(
      [],
    );
  });

  it('has no clock, chance or environment in what is pure', () => {
    const impure =
      /\bDate\.now\(|\bnew Date\(\)|\bperformance\.|\bset(?:Timeout|Interval|Immediate)\(|\bMath\.random\(|\bcrypto\.|\bfetch\(|\bprocess\.(?:env|cwd|argv|platform|hrtime)/;
    const wrong = files
      .filter((file) => pure.includes(roomOf(file)) || isPageModel(file))
      .filter((file) => impure.test(readFileSync(file, 'utf8')))
      .map((file) => relative(root, file));
    expect(wrong).toEqual([]);
  });
});

function importing(isWrong: (name: string, room: string) => boolean): readonly string[] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter((name) => isWrong(name, roomOf(file)))
      .map((name) => `${relative(root, file)} imports ${name}`),
  );
}

function isPageModel(file: string): boolean {
  return relative(root, file).startsWith(join('webview', 'model'));
}
