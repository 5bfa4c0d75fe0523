import { renameSync, statSync } from 'node:fs';
import { pino } from 'pino';

/** The daemon's own log: one JSON object per line. */
export interface Log {
  info(detail: string): void;
  warn(detail: string): void;
  error(detail: string): void;
}

const largest = 5 * 1024 * 1024;

/** What could not be written waits in memory up to here; then the newest lines are lost. */
const longestBacklog = 1024 * 1024;

/**
 * Appends to the file; the one before it is kept as `.1`. Each line is written at once, so that a crash loses none. A log
 * that cannot be written, as on a full disk, never stops the daemon.
 */
export function fileLog(file: string): Log {
  try {
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > largest) renameSync(file, `${file}.1`);
    const destination = pino.destination({ dest: file, sync: true, mode: 0o600, maxLength: longestBacklog });
    destination.on('error', () => undefined);
    return pinoLog(pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, destination));
  } catch {
    // The store lies in the same directory, and says in its own words what is wrong there.
    return { info: () => undefined, warn: () => undefined, error: () => undefined };
  }
}

function pinoLog(logger: pino.Logger): Log {
  return {
    info: (detail) => logger.info(detail),
    warn: (detail) => logger.warn(detail),
    error: (detail) => logger.error(detail),
  };
}
