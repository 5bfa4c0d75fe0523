import { linkSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FilesTarget } from '../../../daemon/flag/files/filesTarget.ts';
import { valuesIn, withValues } from '../../../daemon/flag/files/valuesInText.ts';
import type { FilesFlag } from '../../../daemon/protocol/domain/flagKinds.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';

const forward = { direction: 'forward' } as const;
const back = { direction: 'back' } as const;

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the plan's own placeholders
const flagd = `{
  // Who meets the new upload.
  "$schema": "https://flagd.dev/schema/v0/flags.json",
  "flags": {
    "new-upload": {
      "state": "DISABLED",   // on or off
      "variants": { "on": true, "off": false },
      "defaultVariant": "off",
      "targeting": { "fractional": [ ["on", 0], ["off", 1000] ] },
    },
    "other": { "state": "ENABLED" }
  }
}
`;
const flagdSet = {
  '/flags/new-upload/state': '${enabled:ENABLED|DISABLED}',
  '/flags/new-upload/targeting/fractional/0/1': '${percent*10}',
  '/flags/new-upload/targeting/fractional/1/1': '${rest*10}',
};
const goFeatureFlag = `# flags of the upload team
new-upload:   # do not rename
  variations:
    enabled: true
    disabled: false
  defaultRule:
    percentage:
      enabled: 0       # set by the rollout
      disabled: 100
other: { defaultRule: { variation: "A" } }
`;
const goSet = {
  '/new-upload/defaultRule/percentage/enabled': '${percent}',
  '/new-upload/defaultRule/percentage/disabled': '${rest}',
};

function target(
  files: Readonly<Record<string, readonly [string, Record<string, string | number | boolean>]>>,
  write: 'replace' | 'in-place' = 'replace',
) {
  const root = temporaryDirectory();
  for (const [file, [text]] of Object.entries(files)) writeFileSync(join(root, file), text);
  const flag: FilesFlag = { files: Object.entries(files).map(([file, [, set]]) => ({ file, set, write })) };
  const text = (file: string) => readFileSync(join(root, file), 'utf8');
  return { root, text, target: new FilesTarget(root, flag) };
}

describe('a flag in files', () => {
  it('is set to absolute values and read back, and every other character stays', async () => {
    const made = target({ 'flags.json': [flagd, flagdSet], 'flags.goff.yaml': [goFeatureFlag, goSet] });
    for (const [percent, weight, rest] of [
      [10, 100, 900],
      [0.5, 5, 995],
      [100, 1000, 0],
      [0, 0, 1000],
    ] as const) {
      expect(await made.target.set({ enabled: percent > 0, percent }, forward)).toEqual({ kind: 'verified' });
      expect(made.text('flags.json')).toBe(
        flagd
          .replace('"state": "DISABLED"', `"state": "${percent > 0 ? 'ENABLED' : 'DISABLED'}"`)
          .replace('["on", 0], ["off", 1000]', `["on", ${weight}], ["off", ${rest}]`),
      );
      expect(made.text('flags.goff.yaml')).toBe(
        goFeatureFlag
          .replace('enabled: 0 ', `enabled: ${percent} `)
          .replace('disabled: 100', `disabled: ${100 - percent}`),
      );
      const seen = await made.target.look();
      expect(seen.reading).toMatchObject(percent === 0 ? { kind: 'off' } : { kind: 'exposing', percent });
      expect(Object.values(seen.values)).toEqual(
        Object.values(made.target.describe({ enabled: percent > 0, percent })),
      );
    }
  });

  it('sets what it can, and says where it could not', async () => {
    const made = target({ 'flags.json': [flagd, flagdSet], 'broken.yaml': ['a: [\n', { '/a': '${percent}' }] });
    const report = await made.target.set({ enabled: true, percent: 10 }, forward);
    expect(report).toMatchObject({
      kind: 'written',
      detail: expect.stringMatching(/^broken\.yaml:\d+:\d+: this is no YAML/),
    });
    expect(made.text('flags.json')).toContain('["on", 100]');
    expect(made.text('broken.yaml')).toBe('a: [\n');
  });

  it.each([
    [
      'a place that is not there',
      flagd,
      { '/flags/new-uplaod/state': '${enabled}' },
      /has no \/flags\/new-uplaod\/state/,
    ],
    ['a list', flagd, { '/flags/new-upload/targeting/fractional': '${percent}' }, /is a list or a map/],
    ['a key that stands twice', '{"a": {"b": 1, "b": 2}}', { '/a/b': '${percent}' }, /the key b twice/],
    ['nothing', '{"a": null}', { '/a': '${percent}' }, /is empty: write the value for 0 % there/],
    ['no JSON', '{"a": ', { '/a': '${percent}' }, /flags\.json:1:\d+: this is no JSON/],
  ] as const)('is left alone where there is %s', async (_, text, set, message) => {
    const made = target({ 'flags.json': [text, set] });
    expect(await made.target.set({ enabled: true, percent: 10 }, forward)).toMatchObject({
      kind: 'failed',
      detail: expect.stringMatching(message),
    });
    expect(made.text('flags.json')).toBe(text);
  });

  it('is not written through an alias, a link, or out of the folder, and not made where it is missing', async () => {
    const alias = target({ 'flags.yaml': ['a: &x 1\nb: *x\n', { '/b': '${percent}' }] });
    expect(await alias.target.set({ enabled: true, percent: 5 }, forward)).toMatchObject({
      detail: expect.stringMatching(/alias/),
    });
    const linked = target({ 'real.json': ['{"a":0}', { '/a': '${percent}' }] });
    symlinkSync(join(linked.root, 'real.json'), join(linked.root, 'flags.json'));
    for (const file of ['flags.json', '../flags.json', 'missing.json']) {
      const each = new FilesTarget(linked.root, { files: [{ file, set: { '/a': '${percent}' }, write: 'replace' }] });
      expect(await each.set({ enabled: true, percent: 5 }, forward)).toMatchObject({ kind: 'failed' });
      expect((await each.look()).values).toEqual({ '/a': null });
    }
    expect(linked.text('real.json')).toBe('{"a":0}');
  });

  it.each([
    ['the same value elsewhere', 'ours: &share 0\ntheirs: *share\n', '/ours', 'theirs: *share'],
    ['the same map elsewhere', 'ours: &rule\n  share: 0\ntheirs: *rule\n', '/ours/share', 'theirs: *rule'],
    [
      'a map that others merge',
      'base: &rule { share: 0 }\ntheirs: { <<: *rule }\n',
      '/base/share',
      'theirs: { <<: *rule }',
    ],
  ])('does not expose users of another flag with %s, and goes back all the same', async (_, text, pointer, others) => {
    const made = target({ 'flags.yaml': [text, { [pointer]: '${percent}' }] });
    expect(await made.target.set({ enabled: true, percent: 10 }, forward)).toMatchObject({
      kind: 'failed',
      detail: expect.stringMatching(/used at other places by \*\w+, which would change with it/),
    });
    expect(made.text('flags.yaml')).toBe(text);
    // The alias came while the rollout was running.
    writeFileSync(join(made.root, 'flags.yaml'), text.replace(' 0', ' 10'));
    expect(await made.target.set({ enabled: false, percent: 0 }, back)).toEqual({ kind: 'verified' });
    expect(made.text('flags.yaml')).toBe(text);
    expect(made.text('flags.yaml')).toContain(others);
  });

  it('keeps an anchor that nothing uses, a byte order mark, the ends of lines, and a text in quotes a text', async () => {
    const texts = {
      'anchor.yaml': ['\uFEFFa: &mine 0 # why\r\nb: "0"\r\n', '\uFEFFa: &mine 10 # why\r\nb: "10"\r\n'],
      'marked.json': [
        '\uFEFF{\r\n"a": 0, // why\r\n"b": "0"\r\n}\r\n',
        '\uFEFF{\r\n"a": 10, // why\r\n"b": "10"\r\n}\r\n',
      ],
    } as const;
    for (const [file, [before, after]] of Object.entries(texts)) {
      const made = target({ [file]: [before, { '/a': '${percent}', '/b': '${percent}' }] });
      expect(await made.target.set({ enabled: true, percent: 10 }, forward)).toEqual({ kind: 'verified' });
      expect(made.text(file)).toBe(after);
      expect((await made.target.look()).reading).toMatchObject({ kind: 'exposing', percent: 10 });
    }
  });

  it.each([
    ['a key that stands twice', 'a: 0\nb: 1\nb: 2\n', /^flags\.yaml:3:1: the key stands twice/],
    ['a second document', 'a: 0\n---\na: 1\n', /^flags\.yaml:2:1: a second document begins/],
    ['a block of text', 'a: |\n  0\n', /is a block of text/],
    ['no value', 'a:\nb: 1\n', /is empty: write the value/],
  ])('says what is wrong with %s of YAML', async (_, text, message) => {
    const made = target({ 'flags.yaml': [text, { '/a': '${percent}' }] });
    const report = await made.target.set({ enabled: true, percent: 10 }, forward);
    expect(report).toMatchObject({ kind: 'failed', detail: expect.stringMatching(message) });
    expect(made.text('flags.yaml')).toBe(text);
  });

  it('keeps its inode where the plan says so, and where it has a second name', async () => {
    const inPlace = target({ 'flags.json': ['{"a":0}', { '/a': '${percent}' }] }, 'in-place');
    const inode = () => statSync(join(inPlace.root, 'flags.json')).ino;
    const before = inode();
    expect(await inPlace.target.set({ enabled: true, percent: 10 }, forward)).toEqual({ kind: 'verified' });
    expect(inode()).toBe(before);
    const twice = target({ 'flags.json': ['{"a":0}', { '/a': '${percent}' }] });
    linkSync(join(twice.root, 'flags.json'), join(twice.root, 'other.json'));
    await twice.target.set({ enabled: true, percent: 10 }, forward);
    expect(twice.text('other.json')).toBe('{"a":10}');
  });
});

const key = fc.string({ minLength: 1, maxLength: 6 }).filter((text) => text !== '__proto__');
const leaf = fc.oneof(fc.boolean(), fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.string());
const tree = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    leaf,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(key, tie('node'), { maxKeys: 3 }),
  ),
})).node;

/** Pointers to all values of a tree. */
function leaves(value: unknown, way = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return way === '' ? [] : [way];
  return Object.entries(value).flatMap(([name, child]) =>
    leaves(child, `${way}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  );
}

it.each(['flags.json', 'flags.yaml'])('of any tree in %s, one value is set and all others stay', (file) => {
  fc.assert(
    fc.property(
      fc.dictionary(key, tree, { minKeys: 1, maxKeys: 3 }),
      leaf,
      fc.nat(),
      fc.constantFrom(0, 2),
      (value, wanted, pick, indent) => {
        const pointers = leaves(value);
        if (pointers.length === 0) return;
        const text = JSON.stringify(value, null, indent);
        const pointer = pointers[pick % pointers.length] ?? '';
        const edited = withValues(file, text, {
          [pointer]: { value: wanted, keepsText: false, changesAliases: false },
        });
        const read = file.endsWith('json') ? JSON.parse(edited) : parse(edited);
        const expected = structuredClone(value) as never;
        const keys = pointer
          .slice(1)
          .split('/')
          .map((each) => each.replaceAll('~1', '/').replaceAll('~0', '~'));
        const parent = keys.slice(0, -1).reduce<Record<string, unknown>>((at, each) => at[each] as never, expected);
        parent[keys.at(-1) ?? ''] = wanted;
        expect(JSON.stringify(read)).toEqual(JSON.stringify(expected));
        expect(valuesIn(file, edited, [pointer])[pointer]).toBe(String(wanted));
      },
    ),
  );
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the plan's own placeholders
