import { formatDuration } from '../protocol/domain/duration.ts';
import type { ReviewEvent, ReviewSources, UntickedItem } from '../protocol/domain/review.ts';
import type { HoldCause, JournalBody, JournalEntry, RollbackCause } from '../protocol/domain/rollout.ts';
import { type EventTime, eventTime } from '../protocol/domain/units.ts';
import { clockGapText, firingText, percentText } from '../protocol/words/figureText.ts';

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

export function journalReview(entries: readonly JournalEntry[]): JournalReview {
  const events = entries.flatMap(({ at, body }): ReviewEvent[] => {
    const text = eventText(body);
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

/** What people and triggers did, in one line; `null` for what the rest of a review tells, or only the machine needs. */
function eventText(body: JournalBody): string | null {
  switch (body.kind) {
    case 'begun':
      return `attempt ${body.attempt} begun by ${body.by}`;
    case 'stage-entered':
      return `entered ${body.id} at ${percentText(body.percent)}${enteredText(body)}`;
    case 'held':
      return `held ${holdText(body.cause)}`;
    case 'resumed':
      return `resumed by ${body.by}`;
    case 'clock-gap':
      return clockGapText(body);
    case 'review-opened':
      return `review needed: ${body.firings.map((firing) => firingText(firing)).join('; ')}`;
    case 'acknowledged':
      return `${body.triggers.join(', ')} acknowledged by ${body.by}: ${body.reason}`;
    case 'rollback-started':
      return `rollback ${causeText(body.cause)}`;
    case 'flag-drifted':
      return `the flag was overwritten: ${body.detail}`;
    case 'flag-restored':
      return 'the flag says again what was set';
    case 'promise-broken':
      return `the rollback of ${body.trigger} took ${formatDuration(body.took)}, promised ${formatDuration(body.promised)}`;
    case 'rolled-back':
      return 'rolled back';
    case 'rollback-failed':
      return `the rollback FAILED: ${body.detail}`;
    case 'completed':
      return `completed by ${body.by}${overrideText(body)}`;
    case 'plan-changed':
      return 'the plan was edited';
    case 'firing':
      return `${body.firing.trigger} fired: ${firingText(body.firing)}`;
    case 'escalated': {
      const under = body.reference === null ? '' : ` under ${body.reference}`;
      return `escalated${under} by ${body.by}${body.reason === null ? '' : `: ${body.reason}`}`;
    }
    case 'signal':
      return `${body.name} reported by ${body.by}${body.note === null ? '' : `: ${body.note}`}`;
    case 'gate-ready':
    case 'gate-lost':
    case 'data-fresh':
    case 'effect-intended':
    case 'effect-progressed':
    case 'command':
    case 'lines':
    case 'measured':
    case 'source':
    case 'tick':
    case 'evidence':
    case 'tests':
    case 'reviewed':
    case 'daemon':
      return null;
  }
}

function isOverride(body: JournalBody): boolean {
  if (body.kind === 'stage-entered') return body.cause === 'override';
  return body.kind === 'completed' && body.unmet.length > 0;
}

function enteredText(body: Extract<JournalBody, { kind: 'stage-entered' }>): string {
  switch (body.cause) {
    case 'begin':
    case 'advance':
      return ` by ${body.by}${body.reason === null ? '' : `: ${body.reason}`}`;
    case 'auto':
      return ' by itself, the gate was met';
    case 'observed':
      return ' as the source says';
    case 'override':
      return ` by ${body.by}${overrideText(body)}`;
  }
}

function overrideText({
  reason,
  unmet,
}: {
  readonly reason: string | null;
  readonly unmet: readonly string[];
}): string {
  if (unmet.length === 0) return '';
  return `, OVERRIDE: ${reason ?? 'no reason given'} (not met: ${unmet.join('; ')})`;
}

function holdText(cause: HoldCause): string {
  switch (cause.kind) {
    case 'person':
      return `by ${cause.by}${cause.reason === null ? '' : `: ${cause.reason}`}`;
    case 'clock-gap':
      return `because the clock stood still for ${formatDuration(cause.length)}`;
    case 'fault':
      return `because of ${cause.detail}`;
  }
}

function causeText(cause: RollbackCause): string {
  if (cause.kind === 'person') return `by ${cause.by}${cause.reason === null ? '' : `: ${cause.reason}`}`;
  return `by ${cause.firing.trigger}: ${firingText(cause.firing)}`;
}
