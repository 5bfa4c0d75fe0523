import type { SourceHealth } from '../../protocol/domain/observation.ts';
import type { Generation } from './generation.ts';
import type { OrderedLogs } from './orderedLogs.ts';
import { type Roster, sizeOf } from './roster.ts';

/** So many files of a source are listed by name. */
const filesListed = 20;

/** The files of a source, of many those that have most to read; the rest are summed. */
export function listedFiles(
  { shown, lagging, sums }: Roster,
  logs: OrderedLogs,
): Pick<SourceHealth, 'files' | 'others'> {
  if (shown.size <= filesListed)
    return { files: [...shown].sort((one, other) => logs.compare(one, other)).map(fileHealth) };
  const named = new Set(mostLagging(lagging));
  for (const generation of shown) {
    if (named.size === filesListed) break;
    named.add(generation);
  }
  const files = [...named].map(fileHealth);
  const others = { files: shown.size - filesListed, size: sums.size, offset: sums.offset };
  for (const { size, offset } of files) {
    others.size -= size;
    others.offset -= Math.min(size, offset);
  }
  return { files, others };
}

/** The problem of the first such file by its log and its place in it, so that the same one is told of each time. */
function firstProblem(
  among: ReadonlySet<Generation>,
  logs: OrderedLogs,
  holds: (generation: Generation) => boolean,
): string | null {
  let first: Generation | null = null;
  for (const generation of among)
    if (holds(generation) && (first === null || logs.compare(generation, first) < 0)) first = generation;
  return first?.problem ?? null;
}

/** One problem of a file that keeps its source from being read, if there is one. */
export function hinderingProblem({ failed }: Roster, logs: OrderedLogs): string | null {
  return firstProblem(failed, logs, (generation) => !isOldAndDamaged(generation));
}

/** One problem of a file beside which the source is still read, if there is one. */
export function degradingProblem({ failed }: Roster, logs: OrderedLogs): string | null {
  return firstProblem(failed, logs, isOldAndDamaged);
}

/** A damaged old generation degrades its source; the rest of it is still read. */
function isOldAndDamaged({ position, spoiled }: Generation): boolean {
  return position.compressed && spoiled;
}

function mostLagging(lagging: ReadonlyMap<Generation, number>): readonly Generation[] {
  const most: { generation: Generation; lag: number }[] = [];
  let least = 0;
  for (const [generation, lag] of lagging) {
    if (lag <= least && most.length === filesListed) continue;
    most.splice(most.findLastIndex((other) => other.lag >= lag) + 1, 0, { generation, lag });
    if (most.length > filesListed) most.pop();
    least = most.at(-1)?.lag ?? 0;
  }
  return most.map(({ generation }) => generation);
}

function fileHealth(generation: Generation): SourceHealth['files'][number] {
  const { path, offset } = generation.position;
  return { file: path, size: sizeOf(generation), offset };
}
