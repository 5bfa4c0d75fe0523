import { existsSync, statSync } from 'node:fs';

/** The facts that tell where the state lies; `stateLoss` reads them from the machine. */
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
 * A line for people when a rebuild of the container would lose the state, because the state lies in the container's own
 * layer and in no volume. `null` where the state lasts, and where this is unknown.
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

/** The same for this machine. */
export function stateLoss(directory: string, environment: NodeJS.ProcessEnv): string | null {
  return lossOfState({ directory, environment, exists: existsSync, device: (path) => statSync(path).dev });
}
