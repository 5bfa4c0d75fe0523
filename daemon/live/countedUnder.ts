import * as z from 'zod';
import { compileInstrument } from '../measure/instrument.ts';
import type { Wanted } from '../measure/joinedCounts.ts';
import type { CountedUnder } from '../measure/keptParts.ts';
import { parsePlan } from '../plan/load.ts';
import type { Store } from '../store/store.ts';

/** The name beside a rollout's counts: the plan that they were made under, and the second readings. */
const countedKey = (rollout: string): string => `${rollout}:counted`;

const position = z.object({ source: z.number(), generation: z.string(), body: z.string() });
const wanted = z.object({
  arms: z.boolean(),
  records: z.boolean(),
  lines: z.boolean(),
  shares: z.array(z.number()).readonly(),
  fields: z.array(z.number()).readonly(),
  sketches: z.array(z.number()).readonly(),
  values: z.array(z.number()).readonly(),
  series: z.array(z.string()).readonly(),
}) satisfies z.ZodType<Wanted>;

const secondReading = z.object({
  /** The name in the store of its counts and of its progress. */
  key: z.string(),
  /** The plan whose rules it counts by. */
  text: z.string(),
  /** The positions of the first reading at the edit. */
  until: z.array(position).readonly(),
  /** The number of lines that the first reading had read of these sources by then; 0 where that is not known. */
  lines: z.number(),
  /** The number of them that nothing could be made of. */
  rejected: z.number().default(0),
  /** Instants at which minutes are to be kept apart. */
  edges: z.array(z.number()).readonly(),
  wanted,
  /** The parts of the counts that it is joined with; `null`: counts that are not kept by source. */
  into: z
    .object({ records: z.string().nullable(), lines: z.string().nullable() })
    .default({ records: null, lines: null }),
});

const countedPart = z.object({
  /** The name in the store of its counts. */
  key: z.string(),
  holds: z.enum(['records', 'lines']),
  /** As the present plan numbers them. */
  sources: z.array(z.number()).readonly(),
});

const keptCounts = z.object({
  key: z.string(),
  text: z.string(),
  positions: z.array(position).readonly(),
  /** Lines read so far. */
  lines: z.number(),
});

const counted = z.object({
  version: z.literal(1),
  /** The plan that the counts are laid out for. */
  text: z.string(),
  /** The plan of the newest entry of the journal, while the edit is not journalled yet. */
  told: z.string().nullable().default(null),
  /** Grows by one with each name that is given in the store. */
  names: z.number().default(0),
  second: z.array(secondReading).readonly().default([]),
  /** Counts as they were before an edit that invalidated some of them: the edit may be reverted. */
  kept: z.array(keptCounts).readonly().default([]),
  /** Sources that an edit has brought in, until they have been read to their end once. */
  first: z.array(z.number()).readonly().default([]),
  /** The counts by source, where the plan has more than one source of records, or of lines. */
  parts: z.array(countedPart).readonly().default([]),
});

export type Counted = z.output<typeof counted>;
export type PartRecord = z.output<typeof countedPart>;
export type SecondReadingRecord = z.output<typeof secondReading>;
export type KeptCounts = z.output<typeof keptCounts>;

/** `null` before the first write, and in the state of a version without it. */
export function loadCounted(store: Store, rollout: string): Counted | null {
  const { memory } = store.load(countedKey(rollout));
  return memory === null ? null : counted.parse(JSON.parse(memory));
}

export function countedMemory(rollout: string, of: Counted): { readonly rollout: string; readonly memory: string } {
  return { rollout: countedKey(rollout), memory: JSON.stringify(of) };
}

/** The plan of a text, with its instrument; `null` for a text that is no valid plan any more. */
export function underText(text: string, file: string): CountedUnder | null {
  const parsed = parsePlan(text, file);
  if (parsed.kind !== 'plan') return null;
  const { plan } = parsed.loaded;
  return { plan, instrument: compileInstrument(plan) };
}
