import type { WrittenNear } from '../protocol/domain/observation.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { stampOf } from './lineStamp.ts';
import { type Milliseconds, scanOffset } from './timestamp.ts';
import type { Zone } from './zone.ts';

/** The letters of a pattern, those of Java's `DateTimeFormatter` and of Unicode (UTS 35); the longest first. */
const letters: readonly (readonly [RegExp, string])[] = [
  [/^y{3,}|^u{3,}|^Y{4}/, String.raw`(?<year>\d{4})`],
  [/^yy/, String.raw`(?<shortYear>\d{2})`],
  [/^M{3,}/, String.raw`(?<name>[A-Za-z]{3})[a-z]*\.?`],
  [/^MM?/, String.raw`(?<month>\d{1,2})`],
  [/^dd?/, String.raw` ?(?<day>\d{1,2})`],
  [/^E+/, '[A-Za-z]+'],
  [/^HH?|^hh?/, String.raw`(?<hour>\d{1,2})`],
  [/^mm?/, String.raw`(?<minute>\d{1,2})`],
  [/^ss?/, String.raw`(?<second>\d{1,2})`],
  [/^S+|^n+/, String.raw`(?<fraction>\d{1,9})`],
  [/^a/, String.raw`(?<half>[AaPp])\.?[Mm]\.?`],
  [/^[XxZz]+/, String.raw`(?<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})`],
];

/**
 * Reads times of one written pattern: `dd.MM.yyyy HH:mm:ss,SSS`, `MM/dd/yy hh:mm a`. A letter that stands for itself is
 * put into quotes, `yyyy-MM-dd'T'HH:mm`.
 * @throws UserError for a letter that stands for nothing.
 */
export function compileTimePattern(
  pattern: string,
): (text: string, zone: Zone, near: WrittenNear | null) => Milliseconds | undefined {
  let source = '';
  for (let rest = pattern; rest !== ''; ) {
    const quoted = /^'((?:[^']|'')*)'/.exec(rest);
    if (quoted !== null) {
      source += escaped((quoted[1] ?? '').replaceAll("''", "'") || "'");
      rest = rest.slice(quoted[0].length);
      continue;
    }
    const found = letters
      .map(([letter, part]) => [letter.exec(rest)?.[0], part] as const)
      .find(([taken]) => taken !== undefined);
    if (found?.[0] !== undefined) {
      source += found[1];
      rest = rest.slice(found[0].length);
      continue;
    }
    const first = rest.charAt(0);
    if (/[A-Za-z]/.test(first)) {
      throw new UserError(
        'invalid-time-pattern',
        `time.pattern: \`${first}\` stands for nothing in \`${pattern}\`; write for example dd.MM.yyyy HH:mm:ss,SSS, and letters that stand for themselves in quotes`,
      );
    }
    source += first === ' ' ? ' +' : escaped(first);
    rest = rest.slice(1);
  }
  let expression: RegExp;
  try {
    expression = new RegExp(`^\\s*${source}\\s*$`);
  } catch {
    throw new UserError('invalid-time-pattern', `time.pattern: \`${pattern}\` names a part twice; name each once`);
  }
  return (text, zone, near) => {
    const groups = expression.exec(text)?.groups;
    if (groups === undefined) return undefined;
    const { half, hour = '0', minute = '0', second = '0', shortYear, year, offset: written } = groups;
    const offset = written === undefined ? undefined : scanOffset(written, 0);
    const parts = {
      ...groups,
      year: year ?? (shortYear === undefined ? undefined : String(2000 + Number(shortYear))),
      hour: half === undefined ? hour : String((Number(hour) % 12) + (half.toLowerCase() === 'p' ? 12 : 0)),
      minute,
      second,
    };
    return stampOf(parts, near, (civil) => (offset === undefined ? zone.toUtc(civil) : civil - offset.milliseconds));
  };
}

function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
