import { createHash } from 'node:crypto';
import { rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { userInfo } from 'node:os';
import { posix } from 'node:path';
import * as z from 'zod';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { UserError } from '../protocol/domain/userError.ts';

/**
 * The claim of a daemon on a workspace: a name that the kernel gives to one process of this machine and takes back with
 * its end. It hangs on the folder itself (device and inode), so that another home directory, another user, another path to
 * the folder and a lost state directory all find it held. It does not reach into another container or machine.
 */
export interface Claim {
  release(): Promise<void>;
}

export interface ClaimHolder {
  readonly pid: number;
  readonly user: string;
  readonly stateDirectory: string;
}

const claimHolder = z.object({ pid: z.number().int(), user: z.string(), stateDirectory: z.string() });

/** A holder that is silent for this long hangs, or its machine is very busy. A start may wait longer than a command. */
const patience = { start: 4000, command: 1500 } as const;

/**
 * @returns `null` where the system gives no such name: then nothing but the store's own lock keeps a second daemon away.
 * @throws UserError `second-daemon` when the holder has the same state directory or does not answer, else `other-daemon`.
 */
export async function claimWorkspace(root: string, stateDirectory: string): Promise<Claim | null> {
  const name = claimName(root);
  const holder: ClaimHolder = { pid: process.pid, user: userName(), stateDirectory };
  for (let tries = 0; tries < 3; tries += 1) {
    try {
      return claimOf(await listen(name, `${JSON.stringify(holder)}\n`));
    } catch (error) {
      if (errorCode(error) !== 'EADDRINUSE') return null;
    }
    const found = await ask(name, patience.start);
    if (found === 'nobody') removeLeftOver(name);
    else throw held(found === 'silent' ? null : found, stateDirectory);
  }
  return null;
}

/** The daemon that watches the workspace now; `null` when there is none, or when it does not answer. */
export async function claimHolderOf(root: string): Promise<ClaimHolder | null> {
  const found = await ask(claimName(root), patience.command);
  return typeof found === 'string' ? null : found;
}

/** True while a daemon, silent or not, holds the workspace. */
export async function isClaimed(root: string): Promise<boolean> {
  return (await ask(claimName(root), patience.command)) !== 'nobody';
}

/** The error of every command that finds a daemon it cannot use. */
export function otherDaemon({ pid, user, stateDirectory }: ClaimHolder): UserError {
  return new UserError(
    'other-daemon',
    `a Rampwatch daemon of the user ${user} (process ${pid}) watches this folder already, with its state in ${stateDirectory}: use that one, or end it first`,
  );
}

function held(holder: ClaimHolder | null, stateDirectory: string): UserError {
  if (holder !== null && holder.stateDirectory !== stateDirectory) return otherDaemon(holder);
  const who = holder === null ? 'and does not answer' : `(process ${holder.pid})`;
  return new UserError(
    'second-daemon',
    `another Rampwatch daemon watches this folder ${who}; use that one, or stop it with \`rampwatch stop\``,
  );
}

function listen(name: string, told: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(told);
    });
    server.once('error', reject);
    server.listen(name, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      server.unref();
      resolve(server);
    });
  });
}

function claimOf(server: Server): Claim {
  return { release: () => new Promise((resolve) => server.close(() => resolve())) };
}

function ask(name: string, limit: number): Promise<ClaimHolder | 'nobody' | 'silent'> {
  return new Promise((resolve) => {
    let told = '';
    const socket = connect(name);
    socket.setTimeout(limit, () => end('silent'));
    socket.setEncoding('utf8');
    const end = (found: ClaimHolder | 'nobody' | 'silent'): void => {
      socket.destroy();
      resolve(found);
    };
    socket.on('data', (chunk: string) => {
      told += chunk;
      if (told.length > 10_000) end('silent');
    });
    socket.on('end', () => end(parsed(told) ?? 'silent'));
    socket.on('error', (error) => end(isNobody(error) ? 'nobody' : 'silent'));
  });
}

function isNobody(error: unknown): boolean {
  return ['ECONNREFUSED', 'ENOENT', 'ENOTSOCK'].includes(errorCode(error));
}

function parsed(text: string): ClaimHolder | null {
  try {
    return claimHolder.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}

/** Linux has names without files, Windows pipes; elsewhere a socket file in a folder that all users share. */
function claimName(root: string): string {
  const { dev, ino } = statSync(root, { bigint: true });
  const key = createHash('sha256').update(`${dev}:${ino}`).digest('hex').slice(0, 20);
  switch (process.platform) {
    case 'linux':
      return `\0rampwatch-${key}`;
    case 'win32':
      return `\\\\.\\pipe\\rampwatch-${key}`;
    default:
      return posix.join('/tmp', `rampwatch-${key}.sock`);
  }
}

/** A socket file outlives a process that was killed; the other kinds of names do not. */
function removeLeftOver(name: string): void {
  if (name.startsWith('/')) rmSync(name, { force: true });
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
