import { existsSync, renameSync, statSync } from 'node:fs';
import { pino } from 'pino';
import { logKept } from './protocol/domain/retention.ts';

/** The daemon's own log: one JSON object per line. */
export interface Log {
  info(detail: string): void;
  warn(detail: string): void;
  error(detail: string): void;
}

/** Lines that could not be written wait in memory up to this size; beyond it the newest lines are lost. */
const longestBacklog = 1024 * 1024;

/** The log and its rotated files, newest first; some may not exist. */
export function logFiles(file: string): readonly string[] {
  return [file, ...Array.from({ length: logKept.files }, (_, index) => `${file}.${index + 1}`)];
}

/**
 * Appends to the file. A full log is renamed to `.1`, the former `.1` to `.2`, and the oldest is deleted. Each line is
 * written at once, so that a crash loses none. An unwritable log, as on a full disk, never stops the daemon.
 *
 *
 * @param full in bytes
 */
export function fileLog(file: string, full = logKept.bytes): Log {
  try {
    let size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    let destination = openLog(file);
    const write = (line: string): void => {
      const added = Buffer.byteLength(line);
      if (size > 0 && size + added > full) {
        // A failed rotation is tried again after as many bytes again.
        size = 0;
        destination = newLog(file, destination);
      }
      if (size > 0 && !existsSync(file)) {
        size = 0;
        destination = openedAgain(file, destination);
      }
      size += added;
      destination.write(line);
    };
    return pinoLog(pino({ base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, { write }));
  } catch {
    // The store lies in the same directory, and reports its own faults.
    return { info: () => undefined, warn: () => undefined, error: () => undefined };
  }
}

type Destination = ReturnType<typeof pino.destination>;

function openLog(file: string): Destination {
  const destination = pino.destination({ dest: file, sync: true, mode: 0o600, maxLength: longestBacklog });
  destination.on('error', () => undefined);
  return destination;
}

/** Returns the present file when no new one can be opened. */
function newLog(file: string, present: Destination): Destination {
  try {
    const names = logFiles(file);
    for (let index = names.length - 2; index >= 0; index -= 1) {
      const [from, to] = [names[index] ?? file, names[index + 1] ?? file];
      if (existsSync(from)) renameSync(from, to);
    }
    const next = openLog(file);
    present.end();
    return next;
  } catch {
    return present;
  }
}

/** The file was removed by somebody. */
function openedAgain(file: string, present: Destination): Destination {
  try {
    const next = openLog(file);
    present.end();
    return next;
  } catch {
    return present;
  }
}

function pinoLog(logger: pino.Logger): Log {
  return {
    info: (detail) => logger.info(detail),
    warn: (detail) => logger.warn(detail),
    error: (detail) => logger.error(detail),
  };
}
