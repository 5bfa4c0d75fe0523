import type { ReviewEvent, ReviewSources, UntickedItem } from '../protocol/domain/review.ts';
import type { JournalBody, JournalEntry } from '../protocol/domain/rollout.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import { english } from '../protocol/words/factWords.ts';
import { type JournalNames, journalSentence, journalWords } from '../protocol/words/journalWords.ts';

const mostEvents = 100;

/** What the journal says of a time: `entries` are those written in it, oldest first. */
export interface JournalReview {
  readonly events: readonly ReviewEvent[];
  readonly eventsLeftOut: number;
  readonly unticked: readonly UntickedItem[];
  readonly losses: ReviewSources['losses'];
  /** When each trigger fired. */
  fired(trigger: string): readonly EventTime[];
}

export function journalReview(entries: readonly JournalEntry[], names: JournalNames): JournalReview {
  const events = entries.flatMap(({ at, body }): ReviewEvent[] => {
    const text = eventText(body, names);
    return text === null ? [] : [{ at, text, override: isOverride(body) }];
  });
  const firings = entries.flatMap(({ body }) => (body.kind === 'firing' ? [body.firing] : []));
  return {
    events: events.slice(-mostEvents),
    eventsLeftOut: Math.max(0, events.length - mostEvents),
    unticked: entries.flatMap(({ at, body }) =>
      body.kind === 'evidence' && !body.holds ? [{ item: body.item, at, detail: body.detail }] : [],
    ),
    losses: entries.flatMap(({ at, body }) =>
      body.kind === 'source' ? [{ at, glob: body.file ?? body.glob, detail: body.detail }] : [],
    ),
    fired: (trigger) => firings.flatMap((firing) => (firing.trigger === trigger ? [eventTime(firing.at)] : [])),
  };
}

/** An entry that a review lists, in one line; `null` for an entry that the rest of a review tells. */
function eventText(body: JournalBody, names: JournalNames): string | null {
  const words = journalWords(body, names, english);
  return words.reviewed ? journalSentence(words) : null;
}

function isOverride(body: JournalBody): boolean {
  if (body.kind === 'stage-entered') return body.cause === 'override';
  return body.kind === 'completed' && body.unmet.length > 0;
}
