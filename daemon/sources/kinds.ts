import type { RecordWindow, WindowOptions } from '../ingest/recorded/recordWindow.ts';
import type { PositionRecord } from '../protocol/domain/observation.ts';
import type { Source, SourceKindName, SourceOf } from '../protocol/domain/sourceKinds.ts';
import { commands } from './command/commands.ts';
import { files } from './file/files.ts';
import { engines } from './prometheus/engines.ts';
import { SecondReadersTogether } from './secondReadersTogether.ts';
import type {
  NumberedSource,
  RunningSource,
  SecondReader,
  SecondRun,
  SourceKind,
  SourcePlace,
  SourceRun,
} from './source.ts';
import { SourcesTogether } from './sourcesTogether.ts';

/** The reader of each kind of source, by the key that tells the kind in a plan. */
const readers: { readonly [Kind in SourceKindName]: SourceKind<SourceOf<Kind>> } = {
  file: files,
  command: commands,
  prometheus: engines,
};

/** A table of kinds, as the functions of this file use it: the key tells a source's kind, so its settings fit. */
export type SourceKinds = Readonly<Record<string, SourceKind<Source>>>;
export const sourceReaders = readers as unknown as SourceKinds;

/** Starts the sources of a plan: those of one kind together, the kinds beside each other. */
export function startSources(run: SourceRun, kinds: SourceKinds = sourceReaders): RunningSource {
  return new SourcesTogether(byKind(run.sources, kinds).map(([kind, sources]) => kind.start({ ...run, sources })));
}

/**
 * Reads again what can be read again. A source whose records are gone is left out, and so is one whose records are joined
 * with those of another: the reading is not whole then.
 */
export function startSecondReading(run: SecondRun, kinds: SourceKinds = sourceReaders): SecondReader {
  const readers = byKind(run.sources, kinds).flatMap(([{ again }, sources]) => {
    const isOf = ({ source }: PositionRecord) => sources.some(({ index }) => index === source);
    const until = run.until.filter(isOf);
    const alone = sources.filter(({ source }) => source.join === undefined);
    const untilOfAlone = until.filter(({ source }) => alone.some(({ index }) => index === source));
    const left = again === null ? until.length > 0 : untilOfAlone.length < until.length;
    return [
      ...(again === null || alone.length === 0 ? [] : [again.start({ ...run, sources: alone, until: untilOfAlone })]),
      ...(left ? [null] : []),
    ];
  });
  return new SecondReadersTogether(readers);
}

/** The names of the logs of which something was read, by the positions of one source. */
export function logsRead(source: Source, positions: readonly PositionRecord[]): readonly string[] {
  return kindOf(source, sourceReaders).again?.logsRead(positions) ?? [];
}

/** True when a log, by its name, belongs to the source. */
export function isLogOf(log: string, source: Source): boolean {
  return kindOf(source, sourceReaders).again?.isLogOf(log, source) ?? false;
}

/** Cursors of a second reading that goes on where the first stood. */
export function cursorsAt(sources: readonly Source[], positions: readonly PositionRecord[]): readonly PositionRecord[] {
  return sources.flatMap((source, index) => {
    const own = positions.filter((position) => position.source === index);
    return kindOf(source, sourceReaders).again?.cursorsAt(own) ?? [];
  });
}

/** The position from which a source is read on in another format. */
export function readOnAs(source: Source, position: PositionRecord): PositionRecord {
  return kindOf(source, sourceReaders).again?.readOnAs(position) ?? position;
}

/** True when the first line of each log names the columns of the others. */
export function hasHeader(source: Source): boolean {
  return kindOf(source, sourceReaders).again?.hasHeader(source) ?? false;
}

/** The records about a time, as they stand; none of a source that keeps them nowhere. */
export async function recordsAbout(root: string, source: Source, options: WindowOptions): Promise<RecordWindow> {
  return (await kindOf(source, sourceReaders).window?.(root, source, options)) ?? { excerpts: [], left: [] };
}

/** In a line, the reason why nothing of the source can be read on this machine; `null` when it can. */
export async function missingHere(place: SourcePlace): Promise<string | null> {
  return (await kindOf(place.source, sourceReaders).missing?.(place)) ?? null;
}

function byKind(
  sources: readonly NumberedSource[],
  kinds: SourceKinds,
): readonly (readonly [SourceKind<Source>, readonly NumberedSource[]])[] {
  return [...Map.groupBy(sources, ({ source }) => kindOf(source, kinds))];
}

function kindOf(source: Source, kinds: SourceKinds): SourceKind<Source> {
  const kind = Object.entries(kinds).find(([key]) => key in source)?.[1];
  if (kind === undefined) throw new RangeError('a source of no known kind');
  return kind;
}
