import { basename } from 'node:path';
import type { RolloutStanding } from '../connection/standing.ts';

/** The name by which a person knows a rollout among all that are shown: its plan's name, and its folder where others share it. */
export function rolloutName({ standing, rollout }: RolloutStanding, all: readonly RolloutStanding[]): string {
  const { name } = rollout.plan;
  const folders = all
    .filter((other) => other.rollout.plan.name === name && other.standing.folder !== standing.folder)
    .map((other) => other.standing.folder);
  if (folders.length === 0) return name;
  const short = basename(standing.folder);
  return `${name} (${folders.some((folder) => basename(folder) === short) ? standing.folder : short})`;
}
