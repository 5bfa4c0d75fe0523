import * as z from 'zod';
import {
  type ClosedReview,
  closedReview,
  closeReviewParams,
  type ReviewFacts,
  reviewParams,
  reviewResult,
} from '../domain/dailyReview.ts';
import type { JournalEntry } from '../domain/journalEntry.ts';
import { type Place, placeSchema } from '../domain/place.ts';
import type { CommandOutcome, RefusalCode } from '../domain/rolloutCommand.ts';
import { duration, wallTime } from '../domain/units.ts';
import {
  type CredentialsResult,
  credentialsResult,
  type HandedOver,
  handCredentialParams,
  handCredentialResult,
} from './credentials.ts';
import {
  type EscalationAnswer,
  type EscalationListing,
  type EscalationWritten,
  escalationAnswer,
  escalationListing,
  escalationWritten,
} from './escalation.ts';
import { type FailuresResult, failuresParams, failuresResult } from './failures.ts';
import { type ReportResult, reportParams, reportResult } from './reportRequest.ts';
import { type SeriesResult, seriesParams, seriesResult } from './series.ts';
import type { RolloutView, WorkspaceView } from './view.ts';

/** The messages of the WebSocket. Both sides check everything that arrives. */

/** Grows when an older peer could not understand a newer one. 2: a flag's target, places as a union, quantiles as lists. */
export const protocolVersion = 2;

/** The one path that the daemon's WebSocket answers on. */
export const wirePath = '/rampwatch';

/** How often the daemon sends a heartbeat, and the silence after which a client shows it as stale. */
export const heartbeatEvery = duration(2000);
export const silentAfter = duration(5000);

/** The WebSocket close codes that are ours. */
export const closeCodes = {
  /** The client did not read fast enough; it reconnects and gets a snapshot. */
  tooSlow: 4001,
  /** The other side sent a message that the protocol does not know. */
  violation: 4002,
  /** The other side speaks another version of the protocol. */
  incompatible: 4003,
} as const;

const decidedOn = z.strictObject({
  attempt: z.number().int().min(0),
  stage: z.string(),
  revision: z.number().int().min(0),
  asked: z.number().transform(wallTime).optional(),
});
/** The longest text of a person beside a command, in characters. */
export const longestSaid = 2000;
const reason = z.string().trim().min(1).max(longestSaid);
/** An acknowledgement for a time is for a week at most. */
export const longestQuiet = 7 * 24 * 3_600_000;
/** A rollback is never refused for its reason: a blank one is no reason, and a long one is cut. */
const anyReason = z.string().transform((text) => text.trim().slice(0, longestSaid) || undefined);

const stageId = z.string().min(1).max(200);

const command = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('begin'), on: decidedOn, at: stageId.optional(), reason: reason.optional() }),
  z.strictObject({
    kind: z.literal('advance'),
    on: decidedOn,
    to: stageId.nullable().optional(),
    reason: reason.optional(),
  }),
  z.strictObject({ kind: z.literal('hold'), on: decidedOn, reason: reason.optional() }),
  z.strictObject({ kind: z.literal('resume'), on: decidedOn }),
  z.strictObject({
    kind: z.literal('acknowledge'),
    on: decidedOn,
    reason,
    for: z
      .number()
      .int()
      .min(1)
      .max(longestQuiet)
      .transform((length) => duration(length))
      .optional(),
  }),
  z.strictObject({ kind: z.literal('rejudge'), on: decidedOn, reason }),
  z.strictObject({ kind: z.literal('restore'), on: decidedOn }),
  z.strictObject({ kind: z.literal('rollback'), reason: anyReason.optional() }),
]);

const rollout = z.string().min(1).max(200);
const actor = z.string().min(1).max(200);
const key = z.string().min(8).max(100);

/** Requests by method, with their parameters. */
export const requestParams = {
  subscribe: z.strictObject({ epoch: z.string().nullable(), since: z.number().int().min(0) }),
  command: z.strictObject({ rollout, key, by: actor, command }),
  tick: z.strictObject({
    rollout,
    key,
    by: actor,
    item: z.string().min(1).max(400),
    ticked: z.boolean(),
    note: z.string().max(longestSaid).optional(),
    /** In place of a tick: not done in this round, and the note says why; or only the note. */
    as: z.enum(['skip', 'note']).optional(),
  }),
  signal: z.strictObject({
    rollout,
    key,
    by: actor,
    name: z.string().min(1).max(200),
    note: z.string().max(longestSaid).optional(),
  }),
  /** Newest first, below `before`; of all rollouts for `null`, as the verification of the chain needs it. */
  journal: z.strictObject({
    rollout: rollout.nullable(),
    before: z.number().int().min(0).nullable(),
    limit: z.number().int().min(1).max(500),
  }),
  /** A rollout's figures over time, for charts. */
  series: seriesParams,
  report: reportParams,
  /** Puts an evidence bundle together and lists its content; nothing is written. */
  escalation: z.strictObject({ rollout, reason: reason.nullable() }),
  /** Writes a listed bundle, by its digest. `out`: an absolute path; a folder, or an archive by its ending. */
  writeEscalation: z.strictObject({
    digest: z.string().regex(/^[0-9a-f]{64}$/),
    out: z.string().min(1).max(4096),
  }),
  /** Runs the plan's command on a written bundle. `approve`: the sha256 that a person has agreed to. */
  runEscalation: z.strictObject({
    rollout,
    key,
    by: actor,
    bundle: z.string().min(1).max(4096),
    approve: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .nullable(),
  }),
  /** The records that speak against a condition of a stage's gate, of its newest stay in this attempt. */
  records: z.strictObject({ rollout, stage: z.string().min(1).max(200), condition: z.string().min(1).max(400) }),
  /** Those records and the ones of a firing, field by field. */
  failures: failuresParams,
  /** The facts of a daily review. */
  review: reviewParams,
  /** The credentials that the plans ask for, and where each comes from; no value. */
  credentials: z.strictObject({}),
  /** Hands a credential over, which the daemon holds in its memory alone; or takes it back. */
  handCredential: handCredentialParams,
  /** Ends a daily review: appends it to the review log and to the journal. */
  closeReview: closeReviewParams,
  /**
   * Watches one more folder from the process of this one. `root`: an absolute path; `plans`: those that the folder's
   * names do not show; `environment`: the digest of the client's variables, which must be those of the process.
   */
  watchFolder: z.strictObject({
    root: z.string().min(1).max(4096),
    plans: z.array(z.string().min(1).max(4096)).max(8),
    environment: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  shutdown: z.strictObject({ force: z.boolean() }),
  ping: z.strictObject({}),
} as const;

export type Method = keyof typeof requestParams;
export type Params<M extends Method> = z.output<(typeof requestParams)[M]>;

/** The answer of each method. */
export interface Results {
  subscribe: { readonly kind: 'current' | 'replay' | 'snapshot'; readonly seq: number };
  command: CommandOutcome;
  tick: CommandOutcome;
  signal: CommandOutcome;
  journal: { readonly entries: readonly JournalEntry[] };
  series: SeriesResult;
  report: ReportResult;
  escalation: EscalationListing;
  writeEscalation: EscalationWritten;
  /** `journalled`: the reason why the answer could not be attached to the journal, or `null`. */
  runEscalation: {
    readonly answer: EscalationAnswer;
    readonly argv: readonly string[];
    readonly journalled: string | null;
  };
  /** Newest last, at most 50, as far back as single records are kept. */
  records: { readonly places: readonly Place[] };
  failures: FailuresResult;
  review: ReviewFacts;
  credentials: CredentialsResult;
  handCredential: HandedOver;
  closeReview: ClosedReview;
  /** `refused`: the folder needs a process of its own. */
  watchFolder: { readonly kind: 'watching' } | { readonly kind: 'refused'; readonly message: string };
  /** `others`: the number of folders for which the daemon's process lives on. */
  shutdown:
    | { readonly kind: 'stopping'; readonly others?: number | undefined }
    | { readonly kind: 'refused'; readonly message: string };
  /** `clients`: the number of connections, this one included. */
  ping: { readonly now: number; readonly clients?: number | undefined };
}

const seq = z.number().int().min(0);
const commandOutcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), revision: z.number(), message: z.string() }),
  z.object({
    kind: z.literal('refused'),
    code: z.custom<RefusalCode>((value) => typeof value === 'string'),
    revision: z.number(),
    message: z.string(),
  }),
]);
const journalEntry = z.custom<JournalEntry>(
  (value) =>
    z.object({ seq, rollout: z.string(), hash: z.string(), body: z.object({ kind: z.string() }) }).safeParse(value)
      .success,
);

/** Checks an answer at the client. Unknown keys pass: a newer daemon may send more. */
export const resultSchemas: { readonly [M in Method]: z.ZodType<Results[M]> } = {
  subscribe: z.object({ kind: z.enum(['current', 'replay', 'snapshot']), seq }),
  command: commandOutcome,
  tick: commandOutcome,
  signal: commandOutcome,
  journal: z.object({ entries: z.array(journalEntry) }),
  series: seriesResult,
  report: reportResult,
  escalation: escalationListing,
  writeEscalation: escalationWritten,
  runEscalation: z.object({
    answer: escalationAnswer,
    argv: z.array(z.string()),
    journalled: z.string().nullable(),
  }),
  records: z.object({ places: z.array(placeSchema) }),
  failures: failuresResult,
  review: reviewResult,
  credentials: credentialsResult,
  handCredential: handCredentialResult,
  closeReview: closedReview,
  watchFolder: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('watching') }),
    z.object({ kind: z.literal('refused'), message: z.string() }),
  ]),
  shutdown: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('stopping'), others: z.number().int().optional() }),
    z.object({ kind: z.literal('refused'), message: z.string() }),
  ]),
  ping: z.object({ now: z.number(), clients: z.number().optional() }),
};

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

/** The rights of a token: a viewer's sees everything and changes nothing. */
export type Role = 'operator' | 'viewer';

/** The discovery file's name in the state directory, by the role whose token it has. */
export const discoveryFileNames: Readonly<Record<Role, string>> = { operator: 'daemon.json', viewer: 'viewer.json' };
export const discoveryFileName = discoveryFileNames.operator;

/** The requests of a viewer. */
export const viewerMethods: ReadonlySet<Method> = new Set<Method>([
  'subscribe',
  'ping',
  'journal',
  'series',
  'report',
  'records',
  'review',
]);

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
  /** Left out for an operator. */
  role: z.literal('viewer').optional(),
});
export type Discovery = z.output<typeof discoverySchema>;

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
