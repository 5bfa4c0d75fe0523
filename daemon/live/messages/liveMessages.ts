import { setTimeout as pause } from 'node:timers/promises';
import type { HandedCredentials } from '../../approval/handedCredentials.ts';
import { sendMessage, unapprovedMessage } from '../../message/sendMessage.ts';
import type { JournalEntry } from '../../protocol/domain/journalEntry.ts';
import type { MessageTarget } from '../../protocol/domain/messageTarget.ts';
import type { LoadedPlan } from '../../protocol/domain/plan.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { eventOf, type News, newsOf } from '../../protocol/words/news.ts';
import type { Store } from '../../store/store.ts';
import { newsId, sentMark } from './sentMark.ts';

interface Options {
  readonly loaded: LoadedPlan;
  readonly store: Pick<Store, 'commit' | 'receipt'>;
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly handed: HandedCredentials;
  /** The name of this daemon in its team, whose entries it tells; left out where the rollout is its alone. */
  readonly member?: string | undefined;
  /** Why nothing may be told now: the lease of a shared rollout has ended. `null`: it may. */
  obstacle(): string | null;
  now(): WallTime;
  secrets(): readonly string[];
  changed(): void;
  log(level: 'info' | 'warn' | 'error', detail: string): void;
}

/** Older entries are no news any more. */
const newsFor = 3_600_000;
/** A message that could not be sent for this long is given up. */
const triedFor = 10 * 60_000;
const firstPause = 1000;
const longestPause = 60_000;
const mostWaiting = 50;
/** Milliseconds between two looks whether a person has approved a target. */
const betweenLooks = 5000;

/** One target: its news go out one after the other, in the journal's order. */
interface Channel {
  readonly index: number;
  readonly target: MessageTarget;
  readonly name: string;
  readonly waiting: News[];
  isSending: boolean;
  /** One line while nobody has approved it. */
  unapproved: string | null;
  /** One line since a message was given up; the next one that is sent ends it. */
  trouble: string | null;
}

/**
 * Tells the news of one rollout to the plan's targets, from the journal. An entry is marked in the store once it was sent
 * or given up, so it goes to each target once; a daemon that is killed between the two sends it again under the same id.
 * All of it is beside the deciding: nothing waits for a message.
 */
export class LiveMessages {
  readonly #options: Options;
  readonly #channels: readonly Channel[];
  readonly #closing = new AbortController();
  /** Entries that came in the turn at hand. */
  #arrived: readonly JournalEntry[] = [];
  #hasLooked = false;
  #lookAt = 0;
  /** The holder by whom the newest entries were written. */
  #holder: string | null = null;

  /** @param entries of the journal so far, oldest first; those of the last hour that were not told are told now. */
  constructor(options: Options, entries: readonly JournalEntry[]) {
    this.#options = options;
    this.#channels = options.loaded.plan.messages.map((target, index) => ({
      index,
      target,
      name: `messages[${index}] (${target.to})`,
      waiting: [],
      isSending: false,
      unapproved: null,
      trouble: null,
    }));
    this.#collect(entries);
  }

  /** One line on the first target that cannot be reached; `null`: none is known. */
  get doubt(): string | null {
    for (const { name, unapproved, trouble } of this.#channels) {
      if (unapproved !== null) return unapproved;
      if (trouble !== null) return `${name}: ${trouble}`;
    }
    return null;
  }

  /** The newest entries of the journal, oldest first. Nothing is done with them before the turn at hand is over. */
  take(entries: readonly JournalEntry[]): void {
    if (this.#channels.length === 0 || entries.length === 0) return;
    if (this.#arrived.length === 0) setImmediate(() => this.#takeArrived());
    this.#arrived = [...this.#arrived, ...entries];
  }

  #takeArrived(): void {
    const entries = this.#arrived;
    this.#arrived = [];
    this.#guard(() => {
      this.#collect(entries);
      this.#sendAll();
    });
  }

  tick(): void {
    if (this.#channels.length === 0) return;
    this.#guard(() => {
      const now = performance.now();
      if (this.#lookAt <= now) {
        for (const channel of this.#channels) this.#noteApproval(channel, this.#unapproved(channel));
        this.#lookAt = now + betweenLooks;
        this.#hasLooked = true;
      }
      this.#sendAll();
    });
  }

  /** A defect of ours here is no reason to hold a rollout. */
  #guard(act: () => void): void {
    if (this.#closing.signal.aborted) return;
    try {
      act();
    } catch (error) {
      const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#options.log('error', `${this.#id}: internal error in the messages: ${told}`);
    }
  }

  /** What is under way is broken off: it is not marked, so the next daemon sends it again under the same id. */
  close(): void {
    this.#closing.abort();
  }

  #unapproved({ target, index, unapproved }: Channel): string | null {
    // A command's files are read again only when a message goes out, or while it is not approved.
    if (this.#hasLooked && unapproved === null && target.to === 'command') return null;
    return unapprovedMessage(target, index, this.#ground);
  }

  #noteApproval(channel: Channel, detail: string | null): void {
    if (detail === channel.unapproved) return;
    if (detail !== null) this.#options.log('warn', `${this.#id}: ${detail}`);
    channel.unapproved = detail;
    this.#options.changed();
  }

  #collect(entries: readonly JournalEntry[]): void {
    if (this.#channels.length === 0) return;
    const { loaded, member, now } = this.#options;
    const { plan } = loaded;
    const since = now() - newsFor;
    const common = {
      rollout: plan.id,
      name: plan.name ?? plan.id,
      names: { triggers: [], stages: plan.stages },
    };
    let known: readonly string[] | null = null;
    for (const [index, entry] of entries.entries()) {
      if (entry.body.kind === 'lease-taken') this.#holder = entry.body.holder;
      if (entry.at < since || (member !== undefined && this.#holder !== member)) continue;
      const event = eventOf(entry.body);
      const channels = this.#channels.filter(({ target }) => event !== null && target.on.includes(event));
      if (channels.length === 0) continue;
      known ??= this.#options.secrets();
      const next = entries[index + 1]?.body;
      const entered = next?.kind === 'stage-entered' ? next : undefined;
      const news = newsOf(entry, { ...common, id: newsId(plan.id, entry), known, entered });
      if (news !== null) for (const channel of channels) this.#queue(channel, news);
    }
  }

  #queue(channel: Channel, news: News): void {
    if (this.#isMarked(channel, news) || channel.waiting.some(({ id }) => id === news.id)) return;
    channel.waiting.push(news);
    // The newest tell more than the oldest.
    while (channel.waiting.length > mostWaiting) this.#drop(channel, 'too many messages wait');
  }

  #drop(channel: Channel, why: string): void {
    const news = channel.waiting.splice(channel.isSending ? 1 : 0, 1)[0];
    if (news !== undefined) this.#giveUp(channel, news, why);
  }

  #sendAll(): void {
    for (const channel of this.#channels) {
      if (channel.isSending || channel.waiting.length === 0) continue;
      channel.isSending = true;
      // After the turn at hand: its flag is set first.
      setImmediate(() => {
        this.#sendWaiting(channel)
          .catch((error) => {
            if (!this.#closing.signal.aborted) this.#options.log('error', `${this.#id}: ${channel.name}: ${error}`);
          })
          .finally(() => {
            channel.isSending = false;
          });
      });
    }
  }

  async #sendWaiting(channel: Channel): Promise<void> {
    for (let [news] = channel.waiting; news !== undefined; [news] = channel.waiting) {
      if (this.#closing.signal.aborted) return;
      // Only who holds a shared rollout tells of it; an hour later it is no news.
      if (this.#options.obstacle() !== null && news.at >= this.#options.now() - newsFor) return;
      await this.#sendOne(channel, news);
      if (this.#closing.signal.aborted) return;
      channel.waiting.shift();
    }
  }

  /** Returns once the message was sent or given up, or this was closed. */
  async #sendOne(channel: Channel, news: News): Promise<void> {
    const { signal } = this.#closing;
    const began = performance.now();
    for (let wait = firstPause; ; wait = Math.min(2 * wait, longestPause)) {
      if (news.at < this.#options.now() - newsFor) return this.#giveUp(channel, news, 'it was no news any more');
      const delivery = await sendMessage(channel, news, this.#ground, signal);
      if (delivery.kind === 'sent') {
        channel.trouble = null;
        this.#noteApproval(channel, null);
        this.#mark(channel, news, 'sent');
        this.#options.changed();
        return;
      }
      if (signal.aborted) return;
      if (delivery.kind === 'unapproved') {
        this.#noteApproval(channel, delivery.detail);
        return this.#giveUp(channel, news, 'it was not approved');
      }
      const next = Math.max(wait, delivery.again ?? 0);
      if (delivery.again === null || performance.now() + next - began > triedFor)
        return this.#giveUp(channel, news, delivery.detail);
      channel.trouble = `the message "${news.event}" is not sent yet: ${delivery.detail}`;
      this.#options.changed();
      await pause(next, undefined, { signal });
    }
  }

  #giveUp(channel: Channel, news: News, why: string): void {
    const detail = `the message "${news.event}" was not sent: ${why}`;
    if (channel.unapproved === null) channel.trouble = detail;
    this.#options.log('warn', `${this.#id}: ${channel.name}: ${detail}`);
    this.#mark(channel, news, 'given-up');
    this.#options.changed();
  }

  #isMarked({ target }: Channel, news: News): boolean {
    return this.#options.store.receipt(this.#id, sentMark(target, news.id)) !== null;
  }

  #mark({ target, name }: Channel, news: News, how: 'sent' | 'given-up'): void {
    const at = this.#options.now();
    const outcome = { kind: 'done' as const, revision: 0, message: `${news.event}: ${how}` };
    try {
      this.#options.store.commit({
        rollout: this.#id,
        receipt: { key: sentMark(target, news.id), outcome, at },
        durable: true,
      });
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      this.#options.log('warn', `${this.#id}: ${name}: the mark of a sent message cannot be stored: ${error}`);
    }
  }

  get #id(): string {
    return this.#options.loaded.plan.id;
  }

  get #ground() {
    const { directory, environment, handed, loaded, now } = this.#options;
    return { rollout: this.#id, root: loaded.root, directory, environment, handed, now };
  }
}
