import { closeSync, openSync, readFileSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { onTestFinished } from 'vitest';
import type { IngestOptions } from '../../../daemon/ingest/tail/ingest.ts';
import type { FileSource } from '../../../daemon/protocol/domain/sourceKinds.ts';
import { IngestBench } from '../../support/ingestBench.ts';

/** An ingest over a folder of real files, until the test is over. */
export function open(
  sources: readonly FileSource[] | string = 'metrics.jsonl',
  options: Partial<IngestOptions> = {},
): IngestBench {
  const bench = new IngestBench(sources, options);
  onTestFinished(() => bench.dispose());
  return bench;
}

export const line = (id: number): string => `{"id":${id},"name":"an upload like any other, of number ${id}"}\n`;
export const lines = (from: number, to: number): string => ids(from, to).map(line).join('');
export const ids = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
export const sorted = (bench: IngestBench): number[] => bench.ids.toSorted((one, other) => one - other);
export const gzip = (bench: IngestBench, name: string): void => {
  writeFileSync(bench.path(`${name}.gz`), gzipSync(readFileSync(bench.path(name))));
  unlinkSync(bench.path(name));
};
/** A writer that keeps its file open, as loggers do. */
export const appender = (bench: IngestBench, name: string) => {
  const descriptor = openSync(bench.path(name), 'a');
  return { write: (text: string) => writeSync(descriptor, text), close: () => closeSync(descriptor) };
};
export const standing = (bench: IngestBench) => bench.ingest.health().map(({ state, detail }) => ({ state, detail }));
/** Milliseconds after which whatever was waited for has been given up. */
export const longLater = 6000;
/** Milliseconds after which a deleted file that was held open is let go. */
export const untilLetGo = 5 * 60_000 + 1;
