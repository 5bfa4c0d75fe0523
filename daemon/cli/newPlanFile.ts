import { existsSync } from 'node:fs';
import { UserError } from '../protocol/domain/userError.ts';
import { writeWhole } from './writeFileWhole.ts';

/** Writes a plan whole or not at all; an existing plan is replaced only when `replace` says so. */
export function writePlanFile(file: string, text: string, replace: boolean): void {
  if (!replace) refuseExisting(file);
  writeWhole(file, text);
}

/** @throws UserError when a plan exists. */
export function refuseExisting(file: string): void {
  if (existsSync(file))
    throw new UserError('plan-exists', `${file} exists: name another file with --out, or remove it first`);
}
