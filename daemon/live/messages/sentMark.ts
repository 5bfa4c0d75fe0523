import { createHash } from 'node:crypto';
import type { JournalEntry } from '../../protocol/domain/journalEntry.ts';
import type { MessageTarget } from '../../protocol/domain/messageTarget.ts';
import { canonicalJson } from '../../store/canonicalJson.ts';

/** The key of a mark in the store: this target has had this piece of news. An edit of `on` or a header keeps it. */
export function sentMark(target: MessageTarget, news: string): string {
  const place = target.to === 'command' ? target.command : target.url;
  const digest = createHash('sha256')
    .update(JSON.stringify([target.to, place]))
    .digest('hex');
  return `message ${digest.slice(0, 16)} ${news}`;
}

/** By the content alone: a journal that was replaced by its team's has the same entry under another number. */
export function newsId(rollout: string, { at, attempt, body }: JournalEntry): string {
  const digest = createHash('sha256')
    .update(canonicalJson([rollout, attempt, at, body]))
    .digest('hex');
  return `${rollout}-${digest.slice(0, 24)}`;
}
