import { open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { globPattern } from '../../daemon/protocol/domain/glob.ts';
import type { DataField, DataWords } from './dataCompletion.ts';
import type { TextNode } from './planText.ts';
import { nodeAt, textAt } from './planTree.ts';

/** The end of a log is enough for its fields; in bytes. */
const longestEnd = 128 * 1024;
const mostFiles = 3;
const mostFields = 200;
const mostValues = 12;
const longestValue = 60;
const deepest = 3;

/** The words of the logs and the flag's file that a plan names, as they are on disk; empty where they cannot be read. */
export async function readDataWords(folder: string, tree: TextNode): Promise<DataWords> {
  const sources = nodeAt(tree, ['sources'])?.items ?? [];
  const patterns = sources.flatMap((source) => textAt(source, ['file']) ?? []);
  const files = (await Promise.all(patterns.map((pattern) => newestOf(folder, pattern)))).flat().slice(0, mostFiles);
  const texts = await Promise.all(files.map((file) => endOf(file)));
  const named = (nodeAt(tree, ['flag'])?.entries ?? []).map(({ node }) => String(node.value ?? ''));
  const environments = named.filter((file) => /^\.env|\.env$/.test(basename(file)));
  const variables = await Promise.all(environments.map((file) => endOf(resolve(folder, file))));
  return { fields: fieldsOf(texts.join('\n')), variables: variablesOf(variables.join('\n')) };
}

/** The fields of JSON records, one a line; whatever is no record is passed over. */
export function fieldsOf(text: string): readonly DataField[] {
  const counts = new Map<string, Map<string | number | boolean, number>>();
  for (const line of text.split('\n')) {
    const record = parsed(line);
    if (record !== null) count(record, '', 1, counts);
  }
  return [...counts].slice(0, mostFields).map(([name, values]) => fieldOf(name, values));
}

export function variablesOf(text: string): readonly string[] {
  return [...text.matchAll(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=/gm)].flatMap(([, name]) => name ?? []);
}

function fieldOf(name: string, counts: ReadonlyMap<string | number | boolean, number>): DataField {
  const values = [...counts.keys()];
  const kind = kindOf(values);
  const total = [...counts.values()].reduce((sum, each) => sum + each, 0);
  // Where nearly every record has its own, no value stands for a kind of records.
  const isOfKinds = counts.size <= mostValues || (counts.size < 100 && counts.size * 5 < total);
  const often = [...counts].toSorted(([, left], [, right]) => right - left).map(([value]) => value);
  const short = often.filter((value) => typeof value !== 'string' || value.length <= longestValue);
  return { name, kind, values: isOfKinds && kind !== 'time' ? short.slice(0, mostValues) : [] };
}

function kindOf(values: readonly (string | number | boolean)[]): DataField['kind'] {
  if (values.every((value) => typeof value === 'boolean')) return 'boolean';
  if (values.every((value) => typeof value === 'number')) return 'number';
  return values.every((value) => typeof value === 'string' && /^\d{4}-\d\d-\d\d[T ]\d\d:/.test(value))
    ? 'time'
    : 'text';
}

function count(
  record: object,
  above: string,
  depth: number,
  counts: Map<string, Map<string | number | boolean, number>>,
): void {
  for (const [key, value] of Object.entries(record)) {
    const name = `${above}${key}`;
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (depth < deepest) count(value, `${name}.`, depth + 1, counts);
    } else if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
      const seen = counts.get(name) ?? new Map<string | number | boolean, number>();
      counts.set(name, seen);
      seen.set(value, (seen.get(value) ?? 0) + 1);
    }
  }
}

function parsed(line: string): object | null {
  if (!line.startsWith('{')) return null;
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}

/** The file that a pattern's last part names, or the newest of those. A pattern over several folders is not followed. */
async function newestOf(folder: string, pattern: string): Promise<readonly string[]> {
  const place = resolve(folder, dirname(pattern));
  if (/[*?{[]/.test(dirname(pattern))) return [];
  try {
    const glob = globPattern(basename(pattern));
    const names = (await readdir(place)).filter((name) => glob.matches(name));
    const dated = await Promise.all(
      names.slice(0, 500).map(async (name) => {
        const file = join(place, name);
        return { file, changed: (await stat(file)).mtimeMs };
      }),
    );
    return dated
      .toSorted((left, right) => right.changed - left.changed)
      .map(({ file }) => file)
      .slice(0, 1);
  } catch {
    return [];
  }
}

async function endOf(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r');
    try {
      const { size } = await handle.stat();
      const from = Math.max(0, size - longestEnd);
      const bytes = Buffer.alloc(Math.min(size, longestEnd));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
      const text = bytes.toString('utf8', 0, bytesRead);
      return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
    } finally {
      await handle.close();
    }
  } catch {
    return '';
  }
}
