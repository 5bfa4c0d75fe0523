import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, realpathSync, statfsSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { errorCode } from '../protocol/domain/errorCode.ts';
import { UserError } from '../protocol/domain/userError.ts';

/**
 * The private directory of a workspace's state, made when it is missing: `$RAMPWATCH_STATE_DIRECTORY`, else the
 * platform's place for state plus `/rampwatch`, and below it a short hash of the workspace's real path (two spellings
 * of one workspace share a daemon). Mode 0700, owned by this user, not a symbolic link, on a local file system, and below
 * folders in which no other user can put another one in its place.
 *
 * @throws UserError `no-workspace`, `state-unwritable`, `state-unsafe`, `state-network`.
 */
export function stateDirectory(root: string, environment: NodeJS.ProcessEnv): string {
  const directory = join(stateBase(environment), workspaceKey(root));
  try {
    makeFolders(directory);
  } catch (error) {
    // The obstacle is identified below.
    if (errorCode(error) === 'EEXIST') refuseUnsafe(directory);
    throw new UserError(
      'state-unwritable',
      `cannot make the state directory ${directory} (${errorCode(error) || String(error)}); make it writable, or set RAMPWATCH_STATE_DIRECTORY to another place`,
    );
  }
  refuseUnsafe(directory);
  refuseOpenParents(directory, root);
  const network = process.platform === 'linux' ? networkFileSystem(statfsSync(directory).type) : undefined;
  if (network !== undefined) {
    throw new UserError(
      'state-network',
      `the state directory ${directory} is on a network file system (${network}), where its lock and its commits cannot be trusted; set RAMPWATCH_STATE_DIRECTORY to a local directory`,
    );
  }
  return directory;
}

/**
 * Made one folder at a time. Node's own way, `recursive`, never ends on a file system that makes no folders and answers
 * ENOENT, as /proc and an automounter of home directories do.
 */
function makeFolders(directory: string): void {
  const missing: string[] = [];
  for (let at = directory; !existsSync(at) && dirname(at) !== at; at = dirname(at)) missing.unshift(at);
  for (const folder of missing) {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      // Another start was first.
      if (errorCode(error) !== 'EEXIST' || !existsSync(folder)) throw error;
    }
  }
}

/** The state directory of a workspace that a daemon has run for; `null`, and nothing is made, when none has. */
export function knownStateDirectory(root: string, environment: NodeJS.ProcessEnv): string | null {
  if (!existsSync(root)) return null;
  return existsSync(join(stateBase(environment), workspaceKey(root), 'store'))
    ? stateDirectory(root, environment)
    : null;
}

/** The name of a network file system by its `statfs` type on Linux (statfs(2)); `undefined` for any other. */
export function networkFileSystem(type: number): string | undefined {
  switch (type >>> 0) {
    case 0x6969:
      return 'nfs';
    case 0x517b:
      return 'smb';
    case 0xff534d42:
      return 'cifs';
    case 0xfe534d42:
      return 'smb2';
    case 0x01021997:
      return '9p';
    case 0x5346414f:
      return 'afs';
    case 0x00c36400:
      return 'ceph';
    default:
      return undefined;
  }
}

function stateBase(environment: NodeJS.ProcessEnv): string {
  const chosen = environment.RAMPWATCH_STATE_DIRECTORY;
  if (chosen !== undefined && chosen !== '') {
    if (isAbsolute(chosen)) return chosen;
    throw new UserError(
      'state-unwritable',
      `RAMPWATCH_STATE_DIRECTORY is ${chosen}; it must be an absolute path, so that every client finds the same daemon`,
    );
  }
  // The XDG base directory specification: a relative path is to be ignored.
  const xdg = environment.XDG_STATE_HOME;
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, 'rampwatch');
  const home = environment.HOME || homedir();
  switch (process.platform) {
    case 'win32':
      return join(environment.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'rampwatch');
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'rampwatch');
    default:
      return join(home, '.local', 'state', 'rampwatch');
  }
}

function workspaceKey(root: string): string {
  let real: string;
  try {
    real = realpathSync.native(root);
  } catch (error) {
    throw new UserError(
      'no-workspace',
      `cannot open the workspace ${root} (${errorCode(error) || String(error)}); check the path`,
    );
  }
  return createHash('sha256').update(real).digest('hex').slice(0, 20);
}

function refuseUnsafe(directory: string): void {
  const status = lstatSync(directory);
  const unsafe = (what: string, remedy: string) =>
    new UserError('state-unsafe', `the state directory ${directory} ${what}; ${remedy}`);
  if (status.isSymbolicLink()) throw unsafe('is a symbolic link', 'replace it by a directory of your own');
  if (!status.isDirectory()) throw unsafe('is not a directory', 'move that file away');
  // Windows has neither owners nor modes here; its profile directories are private by their access lists.
  if (process.getuid === undefined) return;
  if (status.uid !== process.getuid()) {
    throw unsafe(
      'belongs to another user',
      'move it away, or set RAMPWATCH_STATE_DIRECTORY to a directory of your own',
    );
  }
  if ((status.mode & 0o077) !== 0) throw unsafe('is open to other users', `run: chmod 700 ${directory}`);
}

/**
 * A user who may write a folder may replace its content, except where the sticky bit is set (as on /tmp). A folder
 * above the state may belong to this user, to root, and to the owner of the workspace, who decides on the plan anyway
 * (a container's root over a mounted workspace). A group may write where it is the user's own private group, as `umask
 * 002` makes it; some distributions' StrictModes of sshd do the same.
 */
function refuseOpenParents(directory: string, root: string): void {
  if (process.getuid === undefined || process.getgid === undefined) return;
  const owners = new Set([process.getuid(), 0, statSync(root).uid]);
  const isPrivateGroup = (group: number): boolean => group === process.getgid?.() && group === process.getuid?.();
  let folder = dirname(realpathSync(directory));
  for (;;) {
    const { mode, uid, gid } = statSync(folder);
    const isSticky = (mode & 0o1000) !== 0;
    const isOpen = !isSticky && ((mode & 0o002) !== 0 || ((mode & 0o020) !== 0 && !isPrivateGroup(gid)));
    if (isOpen || !owners.has(uid)) {
      const [what, remedy] = isOpen
        ? ['may be written by other users', `run: chmod go-w ${folder}`]
        : ['belongs to another user', 'give it to yourself'];
      throw new UserError(
        'state-unsafe',
        `${folder}, above the state directory, ${what}, who could put another in its place; ${remedy}, or set RAMPWATCH_STATE_DIRECTORY to a folder of your own`,
      );
    }
    if (dirname(folder) === folder) return;
    folder = dirname(folder);
  }
}
