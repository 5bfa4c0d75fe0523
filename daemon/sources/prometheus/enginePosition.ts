import * as z from 'zod';
import type { PositionRecord } from '../../protocol/domain/observation.ts';
import type { KeptText } from '../keptTexts.ts';
import { nothingGrown } from './growth.ts';

/** How far the answers of an engine have been counted. */
export interface EnginePosition {
  readonly version: 1;
  /** The end of the newest time that was read, in milliseconds. */
  readonly until: number;
  /** By arm and kind: the query, and from when on it counts. A changed query begins anew. */
  readonly queries: Readonly<Record<string, { readonly query: string; readonly from: number }>>;
  readonly growth: {
    readonly series: readonly (readonly [string, number, number])[];
    readonly owed: readonly (readonly [string, number])[];
  };
}

const positionSchema = z.object({
  version: z.literal(1),
  until: z.number(),
  queries: z.record(z.string(), z.object({ query: z.string(), from: z.number() })),
  growth: z.object({
    series: z.array(z.tuple([z.string(), z.number(), z.number()])),
    owed: z.array(z.tuple([z.string(), z.number()])),
  }),
});
const textsSchema = z.array(z.tuple([z.string(), z.string()]));

const positionName = 'engine';
const textsName = 'texts';

/** @throws for a body that is none of ours. */
export function storedEngine(
  source: number,
  records: readonly PositionRecord[],
): { readonly position: EnginePosition | null; readonly texts: readonly KeptText[] } {
  const bodyOf = (name: string): unknown => {
    const body = records.find((record) => record.source === source && record.generation === name)?.body;
    return body === undefined ? null : JSON.parse(body);
  };
  const position = bodyOf(positionName);
  return {
    position: position === null ? null : positionSchema.parse(position),
    texts: textsSchema.parse(bodyOf(textsName) ?? []).map(([key, text]) => ({ key, text })),
  };
}

export function engineRecords(
  source: number,
  position: EnginePosition,
  texts: readonly KeptText[] | null,
): readonly PositionRecord[] {
  const record = (generation: string, body: unknown) => ({ source, generation, body: JSON.stringify(body) });
  return [
    record(positionName, position),
    ...(texts === null
      ? []
      : [
          record(
            textsName,
            texts.map(({ key, text }) => [key, text]),
          ),
        ]),
  ];
}

export function newEngine(at: number): EnginePosition {
  return { version: 1, until: at, queries: {}, growth: nothingGrown };
}
