import { existsSync, statSync } from 'node:fs';

/** What tells where state lies; read from the machine by `stateLoss`. */
export interface StatePlace {
  readonly directory: string;
  readonly environment: NodeJS.ProcessEnv;
  /** A file that container engines leave at the root. */
  exists(file: string): boolean;
  /** The device of a file system. */
  device(path: string): number;
}

const marks = ['/.dockerenv', '/run/.containerenv'];

/**
 * That the state is lost when its container is rebuilt, in a line for people: it lies in the container's own layer and in no
 * volume. `null` where it lasts, and where nobody can tell.
 */
export function lossOfState({ directory, environment, exists, device }: StatePlace): string | null {
  const isContainer =
    environment.REMOTE_CONTAINERS === 'true' || environment.CODESPACES === 'true' || marks.some((mark) => exists(mark));
  if (!isContainer) return null;
  try {
    if (device(directory) !== device('/')) return null;
  } catch {
    return null;
  }
  return `this is a container, and its state in ${directory} is gone when the container is rebuilt: set RAMPWATCH_STATE_DIRECTORY to a folder of a volume, such as one beside the workspace`;
}

/** The same of this machine. */
export function stateLoss(directory: string, environment: NodeJS.ProcessEnv): string | null {
  return lossOfState({ directory, environment, exists: existsSync, device: (path) => statSync(path).dev });
}
