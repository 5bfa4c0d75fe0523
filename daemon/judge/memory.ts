import * as z from 'zod';
import {
  type Duration,
  duration,
  type EventTime,
  eventTime,
  type WallTime,
  wallTime,
} from '../protocol/domain/units.ts';

/** The judge's running state as JSON text: what a restart cannot count again from cells and outcomes. */

const event = z.number().transform((at): EventTime => eventTime(at));
const wall = z.number().transform((at): WallTime => wallTime(at));
const length = z.number().transform((of): Duration => duration(of));
const place = z.object({ file: z.string(), line: z.number(), offset: z.number() });
const firing = z.object({
  trigger: z.string(),
  rule: z.enum(['literal', 'sequential']),
  at: event,
  until: event,
  window: z.object({ from: event, to: event }),
  n: z.number(),
  good: z.number().nullable(),
  figure: z.number().nullable(),
  condition: z.string(),
  evidence: z.array(place),
});

const memory = z.object({
  version: z.literal(1),
  triggers: z.array(
    z.object({
      id: z.string(),
      /** The condition as the plan wrote it: what was remembered of another one is of no use. */
      when: z.string(),
      since: event.nullable(),
      open: firing.nullable(),
      sequential: z
        .object({
          capital: z.number(),
          from: event.nullable(),
          n: z.number(),
          good: z.number(),
          evidence: z.array(place),
        })
        .nullable(),
    }),
  ),
  /** Episodes that no judgement has told of yet. An open one is also its trigger's. */
  untold: z.array(firing),
  alive: z.array(
    z.object({
      arrived: wall.nullable(),
      newest: event.nullable(),
      unreadAt: wall.nullable().default(null),
      newestSinceGap: event.nullable().default(null),
      doubtful: z.boolean().default(false),
      datedBehind: length.nullable().default(null),
    }),
  ),
});

export type JudgeMemory = z.output<typeof memory>;

/** @throws Error when the text is not a judge's memory. */
export function parseMemory(text: string): JudgeMemory {
  return memory.parse(JSON.parse(text));
}

export function writeMemory(remembered: JudgeMemory): string {
  return JSON.stringify(remembered);
}
