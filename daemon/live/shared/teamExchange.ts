import type { JournalEntry } from '../../protocol/domain/journalEntry.ts';
import type { WallTime } from '../../protocol/domain/units.ts';
import { UserError } from '../../protocol/domain/userError.ts';
import type { Ask, AskAnswer, Team } from '../../team/team.ts';
import type { LiveRollout } from '../liveRollout.ts';
import { answerAsk } from './asks.ts';
import { Incoming, Outgoing } from './publishedView.ts';
import type { SharedJournal } from './sharedJournal.ts';

const entriesAtOnce = 200;

interface Holding {
  readonly epoch: number;
  readonly live: LiveRollout;
}

/** What a daemon and the database of its team give each other: journal, view, and answers to requests. */
export class TeamExchange {
  /** The view as the holder published it. */
  readonly shown = new Incoming();
  readonly #rollout: string;
  readonly #journal: SharedJournal;
  readonly #now: () => WallTime;
  #outgoing = new Outgoing([]);
  /** Entries that the team's journal has of ours. */
  #published = 0;
  #publishing: Promise<unknown> = Promise.resolve();
  /** Answers that wait for their publication. */
  readonly #answers = new Map<string, AskAnswer>();

  constructor(rollout: string, journal: SharedJournal, now: () => WallTime) {
    this.#rollout = rollout;
    this.#journal = journal;
    this.#now = now;
  }

  /** This daemon holds the lease: the parts of the view that another published are to be replaced. */
  beginsToPublish(): void {
    this.#outgoing = new Outgoing(this.shown.names);
  }

  /** Another holds the lease. Gives the entries that were not published. */
  stepsDown(): readonly JournalEntry[] {
    this.#answers.clear();
    this.#journal.read();
    return this.#journal.after(this.#published, Number.MAX_SAFE_INTEGER);
  }

  async answer(ask: Ask, live: LiveRollout): Promise<void> {
    if (!this.#answers.has(ask.key)) this.#answers.set(ask.key, await answerAsk(ask, live, this.#journal));
  }

  /**
   * Publishes all that is decided and not published yet, one publication at a time. Gives the epoch in which the database
   * refused, because another has taken the lease; else `null`.
   */
  publish(team: Team, holding: () => Holding | null): Promise<number | null> {
    const publishing = this.#publishing.then(() => this.#publishAll(team, holding));
    this.#publishing = publishing.catch(() => undefined);
    return publishing;
  }

  async #publishAll(team: Team, holding: () => Holding | null): Promise<number | null> {
    for (let isWhole = false; !isWhole; ) {
      const held = holding();
      if (held === null) return null;
      this.#journal.read();
      const entries = this.#journal.after(this.#published, entriesAtOnce);
      isWhole = this.#published + entries.length === this.#journal.length;
      const parts = isWhole ? this.#outgoing.changes(held.live.view()) : {};
      const answers = isWhole ? [...this.#answers].map(([key, answer]) => ({ key, answer })) : [];
      if (entries.length === 0 && answers.length === 0 && Object.keys(parts).length === 0) return null;
      const { kind } = await team.publish(this.#rollout, held.epoch, { entries, parts, answers });
      if (kind !== 'published') return held.epoch;
      this.#published += entries.length;
      this.#outgoing.sent(parts);
      for (const { key } of answers) this.#answers.delete(key);
    }
    return null;
  }

  /** Takes in what the team has and this store has not; `entries`: so many are new in the journal here. */
  async catchUp(team: Team): Promise<{ readonly isNews: boolean; readonly entries: number }> {
    const journal = this.#journal;
    const head = await team.entryHash(this.#rollout, null);
    const length = head?.seq ?? 0;
    const common = head === null || head.seq <= journal.length ? head : await this.#entryAt(team, journal.length);
    const { kind } = journal.agreement(common, length);
    if (kind === 'apart') journal.replace(this.#now(), Math.max(0, journal.length - this.#published));
    let [isNews, taken] = [kind === 'apart', 0];
    for (;;) {
      const { entries, parts, view } = await team.news(this.#rollout, {
        journal: journal.length,
        view: this.shown.publication,
      });
      if (!journal.follows(entries)) {
        throw new UserError('team-refused', 'the journal there does not verify: see `rampwatch journal verify --team`');
      }
      if (kind !== 'ahead' && entries.length > 0) {
        journal.take(entries);
        taken += entries.length;
      }
      isNews ||= taken > 0 || view !== this.shown.publication;
      this.shown.take(parts);
      this.shown.publication = view;
      if (kind === 'ahead' || entries.length === 0) break;
    }
    this.#published = kind === 'ahead' ? length : journal.length;
    return { isNews, entries: taken };
  }

  async #entryAt(team: Team, seq: number): Promise<{ readonly seq: number; readonly hash: string } | null> {
    return seq === 0 ? { seq, hash: this.#journal.hashAt(0) } : await team.entryHash(this.#rollout, seq);
  }
}
