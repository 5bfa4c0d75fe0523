import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Plan } from '../protocol/domain/plan.ts';
import { sourceFiles } from '../protocol/domain/sourceKinds.ts';
import { UserError } from '../protocol/domain/userError.ts';

/** Standard input, kept in a file while it is read: compressed or sorted input needs a file. */
export interface KeptInput {
  /** Absolute; named so that the plan's source knows it. */
  readonly file: string;
  remove(): void;
}

/** @throws UserError `input-of-which-source` when the plan has several sources. */
export async function keepStandardInput({ sources }: Plan): Promise<KeptInput> {
  const [source, ...others] = sources;
  if (source === undefined || others.length > 0) {
    throw new UserError(
      'input-of-which-source',
      'the plan has several sources, and standard input does not name one of them; name a file instead',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'rampwatch-input-'));
  const file = join(folder, basename(sourceFiles(source)[0]?.path ?? 'input').replaceAll(/[*?]+/g, 'input'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    await pipeline(process.stdin, createWriteStream(file, { mode: 0o600 }));
  } catch (error) {
    remove();
    throw error;
  }
  return { file, remove };
}
