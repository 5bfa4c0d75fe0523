import { UserError } from '../../protocol/domain/userError.ts';

/** SQLite's primary result codes (sqlite.org/rescode.html) with a cause outside of Rampwatch. */
const busy = 5;
const locked = 6;
const permission = 3;
const readOnly = 8;
const inputOutput = 10;
const corrupt = 11;
const full = 13;
const cannotOpen = 14;
const notADatabase = 26;

/** The primary result code of an error that `node:sqlite` threw, `undefined` for any other error. */
function resultCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === busy || code === locked;
}

export function isCorrupt(error: unknown): boolean {
  const code = resultCode(error);
  return code === corrupt || code === notADatabase;
}

/** Tells what SQLite reported about `file` as one line with a stable code; a defect of ours passes unchanged. */
export function stateFailure(error: unknown, file: string): unknown {
  const said = error instanceof Error ? error.message : String(error);
  switch (resultCode(error)) {
    case busy:
    case locked:
      return new UserError(
        'second-daemon',
        `another Rampwatch daemon has this workspace's state open (${file}); use that one, or stop it with \`rampwatch stop\``,
      );
    case full:
      return new UserError(
        'state-full',
        `no space left for Rampwatch's state in ${file}; free some space there, nothing that was stored is lost`,
      );
    case permission:
    case readOnly:
    case cannotOpen:
    case inputOutput:
      return new UserError(
        'state-unwritable',
        `Rampwatch's state in ${file} cannot be written (${said}); check the disk and the permissions of its directory`,
      );
    case corrupt:
    case notADatabase:
      return new UserError(
        'state-corrupt',
        `Rampwatch's state in ${file} is damaged (${said}): end the daemon, and the next start says what to do`,
      );
    default:
      return error;
  }
}
