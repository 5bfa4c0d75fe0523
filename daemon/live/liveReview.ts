import { createHash } from 'node:crypto';
import type { ChecklistView } from '../protocol/domain/checklistView.ts';
import type { ClosedReview, ReviewFacts } from '../protocol/domain/dailyReview.ts';
import type { JournalEntry, JournalNote } from '../protocol/domain/journalEntry.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { CommandOutcome } from '../protocol/domain/rolloutCommand.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { Params } from '../protocol/wire/messages.ts';
import { summaryText } from '../protocol/words/reviewText.ts';
import { reviewEntry, reviewLogHeading, reviewMark } from '../report/reviewEntry.ts';
import type { Execution } from '../rollout/execution.ts';
import { reviewCounts, reviewedLists } from '../rollout/reviewedItems.ts';
import { rejectedSoFar, reviewFacts } from '../rollout/reviewFacts.ts';
import { appendReview } from './reviewLog.ts';
import { saidText } from './saidText.ts';
import { inStretches } from './workInStretches.ts';

interface Options {
  readonly loaded: LoadedPlan;
  now(): WallTime;
  execution(): Execution;
  /** The rollout's whole journal, oldest first. */
  entries(): Iterable<JournalEntry>;
  lists(): readonly ChecklistView[];
  /** The one sentence on the state of the rollout. */
  sentence(now: WallTime): string;
  /** @throws UserError when it cannot be stored */
  journal(key: string, body: JournalNote, done: string): CommandOutcome;
}

/** The daily reviews of one rollout: their facts, and their entries. */
export class LiveReview {
  readonly #options: Options;
  /** One at a time: two that end together must not report each other's rejected lines twice. */
  #closing: Promise<unknown> = Promise.resolve();

  constructor(options: Options) {
    this.#options = options;
  }

  /** A long period is summed in stretches, between which all other work continues. */
  async facts(since: WallTime | null): Promise<ReviewFacts> {
    const { execution, entries, now } = this.#options;
    const steps = reviewFacts(execution(), [...entries()], since, now());
    return inStretches(steps);
  }

  /** Appends the review to its log, then journals it. The same key does so once; an existing entry stays. */
  close(params: Params<'closeReview'>): Promise<ClosedReview> {
    const closing = this.#closing.then(() => this.#close(params));
    this.#closing = closing.catch(() => undefined);
    return closing;
  }

  async #close({ key, by, since, note }: Params<'closeReview'>): Promise<ClosedReview> {
    const { loaded, lists, sentence, journal, execution } = this.#options;
    const known = this.#known(key);
    if (known !== null) return known;
    const facts = await this.facts(since);
    const { from, to } = facts.period;
    const reviewed = reviewedLists(lists(), from);
    const counts = reviewCounts(reviewed);
    const summary = summaryText(facts, sentence(to), counts);
    const mark = createHash('sha256').update(key).digest('hex').slice(0, 16);
    const { log } = facts;
    try {
      await appendReview(loaded.root, log, {
        heading: reviewLogHeading(facts.name),
        text: reviewEntry({ mark, by, facts, summary, counts, note: saidText(note ?? null), lists: reviewed }),
        mark: reviewMark(mark),
      });
      const rejected = rejectedSoFar(execution());
      const outcome = journal(
        key,
        { kind: 'reviewed', key, by, since: from, to, summary, counts, log, rejected },
        summary,
      );
      if (outcome.kind === 'refused') return { kind: 'refused', message: outcome.message };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { kind: 'refused', message: `the review was not closed: ${error.message}` };
    }
    return { kind: 'done', summary, log, counts };
  }

  #known(key: string): ClosedReview | null {
    for (const { body } of this.#options.entries()) {
      if (body.kind !== 'reviewed' || body.key !== key) continue;
      const { summary, log, counts } = body;
      return { kind: 'done', summary, log, counts };
    }
    return null;
  }
}
