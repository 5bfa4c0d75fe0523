import type { DotenvFlag } from '../../protocol/domain/flagKinds.ts';
import { type Percent, percent } from '../../protocol/domain/units.ts';
import type { FlagReading } from '../target.ts';

type KeyReading =
  | { readonly kind: 'silent' | 'off' | 'unknown' }
  | { readonly kind: 'on'; readonly percent: Percent | null };

/** Reads what the keys say of users, by the templates of `set` read backwards; `values` as `readFlag` gives them. */
export function flagReading(flag: DotenvFlag, values: Readonly<Record<string, string | null>>): FlagReading {
  const read = Object.entries(flag.set).map(([key, template]) => ({
    key,
    ...keyReading(template, values[key] ?? null),
  }));
  const detail = `${flag.dotenv} says ${read
    .flatMap(({ key }) => (values[key] == null ? [] : [`${key}=${values[key]}`]))
    .join(', ')}`;
  const on = read.flatMap((each) => (each.kind === 'on' ? [each] : []));
  if (on.length === 0) return { kind: read.some(({ kind }) => kind === 'unknown') ? 'unknown' : 'off', detail };
  if (read.some(({ kind }) => kind === 'off')) return { kind: 'at-odds', detail };
  const percents = on.flatMap((each) => (each.percent === null ? [] : [each.percent]));
  return { kind: 'exposing', percent: percents.length === 0 ? null : percent(Math.max(...percents)), detail };
}

const placeholder = /\$\{(enabled|percent)\}/g;
const switchedOn = ['true', '1', 'on', 'yes'];
/**
 * The values that may replace each placeholder; Rampwatch itself writes `true` and `false`, people also write the
 * others.
 */
const inPlaceOf = {
  enabled: '\\s*(true|1|on|yes|false|0|off|no)\\s*',
  percent: '\\s*(\\+?\\d{1,3}(?:\\.\\d*)?|\\.\\d+)\\s*',
} as const;

function keyReading(template: string, value: string | null): KeyReading {
  const names = [...template.matchAll(placeholder)].map(([, name]) => name);
  // A text that does not depend on the flag says nothing about it.
  if (value === null || names.length === 0) return { kind: 'silent' };
  const texts = pattern(template).exec(value)?.slice(1);
  if (texts === undefined) return { kind: 'unknown' };
  const numbers: number[] = [];
  for (const [index, text] of texts.entries()) {
    if (names[index] === 'percent') numbers.push(Number(text));
    else if (!switchedOn.includes(text.toLowerCase())) return { kind: 'off' };
  }
  if (numbers.some((number) => number > 100)) return { kind: 'unknown' };
  // A percentage is read as the template has it: 0.1 is a tenth of a percent, never a share of 1.
  if (numbers.includes(0)) return { kind: 'off' };
  return { kind: 'on', percent: numbers.length === 0 ? null : percent(Math.max(...numbers)) };
}

/** The template read backwards: it matches the values that the plan can have set. */
function pattern(template: string): RegExp {
  const parts = template.split(placeholder).map((part, index) => {
    if (index % 2 === 1) return part === 'enabled' ? inPlaceOf.enabled : inPlaceOf.percent;
    return part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`, 'i');
}
