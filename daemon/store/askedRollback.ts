import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { errorCode } from '../protocol/domain/errorCode.ts';

/**
 * A rollback that was carried out in the flag's file without the daemon, because the daemon did not answer. The request
 * waits here until the daemon takes it over and drops its own earlier plans for the flag.
 */
export interface AskedRollback {
  readonly rollout: string;
  /** The same command may also reach the daemon directly: it is then carried out once. */
  readonly key: string;
  readonly by: string;
  readonly reason?: string | undefined;
}

const folderName = 'asked-rollbacks';

const askedRollback = z.object({
  rollout: z.string(),
  key: z.string(),
  by: z.string(),
  reason: z.string().optional(),
});

/** Throws the error of the file system: then the daemon is not told. */
export function askRollback(directory: string, asked: AskedRollback): void {
  const folder = join(directory, folderName);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `.${asked.key}`);
  writeFileSync(draft, JSON.stringify(asked), { mode: 0o600 });
  renameSync(draft, fileOf(directory, asked.rollout));
}

/** The rollback request of a rollout; `null` when there is none, or it cannot be read. */
export function askedRollbackOf(directory: string, rollout: string): AskedRollback | null {
  let text: string;
  try {
    text = readFileSync(fileOf(directory, rollout), 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    return askedRollback.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** The journal has it now. A newer request with another key stays. */
export function forgetRollback(directory: string, { rollout, key }: Pick<AskedRollback, 'rollout' | 'key'>): void {
  if (askedRollbackOf(directory, rollout)?.key !== key) return;
  rmSync(fileOf(directory, rollout), { force: true });
}

function fileOf(directory: string, rollout: string): string {
  return join(directory, folderName, `${encodeURIComponent(rollout)}.json`);
}
