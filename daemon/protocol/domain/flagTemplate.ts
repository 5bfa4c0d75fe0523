import { isoTime, type Percent, percent, wallTime } from './units.ts';

/** How a flag is to be: always an absolute value. `percent`: 0 to 100. */
interface Wanted {
  readonly enabled: boolean;
  readonly percent: number;
  /** The end of the flag's lease, in milliseconds since 1970; without one it has ended. */
  readonly expires?: number | undefined;
}

/**
 * A part of a flag's value that depends on the stage: `${enabled}` (true or false), `${enabled:ON|OFF}` (one of two words),
 * `${percent}`, `${rest}` (100 − percent), and these two times or through a number: `${percent*1000}` for weights that
 * are whole, `${percent/100}` for a share of one. `${expires}` is the end of the flag's lease, and no part of the stage.
 */
type Placeholder =
  | { readonly kind: 'enabled'; readonly on: string; readonly off: string }
  | { readonly kind: 'percent' | 'rest'; readonly times: number }
  /** In words of RFC 3339, or in seconds since 1970. */
  | { readonly kind: 'expires'; readonly isSeconds: boolean };

export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'placeholder'; readonly placeholder: Placeholder }
  /** Looks like one, and is none. `at`: its index in the template. */
  | { readonly kind: 'unknown'; readonly text: string; readonly name: string; readonly at: number };

export function templateParts(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of template.matchAll(/\$\{([^}]*)\}?/g)) {
    const [whole, name = ''] = match;
    if (match.index > end) parts.push({ kind: 'text', text: template.slice(end, match.index) });
    const placeholder = whole.endsWith('}') ? placeholderOf(name) : undefined;
    parts.push(
      placeholder === undefined
        ? { kind: 'unknown', text: whole, name, at: match.index }
        : { kind: 'placeholder', placeholder },
    );
    end = match.index + whole.length;
  }
  if (end < template.length) parts.push({ kind: 'text', text: template.slice(end) });
  return parts;
}

function placeholderOf(name: string): Placeholder | undefined {
  if (name === 'enabled') return { kind: 'enabled', on: 'true', off: 'false' };
  if (name === 'expires' || name === 'expires:unix') return { kind: 'expires', isSeconds: name !== 'expires' };
  const [, on, off] = /^enabled:([^|}]+)\|([^|}]+)$/.exec(name) ?? [];
  if (on !== undefined && off !== undefined && on !== off) return { kind: 'enabled', on, off };
  const [, kind, sign = '*', number = '1'] = /^(percent|rest)(?:([*/])(\d{1,9}))?$/.exec(name) ?? [];
  if (kind === undefined || Number(number) === 0) return undefined;
  return { kind: kind === 'percent' ? 'percent' : 'rest', times: sign === '*' ? Number(number) : 1 / Number(number) };
}

/** True when the value tells the percentage itself. */
export function tellsPercent(template: string): boolean {
  return templateParts(template).some(
    (part) => part.kind === 'placeholder' && (part.placeholder.kind === 'percent' || part.placeholder.kind === 'rest'),
  );
}

/** True when the value tells the end of the lease: it changes at every renewal, and says nothing of the stage. */
export function tellsExpiry(template: string): boolean {
  return templateParts(template).some((part) => part.kind === 'placeholder' && part.placeholder.kind === 'expires');
}

/** The settings that tell the stage. */
export function ofStage(templates: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(templates).filter(([, template]) => !tellsExpiry(template)));
}

/** The end of the lease that a value tells, in milliseconds since 1970; `null` where it tells none. */
export function toldExpiry(template: string, value: string | null): number | null {
  const parts = templateParts(template);
  const index = parts
    .filter((part) => part.kind === 'placeholder')
    .findIndex(({ placeholder }) => placeholder.kind === 'expires');
  const text = index === -1 || value === null ? undefined : pattern(parts).exec(value)?.[index + 1];
  if (text === undefined) return null;
  const told = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  return Number.isFinite(told) ? told : null;
}

/** The template's text for a setting. */
export function filledText(template: string, wanted: Wanted): string {
  return templateParts(template)
    .map((part) => (part.kind === 'placeholder' ? textOf(part.placeholder, wanted) : part.text))
    .join('');
}

/** The same for a file that knows numbers and booleans: a template that is one placeholder has its type. */
export function filledValue(template: string, wanted: Wanted): string | number | boolean {
  const [only, ...others] = templateParts(template);
  if (only?.kind !== 'placeholder' || others.length > 0) return filledText(template, wanted);
  const { placeholder } = only;
  if (placeholder.kind === 'enabled') {
    return placeholder.on === 'true' ? wanted.enabled : textOf(placeholder, wanted);
  }
  if (placeholder.kind === 'expires' && !placeholder.isSeconds) return textOf(placeholder, wanted);
  return Number(textOf(placeholder, wanted));
}

function textOf(placeholder: Placeholder, wanted: Wanted): string {
  if (placeholder.kind === 'enabled') return wanted.enabled ? placeholder.on : placeholder.off;
  if (placeholder.kind === 'expires') {
    const seconds = Math.floor((wanted.expires ?? 0) / 1000);
    return placeholder.isSeconds ? String(seconds) : isoTime(wallTime(seconds * 1000)).replace('.000Z', 'Z');
  }
  const share = placeholder.kind === 'percent' ? wanted.percent : 100 - wanted.percent;
  return plainNumber(share * placeholder.times);
}

/** Never `1e-7`, and no tail of a rounding: `100 - 0.1` is 99.9. */
function plainNumber(value: number): string {
  const rounded = Number(value.toPrecision(15));
  const text = String(rounded);
  return text.includes('e') ? rounded.toFixed(12).replace(/\.?0+$/, '') : text;
}

/** A value's word on users, by its template read backwards. */
export type TemplateReading =
  | { readonly kind: 'silent' | 'off' | 'unknown' }
  | { readonly kind: 'on'; readonly percent: Percent | null };

/** `null`: the value is not there. Only a value that the plan can have set says anything. */
export function templateReading(template: string, value: string | null): TemplateReading {
  const parts = templateParts(template);
  const placeholders = parts.flatMap((part) => (part.kind === 'placeholder' ? [part.placeholder] : []));
  if (value === null || placeholders.every(({ kind }) => kind === 'expires')) return { kind: 'silent' };
  const texts = pattern(parts).exec(value)?.slice(1);
  if (texts === undefined) return { kind: 'unknown' };
  const percents: number[] = [];
  for (const [index, placeholder] of placeholders.entries()) {
    const text = (texts[index] ?? '').trim();
    if (placeholder.kind === 'enabled') {
      if (!isOn(placeholder, text)) return { kind: 'off' };
      continue;
    }
    if (placeholder.kind === 'expires') continue;
    const share = Number((Number(text) / placeholder.times).toPrecision(12));
    percents.push(placeholder.kind === 'percent' ? share : Number((100 - share).toPrecision(12)));
  }
  if (percents.some((each) => each > 100 || each < 0)) return { kind: 'unknown' };
  // A percentage is read as the template has it: 0.1 is a tenth of a percent, never a share of 1.
  if (percents.includes(0)) return { kind: 'off' };
  return { kind: 'on', percent: percents.length === 0 ? null : percent(Math.max(...percents)) };
}

const switchedOn = ['true', '1', 'on', 'yes'];
const switchedOff = ['false', '0', 'off', 'no'];

/** Rampwatch itself writes `true` and `false`; people also write the others. */
function isOn({ on }: Extract<Placeholder, { kind: 'enabled' }>, text: string): boolean {
  return on === 'true' ? switchedOn.includes(text.toLowerCase()) : text.toLowerCase() === on.toLowerCase();
}

function pattern(parts: readonly TemplatePart[]): RegExp {
  const source = parts.map((part) => {
    if (part.kind !== 'placeholder') return literal(part.text);
    const { placeholder } = part;
    if (placeholder.kind === 'expires') return '\\s*(\\S+?)\\s*';
    if (placeholder.kind !== 'enabled') return '\\s*(\\+?\\d{1,12}(?:\\.\\d*)?|\\.\\d+)\\s*';
    const words =
      placeholder.on === 'true' ? [...switchedOn, ...switchedOff] : [placeholder.on, placeholder.off].map(literal);
    return `\\s*(${words.join('|')})\\s*`;
  });
  return new RegExp(`^${source.join('')}$`, 'i');
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}
