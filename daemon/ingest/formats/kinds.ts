import { formatNames, type SourceFormat } from '../../protocol/domain/formatNames.ts';
import { sourceFormat } from '../../protocol/domain/sourceFormat.ts';
import type { Source } from '../../protocol/domain/sourceKinds.ts';
import { csv } from './csv.ts';
import type { Format } from './format.ts';
import { jsonLines } from './jsonLines.ts';
import { textLines } from './textLines.ts';

/** The reader of each format. */
const readers: Readonly<Record<SourceFormat, Format>> = { jsonl: jsonLines, csv, text: textLines };

export function formatNamed(name: SourceFormat): Format {
  return readers[name];
}

export function formatOf(source: Source): Format {
  return formatNamed(sourceFormat(source));
}

/** The format that a file of records begins like; `null` when it is none of them. */
export function recognisedFormat(head: string): SourceFormat | null {
  return formatNames.find((name) => readers[name].beginsLike(head)) ?? null;
}
