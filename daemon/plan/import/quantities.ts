/** Numbers and lengths of time in running text. All readers expect `plain` text. */

const words: Readonly<Record<string, number>> = {
  zero: 0,
  a: 1,
  an: 1,
  one: 1,
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  twelve: 12,
  fifteen: 15,
  twenty: 20,
  'twenty-four': 24,
  thirty: 30,
  'forty-eight': 48,
  fifty: 50,
  'seventy-two': 72,
};
const numberWords = Object.keys(words)
  .sort((a, b) => b.length - a.length)
  .join('|');
const number = '\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|\\d+(?:[.,]\\d+)?';

/** A number as guides write it: `1,000`, `99,5`, `10`, `two`; `undefined` when it is none. */
export function readNumber(text: string): number | undefined {
  const word = words[text.toLowerCase()];
  if (word !== undefined) return word;
  if (/^\d{1,3}(?:,\d{3})+(?:\.\d+)?$/.test(text)) return Number(text.replaceAll(',', ''));
  if (/^\d+(?:[.,]\d+)?$/.test(text)) return Number(text.replace(',', '.'));
  return undefined;
}

export interface LengthOfTime {
  /** As the plan writes it: `48h`, `5m`. */
  readonly text: string;
  readonly milliseconds: number;
  readonly index: number;
  readonly end: number;
}

const units: readonly (readonly [RegExp, string, number])[] = [
  [/^s/, 's', 1000],
  [/^mi?n?/, 'm', 60_000],
  [/^h/, 'h', 3_600_000],
  [/^d/, 'd', 86_400_000],
  [/^w/, 'w', 604_800_000],
];
const timePattern = new RegExp(
  `(?<![\\w.,])(?:(?:${number})\\s*(?:-|to|or)\\s*)?(${number}|half an|${numberWords})\\s*\\+?[\\s-]*(?:full |business |working |calendar |more |straight |consecutive |continuous )?` +
    '(s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)\\b(?!\\s+\\d)',
  'gi',
);

/** Every length of time in the text; of a range (`24-48 hours`) the longer end. Numbers above ten years are none. */
export function readLengths(text: string): readonly LengthOfTime[] {
  const found: LengthOfTime[] = [];
  for (const match of text.matchAll(timePattern)) {
    const [whole, amount = '', unit = ''] = match;
    // `5 M` is not five minutes, and `a d` is no day.
    if (unit.length === 1 && (unit !== unit.toLowerCase() || !/\d/.test(amount))) continue;
    // `40 a day` is a rate.
    if (/^an?$/i.test(amount) && /\d\s*$/.test(text.slice(0, match.index))) continue;
    const half = amount.toLowerCase() === 'half an';
    const count = half ? 0.5 : readNumber(amount);
    const known = units.find(([pattern]) => pattern.test(unit.toLowerCase()));
    if (count === undefined || known === undefined || count <= 0) continue;
    const milliseconds = Math.round(count * known[2]);
    if (milliseconds > 3650 * 86_400_000 || milliseconds < 1000) continue;
    found.push({
      text: lengthText(milliseconds, known[1]),
      milliseconds,
      index: match.index,
      end: match.index + whole.length,
    });
  }
  return found;
}

/** In the unit the guide used where that is whole, else in the largest that is. */
function lengthText(milliseconds: number, preferred: string): string {
  const size = units.find(([, name]) => name === preferred)?.[2] ?? 1000;
  if (milliseconds % size === 0) return `${milliseconds / size}${preferred}`;
  const whole = [...units].reverse().find(([, , each]) => milliseconds % each === 0);
  return whole === undefined ? `${Math.round(milliseconds / 1000)}s` : `${milliseconds / whole[2]}${whole[1]}`;
}

/** A figure as the plan's conditions write it: at most nine decimals, no exponent; `undefined` when it is too large. */
export function figure(value: number): string | undefined {
  if (!Number.isFinite(value) || value < 0 || value >= 1e12) return undefined;
  const text = String(Number(value.toFixed(6)));
  return /^\d{1,12}(?:\.\d{1,9})?$/.test(text) && text.replace('.', '').length <= 13 ? text : undefined;
}
