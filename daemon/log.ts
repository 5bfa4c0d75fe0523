import { existsSync, renameSync, statSync } from 'node:fs';
import { pino } from 'pino';

/** The daemon's own log: one JSON object per line. */
export interface Log {
  info(detail: string): void;
  warn(detail: string): void;
  error(detail: string): void;
}

const largest = 5 * 1024 * 1024;

/** Appends to the file; the one before it is kept as `.1`. The destination is written at once, so that a crash loses no line. */
export function fileLog(file: string): Log {
  if (existsSync(file) && statSync(file).size > largest) renameSync(file, `${file}.1`);
  return pinoLog(
    pino(
      { base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
      pino.destination({ dest: file, sync: true, mode: 0o600 }),
    ),
  );
}

function pinoLog(logger: pino.Logger): Log {
  return {
    info: (detail) => logger.info(detail),
    warn: (detail) => logger.warn(detail),
    error: (detail) => logger.error(detail),
  };
}
