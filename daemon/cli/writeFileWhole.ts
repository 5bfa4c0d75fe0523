import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { UserError } from '../protocol/domain/userError.ts';

/** Writes a file whole or not at all, in the place of one that stands there. */
export function writeWhole(file: string, text: string): void {
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
    const code = errorCode(error) || 'unknown';
    throw new UserError(
      'file-unwritable',
      `${file} cannot be written (${code}), and nothing was changed: check the folder and its permissions`,
    );
  }
}
