import type { ReviewEvent, ReviewSources, UntickedItem } from '../protocol/domain/dailyReview.ts';
import type { JournalBody, JournalEntry } from '../protocol/domain/journalEntry.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import { english } from '../protocol/words/factWords.ts';
import { type JournalNames, journalSentence, journalWords } from '../protocol/words/journalWords.ts';

const mostEvents = 100;

/** The journal of a period: `entries` are those written in it, oldest first. */
export interface JournalReview {
  readonly events: readonly ReviewEvent[];
  readonly eventsLeftOut: number;
  readonly unticked: readonly UntickedItem[];
  readonly losses: ReviewSources['losses'];
  /** When each trigger fired. */
  fired(trigger: string): readonly EventTime[];
}

export function journalReview(entries: readonly JournalEntry[], names: JournalNames): JournalReview {
  const told = toldTwice(entries);
  const events = entries.flatMap((entry): ReviewEvent[] => {
    const { at, body } = entry;
    const text = told.has(entry) ? null : eventText(body, names);
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

/**
 * Entries that repeat a trigger's firing: one beside the review or the rollback that it led to, and a second firing
 * before the acknowledgement. A review lists a trigger once; its figures tell how often it fired.
 */
function toldTwice(entries: readonly JournalEntry[]): ReadonlySet<JournalEntry> {
  const told = new Set<JournalEntry>();
  /**
   * By trigger: the entry of a firing without a consequence yet, or the entry of the consequence; cleared by an
   * acknowledgement.
   */
  const open = new Map<string, JournalEntry>();
  for (const entry of entries) {
    const { body } = entry;
    switch (body.kind) {
      case 'begun':
        open.clear();
        break;
      case 'acknowledged':
        for (const trigger of body.triggers) open.delete(trigger);
        break;
      case 'firing':
        if (open.has(body.firing.trigger)) told.add(entry);
        else open.set(body.firing.trigger, entry);
        break;
      case 'review-opened': {
        const triggers = body.firings.map(({ trigger }) => trigger);
        if (triggers.every((trigger) => open.get(trigger)?.body.kind === 'review-opened')) told.add(entry);
        for (const trigger of triggers) followedBy(entry, trigger);
        break;
      }
      case 'held':
        if (body.cause.kind === 'trigger') for (const { trigger } of body.cause.firings) followedBy(entry, trigger);
        break;
      case 'resumed':
        for (const [trigger, { body: before }] of open) if (before.kind === 'held') open.delete(trigger);
        break;
      case 'rollback-started':
        if (body.cause.kind === 'trigger') followedBy(entry, body.cause.firing.trigger);
        break;
      default:
        break;
    }
  }
  return told;

  function followedBy(entry: JournalEntry, trigger: string): void {
    const before = open.get(trigger);
    if (before?.body.kind === 'firing') told.add(before);
    open.set(trigger, entry);
  }
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
