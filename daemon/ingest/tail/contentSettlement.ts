import { errorCode } from '../../protocol/domain/errorCode.ts';
import { copiedAndTruncated, mayHaveGrown } from './copyLoss.ts';
import { fileProblem } from './discover.ts';
import { type Answer, Examination } from './examination.ts';
import { FileMoved } from './fileMoved.ts';
import type { Generation } from './generation.ts';
import type { KnownGenerations } from './knownGenerations.ts';
import type { OngoingSearch } from './ongoingSearch.ts';
import { nothingReadYet } from './positionChanges.ts';
import type { UnseenCopies } from './unseenCopies.ts';

/** Settles by its content which generation a new file carries on, before a line of it counts. */
export class ContentSettlement {
  readonly #known: KnownGenerations;
  readonly #unseenCopies: UnseenCopies;
  /** Files that could not be read to know them again: path → one line. */
  readonly problems = new Map<string, string>();

  constructor(known: KnownGenerations, unseenCopies: UnseenCopies) {
    this.#known = known;
    this.#unseenCopies = unseenCopies;
  }

  /** The search finds out anew what can be read. */
  searchBegins({ discovery: { logs, files }, concerned }: OngoingSearch): void {
    if (logs === null) this.problems.clear();
    for (const { position } of concerned) this.problems.delete(position.path);
    for (const { path } of files) this.problems.delete(path);
  }

  /** Holds what is new of these, and of all that are undecided, against what was read. Of two that begin alike the live one is read first. */
  async settle(generations: readonly Generation[], search: OngoingSearch): Promise<void> {
    const candidates = new Set([...generations, ...this.#known.roster.undecided]);
    const due = [...candidates].filter(({ examinationDue, isForgotten }) => examinationDue && !isForgotten);
    if (due.length === 0) return;
    const examination = new Examination(this.#known.roster);
    const unreadable = search.discovery.problems;
    const isRotated = ({ file }: Generation): number => Number(file !== null && file.age !== null);
    for (const generation of due.sort((one, other) => isRotated(one) - isRotated(other))) {
      const { path, family } = generation.position;
      // A copy of a log that cannot be read now may hold what the log does.
      if (isRotated(generation) && (this.problems.has(family) || unreadable.has(family))) {
        search.searchAgain();
        continue;
      }
      try {
        const answer = await examination.of(generation);
        if (answer === null) continue;
        await this.#apply(answer, generation, search);
      } catch (error) {
        if (error instanceof FileMoved || errorCode(error) === 'ENOENT') search.searchAgain();
        else this.problems.set(path, fileProblem(path, error));
      }
    }
  }

  async #apply(answer: Answer, generation: Generation, search: OngoingSearch): Promise<void> {
    const { path, family } = generation.position;
    switch (answer.kind) {
      case 'untold':
        generation.cannotBeTold();
        if (answer.failure !== null) generation.fails(fileProblem(path, answer.failure), 'content');
        return;
      case 'destroyed':
        await generation.end();
        search.forget(generation);
        search.claimed.delete(generation);
        return;
      case 'waits':
        generation.waitsFor(answer.of, answer.until);
        search.searchAgain();
        return;
      case 'own':
        if (this.#unseenCopies.has(generation)) {
          search.declareLoss(family, copiedAndTruncated);
          generation.keep();
        }
        if (answer.fromStart) generation.change(nothingReadYet);
        generation.isItsOwn(answer.firstLine, answer.beginning);
        generation.replaced = answer.replaced;
        if (answer.doubt !== null) search.declareDoubt(path, answer.doubt);
        return;
      case 'goes on':
        return goOn(answer, generation, search);
    }
  }
}

async function goOn(
  answer: Extract<Answer, { kind: 'goes on' }>,
  generation: Generation,
  search: OngoingSearch,
): Promise<void> {
  const { of, marks, standing } = answer;
  const { file } = generation;
  if (answer.doubt !== null) search.declareDoubt(generation.position.path, answer.doubt);
  const isTaken = answer.whereabouts === 'carried' && !of.carried && standing !== 'copy';
  if (isTaken && of.key !== generation.key && mayHaveGrown(of, file))
    await search.declareCopied(of, { file, reach: of.position.offset });
  if (isTaken && file !== null && !generation.stored) {
    await of.moveTo(file, marks, standing, search.now);
    await generation.end();
    search.forget(generation);
    search.claimed.delete(generation);
    search.claimed.add(of);
    return;
  }
  // A copy of what was trimmed before: its log was truncated behind it.
  if (answer.whereabouts === 'settled' && of.position.standing === 'sought' && of.key !== generation.key)
    await search.declareCopied(of, { file, reach: of.position.offset });
  generation.goesOn(marks, of.position, standing, answer);
  if (answer.whereabouts === 'settled' && !of.carried) {
    of.change({ standing: 'settled' });
    await of.end();
  }
  if (!isTaken) return;
  await of.end();
  search.forget(of);
}
