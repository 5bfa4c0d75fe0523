import type { FieldProfile } from './initProfile.ts';

const timeName =
  /^(?:@?time_?stamp|ts|time|date_?time|datetime|at|when|t|event_?time|logged_?at|created_?at|creation_?date|instant|started_?at|ended_?at|finished_?at|date)$|(?:_at|_ts|_time|time_?stamp)$/i;

/** The field with the time: by its name and by values that are times. */
export function findTime(fields: readonly FieldProfile[], total: number): FieldProfile | undefined {
  const scored = fields
    .filter((field) => field.present >= total * 0.9 && timesShare(field) >= 0.95)
    .map((field) => ({
      field,
      score: (timeName.test(field.word) ? 2 : 0) + (/^(?:@?time_?stamp|ts|time)$/i.test(field.word) ? 1 : 0),
    }));
  const named = scored.filter(({ score, field }) => score > 0 || field.strings > 0);
  return named.sort((a, b) => b.score - a.score)[0]?.field;
}

/** The share of values that are times: ISO 8601, or seconds to nanoseconds since the epoch between 2001 and 2100. */
function timesShare(field: FieldProfile): number {
  if (field.numbers > field.strings)
    return field.sorted.filter((value) => epochMilliseconds(value) !== undefined).length / field.present;
  const texts = [...field.values].filter(([value]) => typeof value === 'string');
  const counted = texts.reduce((sum, [, count]) => sum + count, 0);
  const times = texts.filter(([value]) => isTime(String(value))).reduce((sum, [, count]) => sum + count, 0);
  return counted === 0 || field.strings < field.present * 0.9 ? 0 : times / counted;
}

const iso = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?:Z|z|UTC|GMT|[+-]\d{2}:?\d{2})?$/;

function isTime(text: string): boolean {
  return iso.test(text) || (/^\d{10,19}(?:\.\d+)?$/.test(text) && epochMilliseconds(Number(text)) !== undefined);
}

/** True when the times have no offset; they need a zone then. */
export function isNaive(field: FieldProfile): boolean {
  return [...field.values.keys()].some(
    (value) =>
      typeof value === 'string' && iso.test(value) && !/(?:Z|z|UTC|GMT|[+-]\d{2}:?\d{2})$/.test(value.slice(10)),
  );
}

/** A record's time in milliseconds since the epoch; a naive one counts as UTC. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return epochMilliseconds(value);
  if (typeof value !== 'string') return undefined;
  if (!iso.test(value)) return /^\d{10,19}(?:\.\d+)?$/.test(value) ? epochMilliseconds(Number(value)) : undefined;
  const zoned = /(?:Z|z|[+-]\d{2}:?\d{2})$/.test(value.slice(10));
  const parsed = Date.parse(
    zoned
      ? value
      : `${value
          .replace(/\s?(?:UTC|GMT)$/, '')
          .replace(' ', 'T')
          .replace(',', '.')}Z`,
  );
  return Number.isNaN(parsed) ? undefined : parsed;
}

function epochMilliseconds(value: number): number | undefined {
  for (const unit of [1000, 1, 1e-3, 1e-6]) {
    const milliseconds = value * unit;
    if (milliseconds >= 978_307_200_000 && milliseconds < 4_102_444_800_000) return milliseconds;
  }
  return undefined;
}
