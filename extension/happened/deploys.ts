import type { Deploy } from '../../daemon/protocol/wire/markedEvents.ts';
import { plainText } from '../../daemon/protocol/words/plainText.ts';
import type { Clock } from '../clock.ts';
import type { RunGit } from './git.ts';

/** The newest tags of a repository; older ones are of earlier rollouts. */
const mostTags = 300;
const lookEvery = 60_000;

export interface DeployPorts {
  readonly git: RunGit;
  readonly clock: Pick<Clock, 'now'>;
  /** A repository's own settings may name programs. */
  isTrusted(): boolean;
}

/**
 * The deploys of the repositories that plans lie in: their tags. A tag with a message has the time when it was made, another
 * one that of its commit.
 */
export class Deploys {
  readonly #ports: DeployPorts;
  readonly #known = new Map<string, { readonly at: number; readonly deploys: Promise<readonly Deploy[]> }>();

  constructor(ports: DeployPorts) {
    this.#ports = ports;
  }

  /** Newest first; none where there is no repository. `folder`: an absolute path. */
  async of(folder: string): Promise<readonly Deploy[]> {
    const { clock, isTrusted } = this.#ports;
    if (!isTrusted()) return [];
    const known = this.#known.get(folder);
    const now = clock.now();
    if (known !== undefined && now - known.at < lookEvery) return await known.deploys;
    const deploys = this.#read(folder);
    this.#known.set(folder, { at: now, deploys });
    return await deploys;
  }

  async #read(folder: string): Promise<readonly Deploy[]> {
    const words = [
      'for-each-ref',
      '--sort=-creatordate',
      `--count=${mostTags}`,
      '--format=%(creatordate:unix) %(refname:strip=2)',
      'refs/tags',
    ];
    try {
      return deploysIn(await this.#ports.git(folder, words));
    } catch {
      return [];
    }
  }
}

function deploysIn(lines: string): readonly Deploy[] {
  return lines.split('\n').flatMap((line): Deploy[] => {
    const [, seconds, name] = /^(\d{1,12}) (.+)$/.exec(line) ?? [];
    if (seconds === undefined || name === undefined) return [];
    return [{ kind: 'deploy', at: Number(seconds) * 1000, name: plainText(name, 80) }];
  });
}
