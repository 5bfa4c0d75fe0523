import { expect, it, onTestFinished } from 'vitest';
import { approve } from '../../daemon/approval/approvals.ts';
import { HandedCredentials } from '../../daemon/approval/handedCredentials.ts';
import { boundUse } from '../../daemon/approval/useApproval.ts';
import { LiveMessages } from '../../daemon/live/messages/liveMessages.ts';
import { parsePlan } from '../../daemon/plan/load.ts';
import type { JournalBody, JournalEntry } from '../../daemon/protocol/domain/journalEntry.ts';
import { useOfMessage } from '../../daemon/protocol/domain/messageTarget.ts';
import type { CommandOutcome } from '../../daemon/protocol/domain/rolloutCommand.ts';
import { eventTime, type WallTime, wallTime } from '../../daemon/protocol/domain/units.ts';
import { type FlagServer, startFlagServer } from '../support/flagServer.ts';
import { placed } from '../support/remoteFlag.ts';
import { smallPlan } from '../support/smallPlan.ts';
import { temporaryDirectory } from '../support/temporaryDirectory.ts';

const start = Date.UTC(2026, 0, 1, 12);
const hour = 3_600_000;

interface Told {
  readonly server: FlagServer;
  readonly messages: LiveMessages;
  readonly logged: readonly string[];
  now: number;
  obstacle: string | null;
  /** Puts an entry into the journal. */
  happens(body: JournalBody, at?: number): void;
  events(): readonly string[];
}

/** The messages of one rollout to one receiver, approved by a person. */
async function told(before: readonly JournalEntry[] = [], member?: string): Promise<Told> {
  const server = await startFlagServer(() => ({ status: 200, body: 'ok' }), onTestFinished);
  const environment = { RAMPWATCH_TEST_NEWS: `${server.url}/news` };
  const on = '[begin, advance, review, rollback, hold]';
  const parsed = parsePlan(
    `${smallPlan}messages:\n  - { to: webhook, url: "${placed('env:RAMPWATCH_TEST_NEWS')}", on: ${on} }\n`,
    'rampwatch.yaml',
  );
  if (parsed.kind === 'problems') throw new Error(parsed.problems[0]?.message);
  const { loaded } = parsed;
  const directory = temporaryDirectory();
  const [target] = loaded.plan.messages;
  if (target === undefined) throw new Error('the plan has no target');
  const { sha256 } = boundUse(loaded.plan.id, useOfMessage(target, 0), loaded.root, environment);
  approve(directory, { sha256, rollout: loaded.plan.id, argv: [], by: 'test', at: 0 });
  const receipts = new Map<string, CommandOutcome>();
  const logged: string[] = [];
  let seq = before.length;
  const sample: Omit<Told, 'messages'> = {
    now: start,
    obstacle: null,
    server,
    logged,
    happens: (body, at = sample.now) => {
      seq += 1;
      messages.take([entryOf(body, at, seq)]);
    },
    events: () => server.seen.map(({ body }) => JSON.parse(body).event),
  };
  const messages = new LiveMessages(
    {
      loaded,
      directory,
      environment,
      handed: new HandedCredentials(() => wallTime(sample.now)),
      member,
      store: {
        commit: ({ receipt }) => {
          if (receipt !== undefined) receipts.set(receipt.key, receipt.outcome);
          return { entries: [], seq: 0 } as never;
        },
        receipt: (_, key) => receipts.get(key) ?? null,
      },
      obstacle: () => sample.obstacle,
      now: () => wallTime(sample.now),
      secrets: () => [],
      changed: () => undefined,
      log: (_, detail) => logged.push(detail),
    },
    before,
  );
  onTestFinished(() => messages.close());
  return Object.assign(sample, { messages });
}

function entryOf(body: JournalBody, at: number, seq: number): JournalEntry {
  return { seq, rollout: 'uploads', attempt: 1, at: wallTime(at) as WallTime, body, previous: '', hash: '' };
}

const held: JournalBody = { kind: 'held', cause: { kind: 'person', by: 'ann', reason: 'lunch' } };
const review: JournalBody = {
  kind: 'review-opened',
  firings: [
    {
      trigger: 'failing',
      rule: 'literal',
      at: eventTime(start),
      until: eventTime(start),
      window: { from: eventTime(start - 10_000), to: eventTime(start) },
      n: 50,
      good: 30,
      figure: 0.6,
      condition: 'ok < 80%',
    } as never,
  ],
};
const begun: JournalBody = { kind: 'begun', by: 'ann', attempt: 1, planHash: '' };

it('a review and a hold are told, with who and why', async () => {
  const sample = await told();
  sample.happens(review);
  sample.happens(held, start + 1);
  await expect.poll(sample.events, { timeout: 60_000 }).toEqual(['review', 'hold']);
  const [opened, paused] = sample.server.seen.map(({ body }) => JSON.parse(body));
  expect(opened).toMatchObject({ by: 'Rampwatch', sentence: expect.stringMatching(/^Review needed/) });
  expect(paused).toMatchObject({ by: 'ann', reason: 'lunch', sentence: expect.stringMatching(/^Held: by ann: lunch/) });
});

it.each([500, 502, 503, 'cut'] as const)(
  'an answer %s is no end: the message goes out again, under the same id',
  async (bad) => {
    const sample = await told();
    let asked = 0;
    sample.server.answer(() => {
      asked += 1;
      if (asked > 1) return { status: 200 };
      return bad === 'cut' ? 'cut' : { status: bad };
    });
    sample.happens(begun);
    await expect.poll(sample.events, { timeout: 60_000 }).toEqual(['begin', 'begin']);
    const ids = sample.server.seen.map(({ headers }) => headers['idempotency-key']);
    expect(new Set(ids).size).toBe(1);
    await expect.poll(() => sample.messages.doubt, { timeout: 60_000 }).toBeNull();
  },
);

it('while it is tried again, anybody can see why', async () => {
  const sample = await told();
  sample.server.answer(() => ({ status: 503, headers: { 'retry-after': '600' } }));
  sample.happens(begun);
  await expect
    .poll(() => sample.messages.doubt, { timeout: 60_000 })
    .toMatch(/^messages\[0\] \(webhook\): the message "begin" .* it answers with status 503/);
});

it('what is older than an hour is no news: neither at the start of a daemon nor after a long wait', async () => {
  const sample = await told([entryOf(begun, start - hour - 1, 1), entryOf(held, start - hour + 60_000, 2)]);
  sample.messages.tick();
  await expect.poll(sample.events, { timeout: 60_000 }).toEqual(['hold']);
  sample.server.answer(() => ({ status: 500 }));
  sample.happens(review);
  await expect.poll(sample.events, { timeout: 60_000 }).toContain('review');
  sample.now = start + hour + 1;
  await expect
    .poll(() => sample.logged.join('\n'), { timeout: 60_000 })
    .toMatch(/the message "review" was not sent: it was no news any more/);
});

it('whose lease has ended tells nothing; who holds it again goes on', async () => {
  const sample = await told([], 'anna');
  sample.obstacle = 'the lease has ended';
  sample.happens({ kind: 'lease-taken', holder: 'anna', epoch: 1 });
  sample.happens(held, start + 1);
  await new Promise((settled) => setImmediate(() => setImmediate(settled)));
  expect(sample.events()).toEqual([]);
  sample.obstacle = null;
  sample.messages.tick();
  await expect.poll(sample.events, { timeout: 60_000 }).toEqual(['hold']);
});

it('of a team’s journal, only the entries of the daemon itself are told', async () => {
  const sample = await told([], 'anna');
  sample.happens({ kind: 'lease-taken', holder: 'bert', epoch: 1 });
  sample.happens(begun, start + 1);
  sample.happens({ kind: 'lease-taken', holder: 'anna', epoch: 2 }, start + 2);
  sample.happens(held, start + 3);
  await expect.poll(sample.events, { timeout: 60_000 }).toEqual(['hold']);
});
