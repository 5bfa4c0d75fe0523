import type { JournalBody, JournalEntry } from '../domain/journalEntry.ts';
import type { MessageEvent } from '../domain/messageTarget.ts';
import { redactSecrets } from '../secrets/secrets.ts';
import { editorLink } from './editorLink.ts';
import { english } from './factWords.ts';
import { type JournalNames, journalSentence, journalWords } from './journalWords.ts';
import { plainText } from './plainText.ts';

/** A piece of news of a rollout, in words that may leave the machine: no secret, no control character, bounded. */
export interface News {
  /** The same for the same entry of the journal, whenever and however often it is sent. */
  readonly id: string;
  readonly event: MessageEvent;
  readonly rollout: string;
  /** The plan's title, or the rollout's name. */
  readonly name: string;
  readonly attempt: number;
  /** The stage that was entered or is returned to; `null`: none, or it is not of this event. */
  readonly stage: string | null;
  readonly percent: number | null;
  /** The person; `Rampwatch` for a trigger, an automatic advance and a fault. */
  readonly by: string;
  readonly reason: string | null;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** As the journal has it: `Entered half at 50 %: by ann`. */
  readonly sentence: string;
  /** Opens the rollout in the editor. */
  readonly link: string;
}

export interface NewsGround {
  /** Of the entry: it tells two pieces of news apart, and one that is sent again from another. */
  readonly id: string;
  /** The stage that a begin enters, by the entry behind it. */
  readonly entered?: Extract<JournalBody, { kind: 'stage-entered' }> | undefined;
  readonly rollout: string;
  readonly name: string;
  readonly names: JournalNames;
  /** Texts that must not come back in a text for people. */
  readonly known: readonly string[];
}

const longestSentence = 600;
const longestReason = 300;
const ours = 'Rampwatch';

/** The event of an entry; `null` for one that nobody outside waits for. */
export function eventOf(body: JournalBody): MessageEvent | null {
  return factsOf(body, { triggers: [], stages: [] }, undefined)?.event ?? null;
}

/** The news of an entry; `null` for one that nobody outside waits for. The words are the journal's own. */
export function newsOf(entry: Pick<JournalEntry, 'at' | 'attempt' | 'body'>, ground: NewsGround): News | null {
  const { id, rollout, name, names, known, entered } = ground;
  const facts = factsOf(entry.body, names, entered);
  if (facts === null) return null;
  const words = journalSentence(journalWords(entry.body, names, english));
  const sentence =
    entry.body.kind === 'begun' && entered !== undefined
      ? `${words}; ${journalWords(entered, names, english).title}`
      : words;
  const shown = (text: string, longest: number) => plainText(redactSecrets(text, { known }).text, longest);
  return {
    id,
    event: facts.event,
    rollout,
    name: shown(name, 100),
    attempt: entry.attempt,
    stage: facts.stage,
    percent: facts.percent,
    by: shown(facts.by, 100),
    reason: facts.reason === null || facts.reason === '' ? null : shown(facts.reason, longestReason),
    at: entry.at,
    sentence: shown(sentence, longestSentence),
    link: editorLink({ rollout }),
  };
}

type Facts = Pick<News, 'event' | 'stage' | 'percent' | 'by' | 'reason'>;

const nowhere = { stage: null, percent: null };

function factsOf(body: JournalBody, { stages }: JournalNames, entered: NewsGround['entered']): Facts | null {
  switch (body.kind) {
    case 'begun':
      return {
        event: 'begin',
        stage: entered?.id ?? null,
        percent: entered?.percent ?? null,
        by: personOr(body.by),
        reason: body.reason ?? null,
      };
    case 'stage-entered':
      // A begin has its own entry; a stage that is judged anew was not left.
      if (body.cause === 'begin' || body.cause === 'rejudge') return null;
      return {
        event: 'advance',
        stage: body.id,
        percent: body.percent,
        by: body.cause === 'auto' ? ours : personOr(body.by),
        reason: body.reason,
      };
    case 'review-opened':
      return { event: 'review', ...nowhere, by: ours, reason: null };
    case 'rollback-started': {
      const to = stages[body.to];
      const { cause } = body;
      return {
        event: 'rollback',
        stage: to?.id ?? null,
        percent: to?.percent ?? 0,
        by: cause.kind === 'person' ? personOr(cause.by) : ours,
        reason: cause.kind === 'person' ? cause.reason : null,
      };
    }
    case 'rollback-failed':
      return { event: 'rollback-failed', ...nowhere, by: ours, reason: null };
    case 'held': {
      const { cause } = body;
      const isPerson = cause.kind === 'person';
      return { event: 'hold', ...nowhere, by: isPerson ? cause.by : ours, reason: isPerson ? cause.reason : null };
    }
    case 'completed':
      return { event: 'complete', ...nowhere, by: personOr(body.by), reason: body.reason };
    default:
      return null;
  }
}

/** The daemon's own deeds have its name as their author. */
function personOr(by: string): string {
  return by === 'rampwatch' ? ours : by;
}
