import { createHash, randomBytes } from 'node:crypto';
import { lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { errorCode } from '../protocol/domain/errorCode.ts';
import type { Plan } from '../protocol/domain/plan.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { BoundCommand } from './boundCommand.ts';

/**
 * What a person has approved on this machine: commands, and addresses that are connected to. Other words, or another
 * content, need another approval.
 */

const fileName = 'escalation-approvals.json';
const approvals = z.object({
  approvals: z.array(
    z.object({ sha256: z.string(), rollout: z.string(), argv: z.array(z.string()), by: z.string(), at: z.number() }),
  ),
});
type Approval = z.output<typeof approvals>['approvals'][number];
const mostKept = 200;

type Escalation = NonNullable<Plan['escalation']>;

/** Something that a plan would run or connect to, and that a person must have approved on this machine. */
export interface Approvable {
  /** Its name in a line: `the flag: PUT https://…`. */
  readonly about: string;
  /** Of everything that decides what is run or sent. */
  readonly sha256: string;
  /** The same for people, whole. */
  readonly lines: readonly string[];
  /**
   * sha256 without the content of programs outside of the workspace: an update of the system changes these in the
   * night, and must not stop a way back that a person has approved.
   */
  readonly wayBack?: string;
}

/** sha256 of the content, which must decide everything that is run or sent; the kind keeps one from standing for another. */
export function approvalHash(kind: 'flag' | 'source', rollout: string, content: unknown): string {
  return createHash('sha256')
    .update(`rampwatch ${kind} 1\n${JSON.stringify([rollout, content])}`)
    .digest('hex');
}

/** sha256 of the plan's escalation section, its rollout, and what its command would run; changes with every part. */
export function escalationHash(
  rollout: string,
  { contact, reference }: Escalation,
  { argv, program, files }: BoundCommand,
): string {
  const content = JSON.stringify([rollout, contact ?? null, reference ?? null, argv, program, files]);
  return createHash('sha256').update(`rampwatch escalation 2\n${content}`).digest('hex');
}

/** `directory`: the private state directory of the workspace. */
export function isApproved(directory: string, sha256: string): boolean {
  return read(directory).some((approval) => approval.sha256 === sha256);
}

/**
 * Keeps the approval of a use as it was shown.
 * @throws UserError `approval-unwritable`
 */
export function approveUse(
  directory: string,
  { sha256, lines, wayBack }: Approvable,
  said: Pick<Approval, 'rollout' | 'by' | 'at'>,
): void {
  for (const each of wayBack === undefined ? [sha256] : [sha256, wayBack])
    approve(directory, { ...said, sha256: each, argv: [...lines] });
}

/** @throws UserError `approval-unwritable` */
export function approve(directory: string, approval: Approval): void {
  const kept = read(directory).filter(({ sha256 }) => sha256 !== approval.sha256);
  const text = JSON.stringify({ approvals: [...kept, approval].slice(-mostKept) }, null, 2);
  const draft = join(directory, `${fileName}.${randomBytes(6).toString('hex')}`);
  try {
    writeFileSync(draft, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(draft, join(directory, fileName));
  } catch (error) {
    rmSync(draft, { force: true });
    const code = errorCode(error) || String(error);
    throw new UserError('approval-unwritable', `the approval cannot be kept in ${directory} (${code}); check its disk`);
  }
}

/** A file that others could have written approves nothing. */
function read(directory: string): readonly Approval[] {
  const file = join(directory, fileName);
  try {
    const status = lstatSync(file);
    const isOurs = process.getuid === undefined || (status.uid === process.getuid() && (status.mode & 0o077) === 0);
    if (!status.isFile() || !isOurs) return [];
    return approvals.parse(JSON.parse(readFileSync(file, 'utf8'))).approvals;
  } catch {
    return [];
  }
}
