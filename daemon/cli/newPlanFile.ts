import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { UserError } from '../protocol/userError.ts';

/** Writes a plan whole or not at all; a plan that stands there is replaced only when `replace` says so. */
export function writePlanFile(file: string, text: string, replace: boolean): void {
  if (!replace && existsSync(file)) {
    throw new UserError('plan-exists', `${file} exists: name another file with --out, or remove it first`);
  }
  const draft = `${file}.new-${process.pid}`;
  try {
    const descriptor = openSync(draft, 'wx', 0o644);
    try {
      const bytes = Buffer.from(text);
      for (let written = 0; written < bytes.length; ) written += writeSync(descriptor, bytes, written);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new UserError('plan-unwritable', `${file} cannot be written (${code}): nothing was changed`);
  }
}
