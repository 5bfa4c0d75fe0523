import { accessSync, constants, readFileSync, statfsSync, watch } from 'node:fs';
import { formatDuration } from '../protocol/domain/duration.ts';
import { errorCode } from '../protocol/domain/errorCode.ts';
import type { JournalEntry } from '../protocol/domain/journalEntry.ts';
import type { WorkspaceView } from '../protocol/wire/view.ts';
import { clockGapText } from '../protocol/words/figureText.ts';
import { stateLoss } from '../store/lastingState.ts';
import { networkFileSystem } from '../store/stateDirectory.ts';
import { type Check, doubtful, fine, wrong } from './doctorCheck.ts';

/** Bytes below which a disk fills within a day of a busy rollout. */
const littleSpace = 200 * 1024 * 1024;
/** Bytes below which the next commit may find no room. */
const noSpace = 1024 * 1024;
/** Milliseconds by which two clocks of one machine, or a log's and this one's, may differ. */
export const clockTolerance = 60_000;
const fewestWatches = 8192;
/** A step of the clock is told for so long. */
const day = 86_400_000;
/** `engines.vscode` of the extension. */
const oldestEditor = [1, 103] as const;

export function stateChecks(directory: string, environment: NodeJS.ProcessEnv): readonly Check[] {
  const loss = stateLoss(directory, environment);
  const space = spaceOf(directory);
  const free = `${Math.floor(space / 1024 / 1024)} MiB free`;
  const refused = refusedWrite(directory);
  return [
    refused === null
      ? fine('State', directory)
      : wrong(
          'State',
          `${directory} may not be written (${refused})`,
          'Mount it writable, or give this user the right: without it nothing is judged.',
        ),
    ...(loss === null ? [] : [doubtful('State', loss, 'See `RAMPWATCH_STATE_DIRECTORY` in the README.')]),
    space < noSpace
      ? wrong(
          'Disk',
          `the disk of ${directory} is full`,
          'Make room: nothing is read on, stored or moved forward until then; a rollback still sets the flag.',
        )
      : space < littleSpace
        ? doubtful('Disk', free, 'Make room: on a full disk the daemon reads no further and holds the rollout.')
        : fine('Disk', free),
  ];
}

/** True where not even a small file has room; false where nobody can tell. */
export function isFull(folder: string): boolean {
  try {
    return spaceOf(folder) < noSpace / 16;
  } catch {
    return false;
  }
}

function spaceOf(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function refusedWrite(folder: string): string | null {
  try {
    accessSync(folder, constants.W_OK);
    return null;
  } catch (error) {
    return errorCode(error) || 'unknown';
  }
}

/**
 * Records that are dated after their arrival were written by another clock, and were not counted; a clock that was set is
 * told for a day.
 */
export function clockChecks(view: WorkspaceView | null, now: number): readonly Check[] {
  const rollouts = view?.rollouts ?? [];
  const ahead = rollouts.flatMap(({ sources }) =>
    sources.flatMap(({ glob, rejected }) => {
      const count = rejected.future ?? 0;
      if (count === 0) return [];
      const finding = `${glob}: ${count} ${count === 1 ? 'record' : 'records'} dated in the future, and so not counted`;
      return [
        doubtful('Clock', finding, "Set the clock of this machine or of the log's writer, or the source's `zone`."),
      ];
    }),
  );
  const steps = rollouts.flatMap(({ journal }) => stepCheck(journal, now));
  const found = [...ahead, ...steps];
  return found.some(({ level }) => level !== 'fine')
    ? found
    : [fine('Clock', [new Date(now).toISOString(), ...steps.map(({ finding }) => finding)].join('; '))];
}

/** The newest step of the clock within a day; it is over once new data has come. */
function stepCheck(journal: readonly JournalEntry[], now: number): readonly Check[] {
  const steps = journal.filter(({ body }) => body.kind === 'clock-gap' && (body.moved ?? 0) !== 0);
  const entry = steps.toSorted((one, other) => other.seq - one.seq)[0];
  if (entry?.body.kind !== 'clock-gap' || Math.abs(now - entry.at) > day) return [];
  const finding = clockGapText(entry.body);
  const isOver = journal.some(({ seq, body }) => seq > entry.seq && body.kind === 'data-fresh');
  return [
    isOver
      ? fine('Clock', finding)
      : doubtful(
          'Clock',
          `${finding}, and no new record has come since`,
          'Set the clock right if it is not; nothing advances before new records come.',
        ),
  ];
}

/** Files are looked at in any case; without watches only later. */
export function watchChecks(folder: string): readonly Check[] {
  const network = process.platform === 'linux' ? networkFileSystem(statfsSync(folder).type) : undefined;
  if (network !== undefined) {
    return [fine('Watches', `the workspace is on a network file system (${network}): changes are found by looking`)];
  }
  const refused = refusedWatch(folder);
  if (refused !== null) {
    const setting = refused === 'EMFILE' ? 'fs.inotify.max_user_instances=512' : 'fs.inotify.max_user_watches=65536';
    return [
      doubtful(
        'Watches',
        `this user may watch no more files (${refused}): all are looked at four times a second`,
        `Raise the limit (sysctl ${setting}), or end what watches so many.`,
      ),
    ];
  }
  const limit = numberIn('/proc/sys/fs/inotify/max_user_watches');
  if (limit === null || limit >= fewestWatches)
    return [fine('Watches', limit === null ? 'by the system' : `${limit} allowed`)];
  return [
    doubtful(
      'Watches',
      `this user may watch ${limit} files only; the others are looked at four times a second`,
      'Raise it: sysctl fs.inotify.max_user_watches=65536',
    ),
  ];
}

function refusedWatch(folder: string): string | null {
  try {
    watch(folder, { persistent: false }).close();
    return null;
  } catch (error) {
    return errorCode(error) || 'unknown';
  }
}

function numberIn(file: string): number | null {
  try {
    return Number(readFileSync(file, 'utf8').trim());
  } catch {
    return null;
  }
}

/** The editor in whose terminal this runs; none elsewhere. */
export function editorChecks({ TERM_PROGRAM, TERM_PROGRAM_VERSION }: NodeJS.ProcessEnv): readonly Check[] {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(TERM_PROGRAM_VERSION ?? '') ?? [];
  if (TERM_PROGRAM !== 'vscode' || major === undefined || minor === undefined) return [];
  const [oldestMajor, oldestMinor] = oldestEditor;
  const told = `${major}.${minor}`;
  const isOld = Number(major) < oldestMajor || (Number(major) === oldestMajor && Number(minor) < oldestMinor);
  return [
    isOld
      ? wrong(
          'Editor',
          `this is the terminal of version ${told}, and the extension needs ${oldestEditor.join('.')}`,
          'Update the editor; the command line and the daemon work without it.',
        )
      : fine('Editor', `the terminal of version ${told}`),
  ];
}

/** In whole seconds. */
export function lengthText(milliseconds: number): string {
  return formatDuration(Math.round(milliseconds / 1000) * 1000);
}
