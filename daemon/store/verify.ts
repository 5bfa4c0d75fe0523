import { createHash } from 'node:crypto';
import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import { canonicalJson } from './canonicalJson.ts';

/** The `previous` hash of the first entry. */
export const genesisHash = createHash('sha256').update('rampwatch journal 1').digest('hex');

/** sha256, in hex, over the previous hash and the entry's canonical JSON, one line each. */
export function entryHash(entry: Omit<JournalEntry, 'hash'>): string {
  const { seq, rollout, attempt, at, body, previous } = entry;
  return createHash('sha256')
    .update(`${previous}\n${canonicalJson({ seq, rollout, attempt, at, body })}`)
    .digest('hex');
}

export type JournalVerification =
  | { readonly kind: 'intact'; readonly entries: number; readonly head: string }
  /** `seq` is the first entry that cannot be verified. */
  | { readonly kind: 'broken'; readonly seq: number; readonly detail: string };

/** An entry reduced to its place in the chain, or redacted in part. */
export interface LinkOnly {
  readonly seq: number;
  readonly previous: string;
  readonly hash: string;
}

export type ExcerptVerification =
  /** `linked`: entries whose place in the chain holds and whose contents cannot be checked. */
  | { readonly kind: 'intact'; readonly entries: number; readonly linked: number; readonly head: string }
  | { readonly kind: 'broken'; readonly seq: number; readonly detail: string };

/** Recomputes the chain over a part of a journal without a gap, oldest entry first. */
export function verifyExcerpt(
  entries: readonly (JournalEntry | LinkOnly)[],
  expectedHead?: string,
): ExcerptVerification {
  const [first] = entries;
  let before: LinkOnly | null = null;
  let linked = 0;
  for (const entry of entries) {
    const broken = (detail: string): ExcerptVerification => ({ kind: 'broken', seq: entry.seq, detail });
    if (before !== null && entry.seq !== before.seq + 1) return broken(`entry ${before.seq + 1} is missing`);
    if (before !== null && entry.previous !== before.hash)
      return broken(`entry ${entry.seq} does not follow the entry before it`);
    if (!('body' in entry)) linked += 1;
    else if (entryHash(entry) !== entry.hash) return broken(`entry ${entry.seq} was changed after it was written`);
    before = entry;
  }
  const head = before?.hash ?? '';
  if (first === undefined) return { kind: 'broken', seq: 0, detail: 'there is no entry in it' };
  if (expectedHead !== undefined && !entries.some(({ hash }) => hash === expectedHead)) {
    return { kind: 'broken', seq: (before?.seq ?? 0) + 1, detail: `no entry has the expected head ${expectedHead}` };
  }
  return { kind: 'intact', entries: entries.length, linked, head };
}

/**
 * Recomputes the chain over the whole journal, oldest entry first. An edit, a deletion, an insertion or a reordering
 * breaks it. A cut tail and a chain that was rewritten whole do not: those show only against a head that was exported
 * before (`expectedHead`), which must be the hash of some entry. Entries after it are later additions.
 */
export function verifyJournal(entries: Iterable<JournalEntry>, expectedHead?: string): JournalVerification {
  let previous = genesisHash;
  let count = 0;
  let seen = expectedHead === undefined || expectedHead === genesisHash;
  for (const entry of entries) {
    count += 1;
    const broken = (detail: string): JournalVerification => ({ kind: 'broken', seq: count, detail });
    if (entry.seq !== count) return broken(`entry ${count} is missing; entry ${entry.seq} stands in its place`);
    if (entry.previous !== previous) return broken(`entry ${count} does not follow the entry before it`);
    if (entryHash(entry) !== entry.hash) return broken(`entry ${count} was changed after it was written`);
    previous = entry.hash;
    seen ||= entry.hash === expectedHead;
  }
  if (seen) return { kind: 'intact', entries: count, head: previous };
  return {
    kind: 'broken',
    seq: count + 1,
    detail: `no entry has the expected head ${expectedHead}: entries after ${count} were cut off, or the journal was rewritten`,
  };
}
