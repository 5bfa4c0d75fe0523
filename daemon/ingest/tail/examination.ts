import { isUtf8 } from 'node:buffer';
import type { Found } from './discover.ts';
import { type Mark, markOf } from './fileIdentity.ts';
import type { Fingerprint } from './fingerprint.ts';
import type { Generation } from './generation.ts';
import type { Position } from './position.ts';
import { type Candidate, carries, leastToPart, type ReadMarks } from './recognition.ts';
import type { Roster } from './roster.ts';

/** Two contents that are as long and not known to be one are held against each other so far. */
const comparedLength = 64 * 1024;
/** So many bytes that are equal by chance: lines may bear no stamp, or one of whole seconds. */
const longestCoincidence = 4096;

/** Something that the content does not tell, one line. `doubled`: records may be counted twice; else some are not counted. */
export interface Doubt {
  readonly reason: string;
  readonly doubled: boolean;
}

/** The fate of a generation of which a file holds something. */
export type Whereabouts =
  /** The file begins with everything that was read of it, and carries it on where no other does. */
  | 'carried'
  /** Nothing of it is missing; a copy may hold more of what was read of it. */
  | 'settled'
  /** More of it may lie elsewhere. */
  | 'sought';

/** How a file stands to all that was read. */
export type Answer =
  /** It has no whole line yet. `failure`: why nothing can be read of it. */
  | { readonly kind: 'untold'; readonly failure: Error | null }
  /** It carried a rotated generation, and is being destroyed: nothing in it is of a log. */
  | { readonly kind: 'destroyed' }
  /** `of` has it as well, and is read first, to `until`. */
  | { readonly kind: 'waits'; readonly of: Generation; readonly until: number }
  /** The bytes behind its offset were not read before. */
  | {
      readonly kind: 'own';
      readonly firstLine: string;
      readonly beginning: Mark;
      /** It had been taken for a copy, and is none. */
      readonly fromStart: boolean;
      /** The newest event time read of the file that it replaced. */
      readonly replaced: number | null;
      readonly doubt: Doubt | null;
    }
  /** It begins with bytes that were read of another generation. */
  | {
      readonly kind: 'goes on';
      readonly of: Generation;
      readonly marks: ReadMarks;
      readonly standing: 'reading' | 'copy' | 'finished';
      readonly whereabouts: Whereabouts;
      /** Behind the marks there may be more of what was counted. */
      readonly known: Position['known'];
      /** The newest event time read of it where the line that was read last is gone; it may follow, in other words. */
      readonly replaced: number | null;
      readonly doubt: Doubt | null;
    };

type Known =
  | { readonly kind: 'whole'; readonly of: Generation; readonly end: boolean }
  | { readonly kind: 'part'; readonly of: Generation; readonly at: number; readonly size: number }
  | { readonly kind: 'apart'; readonly of: Generation; readonly at: number; readonly next: number };

/** Holds files against everything that was read of a source. */
export class Examination {
  readonly #roster: Roster;

  constructor(roster: Roster) {
    this.#roster = roster;
  }

  /** `null` when nothing of it can be read. */
  async of(generation: Generation): Promise<Answer | null> {
    return generation.withCandidate((candidate) => this.#examine(generation, candidate));
  }

  async #examine(own: Generation, candidate: Candidate): Promise<Answer> {
    if (await this.#isDestroyed(own, candidate)) return { kind: 'destroyed' };
    const firstLine = await candidate.key();
    if (firstLine === null) return { kind: 'untold', failure: candidate.failure };
    const alike = this.#roster.contents.beginningWith(firstLine).filter((other) => other !== own);
    const unread = await unreadTwin(candidate, alike);
    if (unread !== null && own.position.offset === 0) return { kind: 'waits', of: unread, until: 1 };
    const missing = this.#roster.contents.missingFrom(own, candidate.found).filter((other) => other !== own);
    const replaced = missing.filter((other) => isPredecessor(other, own, candidate.found));
    const isPartOf = (known: Known): boolean =>
      known.kind === 'part' &&
      !replaced.includes(known.of) &&
      (candidate.found.age !== null || known.size >= leastToPart);
    const related = await relations(candidate, alike);
    const known = best(related, own.file, isPartOf);
    if (known?.kind === 'whole') {
      const twin = known.end ? null : await unreadTwinOf(candidate, known, related);
      if (twin !== null) return { kind: 'waits', of: twin, until: await candidate.length() };
      return this.#whole(own, candidate, known, firstLine);
    }
    const isReplaced = known !== null && replaced.includes(known.of);
    if (known?.kind === 'part' && isPartOf(known)) {
      const marks = await candidate.marksTo(await candidate.lineEnd(known.size));
      return {
        kind: 'goes on',
        of: known.of,
        marks,
        standing: 'copy',
        whereabouts: 'sought',
        known: null,
        replaced: null,
        doubt: null,
      };
    }
    const sought = missing.filter((other) => replaced.includes(other) || isSought(other, candidate.found));
    for (const of of sought) {
      const shifted = await shiftedEnd(candidate, own, of);
      if (shifted !== null) return { kind: 'goes on', of, ...shifted, standing: 'reading', known: null };
    }
    if (known !== null && isReplaced && known.at >= leastToPart && own.position.offset === 0)
      return goesOn(candidate, known);
    const newest = replaced.reduce<number | null>((latest, { position }) => later(latest, position.newest), null);
    const beginning = markOf(await candidate.beginning());
    if (known?.kind === 'apart')
      return { ...otherwise(own, known, isReplaced ? newest : null), kind: 'own', firstLine, beginning };
    // Stamps of whole seconds: what is as new as the newest may have been written since.
    const replacedAt = newest === null ? null : newest - 1;
    return { kind: 'own', firstLine, beginning, fromStart: false, replaced: replacedAt, doubt: null };
  }

  /** Who shreds a file writes random bytes over what it held, and whole blocks. */
  async #isDestroyed(own: Generation, candidate: Candidate): Promise<boolean> {
    if (candidate.found.age === null || candidate.found.compressed || own.position.offset > 0) return false;
    const before = [...this.#roster.withInode(own.key)].some(
      ({ position }) => position.offset > 0 && position.birth === own.position.birth,
    );
    return before && !isText(await candidate.beginning());
  }

  async #whole(
    own: Generation,
    candidate: Candidate,
    { of, end }: { of: Generation; end: boolean },
    firstLine: string,
  ): Promise<Answer> {
    const { position } = of;
    const whole = { whereabouts: 'carried', known: null, replaced: null, doubt: null } as const;
    const onward = { kind: 'goes on', of, marks: position, ...whole } as const;
    if (!of.carried)
      return { ...onward, standing: end && isCopyOf(position, candidate.found) ? 'finished' : 'reading' };
    if (end) return { ...onward, standing: 'copy' };
    switch (await rest(of, candidate)) {
      case 'rewritten':
        await of.detach();
        return this.#whole(own, candidate, { of, end }, firstLine);
      case 'the same':
        return { kind: 'waits', of, until: await candidate.length() };
      case 'its own':
        return { ...onward, standing: 'reading' };
    }
  }
}

/** Tells whether bytes may be those of a log; the last character may be cut off. */
function isText(bytes: Buffer): boolean {
  if (bytes.includes(0)) return false;
  return [0, 1, 2, 3].some((cut) => isUtf8(bytes.subarray(0, bytes.length - cut)));
}

/** A file in the place of another goes on where it is last known to hold the same. */
async function goesOn(candidate: Candidate, { of, at, ...known }: Extract<Known, { at: number }>): Promise<Answer> {
  const marks = await candidate.marksTo(at);
  const { newest, offset, fingerprint } = of.position;
  const onward = {
    kind: 'goes on',
    of,
    marks,
    standing: 'reading',
    whereabouts: 'sought',
    replaced: newest,
  } as const;
  if (known.kind === 'apart' && isNextLine(fingerprint, at, known.next)) return { ...onward, known: null, doubt: null };
  const until = await candidate.lineEnd(offset);
  if (until <= at) return { ...onward, known: null, doubt: null };
  if (newest !== null) return { ...onward, known: { until: offset, newest }, doubt: null };
  const reason = `the file was rewritten behind byte ${at}; what lies before byte ${until} may be counted twice`;
  return { ...onward, known: null, doubt: { reason, doubled: true } };
}

/** @param replaced the newest event time read of the file that it replaced and begins like */
function otherwise(
  own: Generation,
  { of, at }: Extract<Known, { at: number }>,
  replaced: number | null,
): Pick<Extract<Answer, { kind: 'own' }>, 'fromStart' | 'replaced' | 'doubt'> {
  const isCoincidence = own.position.standing === 'copy' && of.file !== null && at < longestCoincidence;
  const isNew = own.position.offset === 0 && at >= longestCoincidence;
  const reason = `it begins with ${at} bytes that were read of ${of.position.path}; they may be counted twice`;
  const doubt = isNew ? { reason, doubled: true } : null;
  return { fromStart: isCoincidence, replaced, doubt };
}

/** Nobody appends to it: its writer goes on in the file that it truncated, or has gone. */
function isCopyOf({ standing, path }: Position, { compressed, age, path: copied }: Found): boolean {
  return compressed || age !== null || (standing === 'sought' && path !== copied);
}

function later(one: number | null, other: number | null): number | null {
  return one === null || (other !== null && other > one) ? other : one;
}

/** Tells whether nothing lies between two landmarks but the second one's line. */
function isNextLine(fingerprint: Fingerprint, at: number, next: number): boolean {
  return fingerprint.some(({ offset, length }) => offset === next && next - length === at);
}

/** A generation of which nothing was read yet, and which begins with the same bytes. */
async function unreadTwin(candidate: Candidate, alike: readonly Generation[]): Promise<Generation | null> {
  for (const other of alike) {
    if (other.position.offset > 0 || other.firstLine === null || !other.readable) continue;
    const one = await candidate.read(0, comparedLength);
    const two = await other.withCandidate((twin) => twin.read(0, comparedLength));
    if (two === null) continue;
    const length = Math.min(one.length, two.length);
    if (one.subarray(0, length).equals(two.subarray(0, length))) return other;
  }
  return null;
}

async function relations(candidate: Candidate, alike: readonly Generation[]): Promise<readonly Known[]> {
  const found: Known[] = [];
  for (const of of alike) {
    if (of.position.offset === 0) continue;
    const relation = await candidate.relationTo(of.position);
    if (relation.kind !== 'other') found.push({ ...relation, of });
  }
  return found;
}

/** The generation with the most proven bytes; among equals, one that no file carries. */
function best(known: readonly Known[], found: Found | null, isPartOf: (known: Known) => boolean): Known | null {
  const rank = (one: Known): number => {
    if (one.kind === 'whole') return one.end ? 4 : 2;
    return isPartOf(one) ? 3 : 1;
  };
  const decides = (one: Known): number => Number(rank(one) > 1);
  const [first] = known
    .filter((one) => proven(one) >= longestCoincidence || found === null || !isRotatedOf(one.of, found))
    .sort(
      (one, other) =>
        decides(other) - decides(one) ||
        proven(other) - proven(one) ||
        rank(other) - rank(one) ||
        Number(one.of.carried) - Number(other.of.carried),
    );
  return first ?? null;
}

/** So many bytes are known to be the same. */
function proven(known: Known): number {
  return known.kind === 'whole' ? known.of.position.offset : known.at;
}

/**
 * A log that was rotated and begins with the same few lines again is not copied back. It is what the rotated file was made
 * of when it was not written since.
 */
function isRotatedOf({ file }: Generation, { family, age, stats }: Found): boolean {
  if (age !== null || file === null || file.age === null || file.family !== family) return false;
  return file.stats.birth === '0' || BigInt(stats.modified) > BigInt(file.stats.birth);
}

/** Tells whether the file stands in the place of another that is gone from there. */
function isPredecessor(other: Generation, own: Generation, found: Found): boolean {
  if (other.file !== null || other.position.offset === 0 || other.position.standing === 'copy') return false;
  const isSameFile = other.key === own.key && other.position.birth === own.position.birth;
  return isSameFile || other.position.path === found.path;
}

/** The rest of a log whose beginning was taken away may have been copied, or renamed while nobody looked. */
function isSought({ position, carried }: Generation, { family }: Found): boolean {
  const { standing, offset } = position;
  return position.family === family && offset > 0 && !carried && (standing === 'sought' || standing === 'reading');
}

/** Another generation of which as much was read, and which holds the rest of the file, too. */
async function unreadTwinOf(candidate: Candidate, known: Known, related: readonly Known[]): Promise<Generation | null> {
  for (const other of related) {
    if (other === known || other.kind !== 'whole' || proven(other) !== proven(known)) continue;
    if (other.of.readable && (await rest(other.of, candidate)) === 'the same') return other.of;
  }
  return null;
}

/** Where a file goes on whose beginning was taken away or edited. */
async function shiftedEnd(candidate: Candidate, own: Generation, before: Generation) {
  const known = await candidate.endOfKnown(before.position.fingerprint);
  if (known === null || known.end <= own.position.offset) return null;
  const { end, edited, newest } = known;
  const reason = `the file was edited; lines that were changed before byte ${end} are not counted`;
  const doubt = edited ? { reason, doubled: false } : null;
  // Without the line that was read last, lines behind it may be gone that nobody has read.
  const whereabouts: Whereabouts = newest ? 'settled' : 'sought';
  const replaced = newest ? null : before.position.newest;
  return { marks: await candidate.marksTo(end), whereabouts, replaced, doubt };
}

/**
 * Decides on a file that begins with all that was read of a generation and has more: that more may be the generation's own
 * unread rest. What the copy holds is looked at first: of a file that grows it can only be the beginning.
 */
async function rest(of: Generation, candidate: Candidate): Promise<'rewritten' | 'the same' | 'its own'> {
  const { position } = of;
  const mine = await candidate.read(position.offset, comparedLength);
  const content = await of.open();
  if (!(await carries(content, position))) return 'rewritten';
  if (of.problem !== null) return 'its own';
  const its = Buffer.alloc(comparedLength);
  const { length } = await content.read(position.offset, its);
  if (length === 0) return 'its own';
  const shared = Math.min(mine.length, length);
  if (!mine.subarray(0, shared).equals(its.subarray(0, shared))) return 'its own';
  if (mine.length <= length) return 'the same';
  // Half a line that its writer has left is all that it has.
  return of.readable && its.subarray(0, length).includes(0x0a) ? 'the same' : 'its own';
}
