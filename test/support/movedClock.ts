import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A wall clock that a test sets, for all processes that are started with its variables; the monotonic one runs on. */
export interface MovedClock {
  /** Variables of the environment that give a process of Node this clock. */
  readonly environment: NodeJS.ProcessEnv;
  /** Milliseconds by which it is ahead of this process's clock. */
  readonly ahead: number;
  now(): number;
  setAhead(milliseconds: number): void;
}

export type ClockKind = 'a preloaded module' | 'libfaketime';

/** libfaketime (the package `faketime` of Debian) stands below Node, as the clock of the system does. */
const library = findLibrary();

/** The ways to move the clock of a process that this machine has. */
export const clockKinds: readonly ClockKind[] =
  library === null ? ['a preloaded module'] : ['a preloaded module', 'libfaketime'];

/** @param file where the offset is kept. */
export function movedClock(kind: ClockKind, file: string): MovedClock {
  let ahead = 0;
  const setAhead = (milliseconds: number): void => {
    ahead = milliseconds;
    writeFileSync(
      file,
      kind === 'libfaketime' ? `${milliseconds < 0 ? '' : '+'}${milliseconds / 1000}` : String(milliseconds),
    );
  };
  setAhead(0);
  return {
    environment: kind === 'libfaketime' ? preloadedLibrary(file) : preloadedModule(file),
    get ahead() {
      return ahead;
    },
    now: () => Date.now() + ahead,
    setAhead,
  };
}

function preloadedModule(file: string): NodeJS.ProcessEnv {
  const module = new URL('movedClockOfProcess.mjs', import.meta.url).href;
  return { NODE_OPTIONS: `--import=${module}`, RAMPWATCH_TEST_CLOCK: file };
}

function preloadedLibrary(file: string): NodeJS.ProcessEnv {
  return {
    LD_PRELOAD: library ?? '',
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    // Files keep the times that they have when a clock is set.
    NO_FAKE_STAT: '1',
  };
}

function findLibrary(): string | null {
  const base = '/usr/lib';
  if (process.platform !== 'linux' || !existsSync(base)) return null;
  for (const folder of readdirSync(base)) {
    const file = join(base, folder, 'faketime', 'libfaketimeMT.so.1');
    if (existsSync(file)) return file;
  }
  return null;
}
