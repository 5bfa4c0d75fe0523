import { formatOf } from '../../ingest/formats/kinds.ts';
import { recordWindow } from '../../ingest/recorded/recordWindow.ts';
import { discover, parseGlob } from '../../ingest/tail/discover.ts';
import { startIngest } from '../../ingest/tail/ingest.ts';
import { cursorsAt, isLogOf, logsRead, readOnAs } from '../../ingest/tail/readSources.ts';
import { SecondReading } from '../../ingest/tail/secondReading.ts';
import type { FileSource } from '../../protocol/domain/sourceKinds.ts';
import type { NumberedSource, SourceKind } from '../source.ts';

/** Files that are followed. Those of one plan are read together, because their records share one order of time. */
export const files: SourceKind<FileSource> = {
  start: (run) => startIngest({ ...run, ...apart(run.sources) }),
  again: {
    logsRead,
    isLogOf,
    cursorsAt,
    readOnAs,
    hasHeader: (source) => formatOf(source).hasHeader,
    start: (run) => new SecondReading({ ...run, ...apart(run.sources) }),
  },
  window: recordWindow,
  async missing({ root, source }) {
    const { files } = await discover(root, parseGlob(source.file));
    return files.length > 0 ? null : `no file here matches ${source.file}`;
  },
};

function apart(sources: readonly NumberedSource<FileSource>[]) {
  return { sources: sources.map(({ source }) => source), numbers: sources.map(({ index }) => index) };
}
