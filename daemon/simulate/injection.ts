import { type ResolvedMeasure, resolveMeasure } from '../measure/resolvedMeasure.ts';
import { parseTimestamp } from '../measure/timestamp.ts';
import { zoneNamed } from '../measure/zone.ts';
import { parseDuration } from '../protocol/domain/duration.ts';
import { parseDurationText } from '../protocol/domain/durationText.ts';
import type { Instrument, Observation } from '../protocol/domain/observation.ts';
import { placeColumns } from '../protocol/domain/place.ts';
import type { Arm, Plan } from '../protocol/domain/plan.ts';
import { UserError } from '../protocol/domain/userError.ts';
import { plainText } from '../protocol/words/plainText.ts';

const form =
  '`MEASURE=VALUE [of treatment|control|both] from TIME for LENGTH`, for example `success=0.9 from 2025-11-09T14:00 for 1h` or `latency=2x from …`';
const grammar =
  /^\s*(?<measure>\w+)\s*=\s*(?<value>[+-]?\d+(?:\.\d+)?)\s*(?<unit>%|x|[a-zµ]{1,4})?(?:\s+of\s+(?<arm>treatment|control|both))?\s+from\s+(?<from>\S+)\s+(?:for\s+(?<length>\S+)|to\s+(?<to>\S+))\s*$/i;

/** Changes what recorded observations say. */
export type Injection = (observation: Observation) => Observation;

/**
 * What would have happened if a share or a latency had been another for a time: `success=0.9` makes each record of the arm
 * succeed by a draw of its own, `latency=2x` multiplies its number, `latency=+300ms` adds to it. A draw depends on the seed and on
 * the record's place alone, so that two plans meet the same failures.
 * @throws UserError in one line for a text that is none
 */
export function parseInjection(text: string, plan: Plan, instrument: Instrument, seed: number): Injection {
  const groups = grammar.exec(text)?.groups;
  const fault = (detail: string) => new UserError('usage', `--inject "${plainText(text, 120)}": ${detail}`);
  if (groups === undefined) throw fault(`it is ${form}`);
  const { measure = '', value = '', unit = '', arm: named, from: begin = '', to: end, length } = groups;
  const zone = zoneNamed(plan.timezone);
  const from = parseTimestamp(begin, zone);
  if (from === undefined) throw fault(`${plainText(begin)} is no time; one is 2025-11-09T14:00`);
  const until = end === undefined ? plus(from, parseDuration(length ?? '')) : parseTimestamp(end, zone);
  if (until === undefined)
    throw fault(`${plainText(end ?? length ?? '')} is no ${end === undefined ? 'length of time; one is 1h' : 'time'}`);
  if (until <= from) throw fault('it ends before it begins');
  const resolved = resolvedOf(measure, plan, instrument, fault);
  const arms: readonly Arm[] =
    named === undefined || named === 'treatment'
      ? ['treatment']
      : named === 'both'
        ? ['treatment', 'control']
        : ['control'];
  const change = changeOf(
    resolved,
    { measure, number: Number(value), signed: /^[+-]/.test(value), unit: unit.toLowerCase() },
    seed,
    fault,
  );
  return (observation) => {
    const { reading } = observation;
    if (reading.kind !== 'outcome' || reading.arm === null || !arms.includes(reading.arm)) return observation;
    if (reading.at < from || reading.at >= until) return observation;
    return { ...observation, reading: { ...reading, ...change(observation, reading) } };
  };
}

type Outcome = Extract<Observation['reading'], { kind: 'outcome' }>;
type Change = (observation: Observation, outcome: Outcome) => Partial<Pick<Outcome, 'shares' | 'fields'>>;
type Fault = (detail: string) => UserError;

interface Said {
  readonly measure: string;
  readonly number: number;
  readonly signed: boolean;
  /** In lower case. */
  readonly unit: string;
}

function plus(from: number, length: number | undefined): number | undefined {
  return length === undefined ? undefined : from + length;
}

/** `success` and `latency` are the plan's first share and its first quantile, whatever they are called. */
function resolvedOf(name: string, plan: Plan, instrument: Instrument, fault: Fault): ResolvedMeasure {
  const kinds: Readonly<Record<string, string>> = { success: 'share', latency: 'quantile' };
  const kind = kinds[name.toLowerCase()];
  const meant =
    plan.measures[name] === undefined && kind !== undefined
      ? Object.entries(plan.measures).find(([, measure]) => kind in measure)?.[0]
      : name;
  if (meant === undefined)
    throw fault(`the plan has no ${kind === 'share' ? '`share`' : '`quantile`'}, so ${name} means nothing in it`);
  if (plan.measures[meant] === undefined) {
    throw fault(`no measure is named \`${plainText(meant)}\`; the plan has ${Object.keys(plan.measures).join(', ')}`);
  }
  return resolveMeasure(plan, instrument, meant);
}

function changeOf(
  resolved: ResolvedMeasure,
  { measure, number, signed, unit }: Said,
  seed: number,
  fault: Fault,
): Change {
  switch (resolved.kind) {
    case 'share': {
      const share = unit === '%' ? number / 100 : number;
      if (signed || (unit !== '' && unit !== '%') || !(share >= 0 && share <= 1)) {
        throw fault(`${measure} is a share: from 0 to 1, or in %`);
      }
      const good = resolved.complement ? 1 - share : share;
      const bit = 1 << resolved.bit;
      return (observation, { shares }) => ({ shares: drawOf(observation, seed) < good ? shares | bit : shares & ~bit });
    }
    case 'quantile': {
      const { field } = resolved;
      if (unit === 'x' && !signed && number > 0)
        return (_, { fields }) => ({ fields: fields.with(field, (fields[field] ?? Number.NaN) * number) });
      const added = addedIn(resolved.unit, number, unit);
      if (!signed || added === undefined)
        throw fault(`${measure} is a latency: \`2x\` multiplies it, \`+300ms\` adds to it`);
      return (_, { fields }) => ({ fields: fields.with(field, (fields[field] ?? Number.NaN) + added) });
    }
    default:
      throw fault(`${measure} is no share and no latency, so nothing can be put into its records`);
  }
}

/** In the measure's own unit; `undefined` where the units do not go together. */
function addedIn(own: string, number: number, unit: string): number | undefined {
  if (unit === '' || unit === own) return number;
  const [added, one] = [parseDurationText(`1${unit}`), parseDurationText(`1${own}`)];
  return added === undefined || one === undefined ? undefined : (number * added) / one;
}

/** In [0, 1), by the seed and the place alone. */
function drawOf({ place }: Observation, seed: number): number {
  const { name, line, offset } = placeColumns(place);
  let mixed = (seed ^ 0x9e3779b9) | 0;
  const stir = (value: number): void => {
    mixed = Math.imul(mixed ^ value, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    mixed ^= mixed >>> 16;
  };
  for (let at = 0; at < name.length; at += 1) stir(name.charCodeAt(at));
  stir(line);
  stir(offset | 0);
  return (mixed >>> 0) / 4294967296;
}
