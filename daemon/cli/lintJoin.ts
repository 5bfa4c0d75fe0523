import { mostExposures } from '../measure/join/exposureJoin.ts';
import { formatDuration } from '../protocol/domain/duration.ts';
import type { Reading } from '../protocol/domain/observation.ts';
import type { Source } from '../protocol/domain/sourceKinds.ts';
import { duration } from '../protocol/domain/units.ts';
import { grouped } from '../protocol/words/figureText.ts';
import { plainText } from '../protocol/words/plainText.ts';

/** The keys of the two halves of joined records. */
export interface JoinedKeys {
  readonly exposures: Set<string>;
  readonly outcomes: Set<string>;
}

/** `false` where another source says the arm of the records. */
export function saysArm({ join }: Source): boolean {
  return join === undefined || join.exposures !== undefined;
}

/** `false` where another source says how it went. */
export function saysOutcome({ join }: Source): boolean {
  return join?.exposures !== 'all';
}

/** Why the records of one source cannot be joined, one line each. */
export function joinProblems({ join }: Source, readings: readonly Reading[]): readonly string[] {
  if (join === undefined) return [];
  const without = readings.filter((reading) => reading.kind === 'rejected' && reading.reason === 'no-key').length;
  const key = plainText(join.key);
  if (without > 0 && without === readings.length)
    return [`none of ${grouped(without)} records has \`${key}\`, the key of their join`];
  const exposed = readings.flatMap((reading) =>
    reading.kind === 'outcome' && reading.half?.within != null ? [reading.at] : [],
  );
  const length = Math.max(...exposed) - Math.min(...exposed);
  const { within } = join;
  if (within === undefined || exposed.length < 100 || length <= 0) return [];
  const expected = (exposed.length / length) * within;
  if (expected <= mostExposures) return [];
  const held = formatDuration(duration(Math.floor((mostExposures / expected) * within)));
  return [
    `${grouped(Math.round(expected))} exposures come within ${formatDuration(within)}, and the newest ${grouped(mostExposures)} are held: an exposure tells the arm for about ${held}`,
  ];
}

/** Notes the keys of a source's records. */
export function noteKeys(keys: JoinedKeys, readings: readonly Reading[]): void {
  for (const reading of readings) {
    if (reading.kind !== 'outcome' || reading.half === undefined) continue;
    (reading.half.within === null ? keys.outcomes : keys.exposures).add(reading.half.key);
  }
}

/** Both halves are there, and no key is in both; `null` when one is, or one half is not there yet. */
export function unjoinedText({ exposures, outcomes }: JoinedKeys): string | null {
  if (exposures.size === 0 || outcomes.size === 0) return null;
  if ([...outcomes].some((key) => exposures.has(key))) return null;
  const [one = ''] = exposures;
  const [other = ''] = outcomes;
  const told = (key: string) => JSON.stringify(plainText(key, 40));
  return `none of ${grouped(outcomes.size)} keys of outcomes is a key of one of ${grouped(exposures.size)} exposures: these say ${told(one)}, and those ${told(other)}`;
}
