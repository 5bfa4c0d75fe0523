import { createHash } from 'node:crypto';
import { accessSync, constants, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, delimiter, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { UserError } from '../protocol/domain/userError.ts';

/**
 * The files and the program that a command of a plan would run, so that an approval covers them and not only the words:
 * a pull may change a script of the repository under the same words. The program is an absolute path; each file and
 * folder of the workspace that the words name is bound by its content, and so are the files by which a task runner
 * finds its tasks. Files that these load in turn are not followed; the README says so.
 */
export interface BoundCommand {
  /** As the plan has it. */
  readonly argv: readonly string[];
  /** The absolute path of the program, links followed; `null` when it is not found. */
  readonly program: string | null;
  /** Relative to the workspace, with `/`, in order. */
  readonly files: readonly { readonly path: string; readonly sha256: string }[];
}

const mostFiles = 500;
const mostBytes = 16 * 1024 * 1024;

/** The files that define a task runner's words; existing ones are bound. */
const taskFiles: Readonly<Record<string, readonly string[]>> = {
  npm: ['package.json', '.npmrc'],
  npx: ['package.json', '.npmrc'],
  pnpm: ['package.json', '.npmrc'],
  yarn: ['package.json', '.yarnrc.yml', '.yarnrc'],
  bun: ['package.json', 'bunfig.toml'],
  deno: ['deno.json', 'deno.jsonc', 'package.json'],
  make: ['GNUmakefile', 'makefile', 'Makefile'],
  gmake: ['GNUmakefile', 'makefile', 'Makefile'],
  just: ['justfile', 'Justfile', '.justfile'],
  task: ['Taskfile.yml', 'Taskfile.yaml'],
  rake: ['Rakefile'],
};

/**
 * @param folder the workspace, where the command runs
 * @throws UserError `command-unbound` when it names more of the workspace than can be bound, or an unreadable part of
 * it
 */
export function boundCommand(
  argv: readonly string[],
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): BoundCommand {
  const [word = '', ...rest] = argv;
  const root = realpathSync(folder);
  const program = programOf(word, folder, environment);
  const named = rest.flatMap((each) => [each, ...(/^--?[\w-]+=(.+)$/s.exec(each)?.slice(1) ?? [])]);
  const runner = basename(word).replace(/\.(?:exe|cmd|bat)$/i, '');
  const places = [...(program === null ? [] : [program]), ...named, ...(taskFiles[runner] ?? [])];
  const found = new Map<string, string>();
  let bytes = 0;
  for (const place of places) {
    for (const file of filesOf(resolve(folder, place), root)) {
      const path = relative(root, file).split(sep).join('/');
      if (found.has(path)) continue;
      const content = read(file);
      bytes += content.length;
      found.set(path, createHash('sha256').update(content).digest('hex'));
      if (found.size > mostFiles || bytes > mostBytes) throw tooMuch(place);
    }
  }
  const files = [...found].map(([path, sha256]) => ({ path, sha256 })).sort((a, b) => (a.path < b.path ? -1 : 1));
  return { argv, program, files };
}

/** The environment's PATH without the folders of the workspace: a program there could take the place of another. */
export function pathOutside(folder: string, path: string): string {
  const root = realpathSync(folder);
  return path
    .split(delimiter)
    .filter((each) => isAbsolute(each) && !isWithin(real(each) ?? each, root))
    .join(delimiter);
}

function programOf(
  word: string,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | null {
  const places = /[/\\]/.test(word)
    ? [resolve(folder, word)]
    : (environment.PATH ?? '').split(delimiter).map((each) => join(resolve(folder, each), word));
  const endings = process.platform === 'win32' ? ['', ...(environment.PATHEXT ?? '.EXE;.CMD').split(';')] : [''];
  for (const place of places) {
    for (const ending of endings) if (isProgram(`${place}${ending}`)) return real(`${place}${ending}`);
  }
  return null;
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The files of the workspace at a place: the file itself, or all below a folder; none outside of the workspace. */
function filesOf(place: string, root: string): readonly string[] {
  const at = real(place);
  // The workspace itself as an argument (`.`) names a place and no program.
  if (at === null || at === root || !isWithin(at, root)) return [];
  const status = statSync(at);
  if (status.isFile()) return [at];
  if (!status.isDirectory()) return [];
  const files: string[] = [];
  for (const entry of readdirSync(at, { recursive: true, withFileTypes: true })) {
    if (files.length > mostFiles) throw tooMuch(place);
    if (entry.isFile()) files.push(join(entry.parentPath, entry.name));
    else if (entry.isSymbolicLink()) files.push(...filesOf(join(entry.parentPath, entry.name), root));
  }
  return files;
}

function isWithin(path: string, root: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}

function real(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function read(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    throw new UserError(
      'command-unbound',
      `the plan's command names ${file}, which cannot be read; an approval is of its content`,
    );
  }
}

function tooMuch(place: string): UserError {
  return new UserError(
    'command-unbound',
    `the plan's command names ${place}, which is more than ${mostFiles} files or ${mostBytes / 1024 / 1024} MiB: an approval could not be of their content; name the program's file instead`,
  );
}
