import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

const fileName = 'plans.json';
const textsSchema = z.record(z.string(), z.string());

/**
 * Writes the last good plans, text by file name, beside the store as well: a rollback must not need the store, which
 * may be damaged, or locked by a daemon that hangs. When the write fails the earlier ones stay.
 */
export function keepPlans(directory: string, texts: ReadonlyMap<string, string>): void {
  const draft = join(directory, `${fileName}.${randomUUID()}`);
  try {
    writeFileSync(draft, JSON.stringify(Object.fromEntries(texts)), { mode: 0o600, flag: 'wx', flush: true });
    renameSync(draft, join(directory, fileName));
  } catch {
    rmSync(draft, { force: true });
  }
}

/** Empty when none were kept or they cannot be read. */
export function keptPlans(directory: string): ReadonlyMap<string, string> {
  try {
    return new Map(Object.entries(textsSchema.parse(JSON.parse(readFileSync(join(directory, fileName), 'utf8')))));
  } catch {
    return new Map();
  }
}
