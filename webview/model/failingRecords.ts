import { framesIn, isOwnFrame, type StackFrame } from '../../daemon/protocol/domain/stackFrame.ts';
import { localTime } from '../../daemon/protocol/domain/zonedTime.ts';
import type { FailureGroup, RecordField, ShownRecord } from '../../daemon/protocol/wire/failures.ts';
import type { SourcePlace } from '../../daemon/protocol/wire/whyMessages.ts';
import { contentText } from '../../daemon/protocol/words/explanationWords.ts';
import { grouped } from '../../daemon/protocol/words/figureText.ts';
import { placeText } from '../../daemon/protocol/words/placeText.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import { t } from '../translate.ts';

/** A visible line of the tree: a group, or a record of an open group. */
export type TreeLine =
  | {
      readonly kind: 'group';
      readonly key: string;
      readonly text: string;
      readonly count: number;
      readonly isNew: boolean;
      readonly open: boolean;
    }
  | {
      readonly kind: 'record';
      readonly key: string;
      readonly group: string;
      readonly text: string;
      readonly where: string;
    };

/** `closed`: keys of the groups that a reader has closed. */
export function treeLines(
  groups: readonly FailureGroup[],
  closed: ReadonlySet<string>,
  zone: string,
): readonly TreeLine[] {
  return groups.flatMap((group, index): readonly TreeLine[] => {
    const key = groupKey(index);
    const open = !closed.has(key);
    const { of, records } = group;
    const text = of === null ? t('Other records') : contentText(of.field, of.content, t);
    const line: TreeLine = { kind: 'group', key, text, count: records.length, isNew: of?.isNew ?? false, open };
    if (!open) return [line];
    const lines = records.map(
      (record, position): TreeLine => ({
        kind: 'record',
        key: recordKey(index, position),
        group: key,
        text: record.at === null ? t('no time') : clock(record.at, zone),
        where: record.place === null ? '' : placeText(record.place, 60),
      }),
    );
    return [line, ...lines];
  });
}

function groupKey(group: number): string {
  return `g${group}`;
}

function recordKey(group: number, record: number): string {
  return `g${group}r${record}`;
}

/** All records in the order of the tree, with their keys. */
export function recordsInOrder(
  groups: readonly FailureGroup[],
): readonly { key: string; group: string; record: ShownRecord }[] {
  return groups.flatMap(({ records }, group) =>
    records.map((record, position) => ({ key: recordKey(group, position), group: groupKey(group), record })),
  );
}

/** `04:23:11.042`: records of one second are told apart. */
function clock(at: number, zone: string): string {
  const { minute } = localTime(at, zone);
  const within = at % 60_000;
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = `${two(Math.floor(within / 1000))}.${String(Math.floor(within % 1000)).padStart(3, '0')}`;
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}:${seconds}`;
}

/** The passing records that are most like a failing one, the most alike first: what still differs is telling. */
export function mostAlike(record: ShownRecord, passed: readonly ShownRecord[]): readonly ShownRecord[] {
  const own = new Map(record.fields.map(({ path, text }) => [path, text]));
  const likeness = ({ fields }: ShownRecord) => fields.filter(({ path, text }) => own.get(path) === text).length;
  return passed
    .map((each) => ({ each, alike: likeness(each) }))
    .toSorted((one, other) => other.alike - one.alike)
    .map(({ each }) => each);
}

/** A field of a failing record, beside that of a passing one. */
export interface FieldRow {
  readonly path: string;
  /** `null`: only the passing record has it. */
  readonly text: string | null;
  readonly mark: RecordField['mark'];
  /** `null`: the passing record lacks it, or none is compared with. */
  readonly passing: string | null;
  readonly differs: boolean;
}

/** What makes the record fail first, then what explains it, then the rest in the record's own order. */
export function fieldRows(record: ShownRecord, passing: ShownRecord | null): readonly FieldRow[] {
  const others = new Map(passing?.fields.map(({ path, text }) => [path, text]));
  const own = record.fields.map(({ path, text, mark }): FieldRow => {
    const other = others.get(path) ?? null;
    others.delete(path);
    return { path, text, mark, passing: other, differs: passing !== null && other !== text };
  });
  const rest = [...others].map(
    ([path, text]): FieldRow => ({ path, text: null, mark: null, passing: text, differs: true }),
  );
  const rank = ({ mark, text }: FieldRow) =>
    mark === 'fails' ? 0 : mark === 'telling' ? 1 : text !== null && framesIn(text).length > 0 ? 2 : 3;
  return [...own.toSorted((one, other) => rank(one) - rank(other)), ...rest];
}

/** A line of a text that may be a stack trace; `frame`: it names a place in a program's own source. */
export interface TraceLine {
  readonly text: string;
  readonly frame: StackFrame | null;
  readonly isForeign: boolean;
}

export function traceLines(text: string): readonly TraceLine[] {
  return text.split('\n').map((line) => {
    const [frame] = framesIn(line);
    const isOwn = frame !== undefined && isOwnFrame(frame);
    return { text: plainText(line, 400), frame: isOwn ? frame : null, isForeign: frame !== undefined && !isOwn };
  });
}

/** Where a record's error was raised in the program's own source. */
export function raisedAt({ fields }: ShownRecord): StackFrame | null {
  for (const { text } of fields) {
    if (!text.includes('\n')) continue;
    const found = framesIn(text).find(isOwnFrame);
    if (found !== undefined) return found;
  }
  return null;
}

export function placeOf({ file, line }: StackFrame): SourcePlace {
  return { file, line };
}

/** `checkoutV2.mjs:9`. */
export function frameName({ file, line }: StackFrame): string {
  return `${plainText(file.split(/[/\\]/).at(-1) ?? file, 80)}:${line}`;
}

export function countsText(groups: readonly FailureGroup[]): string {
  const records = groups.reduce((sum, group) => sum + group.records.length, 0);
  return groups.length > 1
    ? t('{0} newest, in {1} groups', grouped(records), grouped(groups.length))
    : t('{0} newest', grouped(records));
}
