import { unitLength } from './timeUnit.ts';

const parts = /(\d+(?:\.\d+)?|\.\d+)\s*([a-zA-Zµμ]+)\s*/y;
const clock = /^(?:(\d+)[.:\s])??(\d{1,3}):(\d{2}):(\d{2}(?:[.,]\d+)?)$/;
const iso = /^P(?:(\d+(?:[.,]\d+)?)D)?(?:T(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?$/;

/**
 * Milliseconds of a length of time that is written with its unit: `12.3ms`, `1.2 s`, `1m30.5s` (Go), `PT0.2S` (ISO 8601),
 * `00:00:00.120` (.NET, with days before it or not). `undefined` for anything else, a number without a unit too.
 */
export function parseDurationText(text: string): number | undefined {
  const trimmed = text.trim();
  const sign = trimmed.startsWith('-') ? -1 : 1;
  const written = sign === -1 ? trimmed.slice(1) : trimmed;
  const milliseconds = withUnits(written) ?? onClock(written) ?? inIso(written);
  return milliseconds === undefined ? undefined : sign * milliseconds;
}

function withUnits(text: string): number | undefined {
  if (text === '') return undefined;
  let sum = 0;
  for (let at = 0; at < text.length; at = parts.lastIndex) {
    parts.lastIndex = at;
    const [, amount = '', unit = ''] = parts.exec(text) ?? [];
    const length = unitLength(unit) ?? unitLength(unit.toLowerCase());
    if (length === undefined) return undefined;
    // A division keeps 242.673 µs what it is; a product with 0.001 does not.
    sum += length < 1 ? Number(amount) / Math.round(1 / length) : Number(amount) * length;
  }
  return sum;
}

function onClock(text: string): number | undefined {
  const found = clock.exec(text);
  if (found === null) return undefined;
  const [, days = '0', hours = '0', minutes = '0', seconds = '0'] = found;
  return (
    (Number(days) * 24 + Number(hours)) * 3_600_000 +
    Number(minutes) * 60_000 +
    Number(seconds.replace(',', '.')) * 1000
  );
}

function inIso(text: string): number | undefined {
  const found = iso.exec(text);
  if (found === null || text === 'P' || text.endsWith('T')) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = found
    .slice(1)
    .map((part) => (part === undefined ? 0 : Number(part.replace(',', '.'))));
  return (days * 24 + hours) * 3_600_000 + minutes * 60_000 + seconds * 1000;
}
