import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fieldsOf, readDataWords, variablesOf } from '../../../extension/plan/planData.ts';
import { textTree } from '../../../extension/plan/planText.ts';
import { temporaryDirectory } from '../../support/temporaryDirectory.ts';
import { openSample } from '../openSample.ts';

const record = (index: number) => ({
  ts: `2026-03-01T10:00:${String(index % 60).padStart(2, '0')}Z`,
  order: `ord-${index}`,
  checkout: index % 3 === 0 ? 'v2' : 'v1',
  ok: index % 10 !== 0,
  took_ms: index * 1.5,
  error: index % 10 === 0 ? { type: 'TypeError', stack: 'x'.repeat(200) } : null,
});
const log = Array.from({ length: 200 }, (_, index) => JSON.stringify(record(index))).join('\n');
const plan = (rest: string) => `sources:\n  - file: logs-*.jsonl\nflag:\n  dotenv: .env\n${rest}`;

/** A folder with a log and the file of a flag. */
function application(): string {
  const folder = temporaryDirectory();
  writeFileSync(join(folder, 'logs-1.jsonl'), `${log}\nno record\n{"half":`);
  writeFileSync(join(folder, '.env'), '# flags\nCHECKOUT_V2_ENABLED=false\nexport CHECKOUT_V2_PERCENT=0 # percent\n');
  return folder;
}

describe('the words of the data', () => {
  it('are the fields with the values that stand for kinds of records', () => {
    expect(fieldsOf(log)).toEqual([
      { name: 'ts', kind: 'time', values: [] },
      { name: 'order', kind: 'text', values: [] },
      { name: 'checkout', kind: 'text', values: ['v1', 'v2'] },
      { name: 'ok', kind: 'boolean', values: [true, false] },
      { name: 'took_ms', kind: 'number', values: [] },
      { name: 'error.type', kind: 'text', values: ['TypeError'] },
      { name: 'error.stack', kind: 'text', values: [] },
    ]);
  });

  it('are read from the end of the newest file, and are none where nothing can be read', async () => {
    const folder = application();
    const words = await readDataWords(folder, textTree(plan('')));
    expect(words.fields.map(({ name }) => name)).toContain('checkout');
    expect(words.variables).toEqual(['CHECKOUT_V2_ENABLED', 'CHECKOUT_V2_PERCENT']);
    expect(await readDataWords(join(folder, 'gone'), textTree(plan('')))).toEqual({ fields: [], variables: [] });
    expect(await readDataWords(folder, textTree('sources: nonsense\nflag: [1, {'))).toEqual({
      fields: [],
      variables: [],
    });
    expect(variablesOf('no=1\n=2\n  # x=3\nA B=4')).toEqual(['no']);
  });
});

describe('the proposals of the data', () => {
  const proposed = async (marked: string) => {
    const sample = openSample();
    const file = join(application(), 'rampwatch.yaml');
    const document = sample.mock.editing.open(sample.mock.vscode.Uri.file(file), marked.replace('|', ''));
    const found = await sample.mock.editing.proposals(document, marked.indexOf('|'));
    const [before, after] = marked.split('|').map(({ length }) => length);
    return found.map(({ label, text }) => `${label} → ${text.slice(before, text.length - (after ?? 0))}`);
  };

  it('are the fields that tell the arms apart, then their values', async () => {
    const fields = await proposed(plan('arms:\n  treatment: { | }\n'));
    expect(fields.slice(0, 3)).toEqual(['checkout → checkout: $0', 'ok → ok: $0', 'error.type → error.type: $0']);
    expect((await proposed(plan('arms:\n  treatment: { checkout: | }\n'))).slice(0, 2)).toEqual(['v1 → v1', 'v2 → v2']);
    expect((await proposed(plan('measures:\n  good: { share: { ok: | } }\n'))).slice(0, 2)).toEqual([
      'true → true',
      'false → false',
    ]);
  });

  it('are the figures to measure, and the field of the time', async () => {
    expect(await proposed(plan('measures:\n  slow: { quantile: 0.95, field: | }\n'))).toContain('took_ms → took_ms');
    const times = await proposed(plan('').replace('jsonl\n', 'jsonl\n    time: { field: | }\n'));
    expect(times[0]).toBe('ts → ts');
  });

  it('are the variables of the flag, with what each is set to', async () => {
    // As a snippet has it.
    const dollar = '\\$';
    const keys = await proposed(plan('  set: { | }\n'));
    expect(keys.slice(0, 2)).toEqual([
      `CHECKOUT_V2_ENABLED → CHECKOUT_V2_ENABLED: "${dollar}{enabled\\}"`,
      `CHECKOUT_V2_PERCENT → CHECKOUT_V2_PERCENT: "${dollar}{percent\\}"`,
    ]);
  });
});
