import { z } from 'zod';
import type { JournalEntry } from './rollout.ts';
import type { RolloutView, WorkspaceView } from './view.ts';

/** What crosses the WebSocket. Everything that arrives is checked on both sides. */

/** Grows when an older peer could not understand a newer one. */
export const protocolVersion = 1;

const decidedOn = z.strictObject({
  attempt: z.number().int().min(0),
  stage: z.string(),
  revision: z.number().int().min(0),
});
const reason = z.string().trim().min(1).max(2000);

const command = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('begin'), on: decidedOn }),
  z.strictObject({ kind: z.literal('advance'), on: decidedOn, reason: reason.optional() }),
  z.strictObject({ kind: z.literal('hold'), on: decidedOn, reason: reason.optional() }),
  z.strictObject({ kind: z.literal('resume'), on: decidedOn }),
  z.strictObject({ kind: z.literal('acknowledge'), on: decidedOn, reason }),
  z.strictObject({ kind: z.literal('rollback'), reason: reason.optional() }),
]);

const rollout = z.string().min(1).max(200);
const actor = z.string().min(1).max(200);
const key = z.string().min(8).max(100);

/** Requests, by method: the parameters each takes. */
export const requestParams = {
  subscribe: z.strictObject({ epoch: z.string().nullable(), since: z.number().int().min(0) }),
  command: z.strictObject({ rollout, key, by: actor, command }),
  tick: z.strictObject({
    rollout,
    key,
    by: actor,
    item: z.string().min(1).max(400),
    ticked: z.boolean(),
    note: z.string().max(2000).optional(),
  }),
  signal: z.strictObject({
    rollout,
    key,
    by: actor,
    name: z.string().min(1).max(200),
    note: z.string().max(2000).optional(),
  }),
  journal: z.strictObject({
    rollout,
    before: z.number().int().min(0).nullable(),
    limit: z.number().int().min(1).max(500),
  }),
  shutdown: z.strictObject({ force: z.boolean() }),
  ping: z.strictObject({}),
} as const;

export type Method = keyof typeof requestParams;
export type Params<M extends Method> = z.output<(typeof requestParams)[M]>;

/** What each method answers with. */
export interface Results {
  subscribe: { readonly kind: 'current' | 'replay' | 'snapshot'; readonly seq: number };
  command: import('./rollout.ts').CommandOutcome;
  tick: import('./rollout.ts').CommandOutcome;
  signal: import('./rollout.ts').CommandOutcome;
  journal: { readonly entries: readonly JournalEntry[] };
  shutdown: { readonly kind: 'stopping' } | { readonly kind: 'refused'; readonly message: string };
  ping: { readonly now: number };
}

export const requestEnvelope = z.strictObject({
  id: z.number().int().min(0),
  method: z.enum(Object.keys(requestParams) as [Method, ...Method[]]),
  params: z.unknown(),
});

export type ErrorCode = 'bad-request' | 'unknown-rollout' | 'rate-limited' | 'internal' | 'storage' | 'stopping';

/** Server → client. Shapes only at the outside: the views inside come from our own daemon of the same protocol. */
export const serverMessage = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    protocol: z.number().int(),
    version: z.string(),
    epoch: z.string(),
    seq: z.number().int(),
  }),
  z.object({
    type: z.literal('snapshot'),
    epoch: z.string(),
    seq: z.number().int(),
    view: z.custom<WorkspaceView>(isObject),
  }),
  z.object({
    type: z.literal('delta'),
    epoch: z.string(),
    seq: z.number().int(),
    rollout: z.string(),
    parts: z.custom<Partial<RolloutView>>(isObject),
  }),
  /** Every 2 s, so that a client can tell a silent daemon from a quiet one. */
  z.object({ type: z.literal('heartbeat'), epoch: z.string(), seq: z.number().int(), now: z.number() }),
  z.object({ type: z.literal('answer'), id: z.number().int(), result: z.unknown() }),
  z.object({
    type: z.literal('error'),
    id: z.number().int().nullable(),
    error: z.object({ code: z.string(), message: z.string() }),
  }),
]);
export type ServerMessage = z.output<typeof serverMessage>;

/** The discovery file: how a client finds the daemon of a workspace. */
export const discoverySchema = z.object({
  pid: z.number().int(),
  instance: z.string(),
  port: z.number().int(),
  token: z.string(),
  protocol: z.number().int(),
  version: z.string(),
  root: z.string(),
  startedAt: z.number(),
});
export type Discovery = z.output<typeof discoverySchema>;

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
