import type { Duration } from '../protocol/domain/units.ts';

/**
 * The membership of one daemon in one shared rollout: a pure state machine. Times are milliseconds of a clock of this
 * process that nobody sets (`Moment`); the lease itself ends by the clock of the database. The two are never compared.
 */
export type Moment = number;

/** What the database says of a lease. */
export type LeaseAnswer =
  /** Taken or renewed now, for `length`. */
  | { readonly kind: 'mine'; readonly epoch: number; readonly length: Duration }
  /** `isLive`: it has not ended by the clock of the database. */
  /** `isOurs`: its holder is this daemon's own earlier process. */
  | {
      readonly kind: 'theirs';
      readonly holder: string;
      readonly epoch: number;
      readonly isLive: boolean;
      readonly isOurs: boolean;
    }
  /** Nobody has ever taken it, or it was given back. `epoch` 0: never taken. */
  | { readonly kind: 'free'; readonly epoch: number };

export type Membership =
  /** The database has not answered yet. */
  | { readonly kind: 'unknown' }
  /** The lease is live until `until` at the earliest; after that it may still be ours, or not. */
  | { readonly kind: 'holding'; readonly epoch: number; readonly until: Moment }
  /** `holder` is `null` while nobody holds the lease; `last` is whoever had it before. */
  | {
      readonly kind: 'following';
      readonly epoch: number;
      readonly holder: string | null;
      readonly last: string | null;
      /** The last holder was this daemon, before it was started anew. */
      readonly wasOurs: boolean;
    };

export const outside: Membership = { kind: 'unknown' };

/** So long before the end of its lease a holder does nothing forward any more: the set itself takes time, too. */
const margin = 500;

/**
 * The membership after an answer of the database.
 * @param asked when the question was sent: a lease lasts from then on at the earliest, however late the answer comes
 */
export function answered(before: Membership, asked: Moment, answer: LeaseAnswer): Membership {
  switch (answer.kind) {
    case 'mine': {
      const until = asked + answer.length;
      const isSame = before.kind === 'holding' && before.epoch === answer.epoch;
      return { kind: 'holding', epoch: answer.epoch, until: isSame ? Math.max(before.until, until) : until };
    }
    case 'theirs': {
      if (isOlder(answer, before)) return before;
      const { holder, isLive, epoch, isOurs } = answer;
      return { kind: 'following', epoch, holder: isLive ? holder : null, last: holder, wasOurs: isOurs };
    }
    case 'free':
      if (isOlder(answer, before)) return before;
      return { kind: 'following', epoch: answer.epoch, holder: null, last: null, wasOurs: false };
  }
}

/** Answers of two connections may overtake each other: an epoch never goes back. */
function isOlder({ epoch }: { readonly epoch: number }, before: Membership): boolean {
  return before.kind !== 'unknown' && epoch < before.epoch;
}

/** A fenced write has found another epoch, or no lease of ours. */
export function fencedOff(before: Membership, epoch: number): Membership {
  if (before.kind !== 'holding' || before.epoch !== epoch) return before;
  return { kind: 'following', epoch, holder: null, last: null, wasOurs: false };
}

/** The machine slept, or its clock was set: until the lease is renewed nobody knows whether it has ended. */
export function doubted(member: Membership): Membership {
  return member.kind === 'holding' ? { ...member, until: Number.NEGATIVE_INFINITY } : member;
}

/** True while no other daemon can have the lease, whatever the network does. */
export function isLive(member: Membership, now: Moment): boolean {
  return member.kind === 'holding' && now < member.until;
}

/** True while the flag may be set forward: the set must be over before the lease ends. */
export function mayGoForward(member: Membership, now: Moment): boolean {
  return member.kind === 'holding' && now < member.until - margin;
}

export type LeaseQuestion = 'renew' | 'take' | 'look';

/**
 * The next question about the lease. A lease that another has is only looked at: the database says when it ended. The
 * lease of this daemon's own earlier process is taken at once, because that process has ended.
 */
export function nextQuestion(member: Membership, mayHold: boolean): LeaseQuestion {
  switch (member.kind) {
    case 'unknown':
      return 'look';
    case 'holding':
      return 'renew';
    case 'following':
      return mayHold && (member.holder === null || member.wasOurs) ? 'take' : 'look';
  }
}

/** A holder renews after a third of the lease, so that two questions may be lost. */
export function betweenQuestions(member: Membership, length: Duration): number {
  return member.kind === 'holding' ? length / 3 : Math.min(1000, length / 3);
}
