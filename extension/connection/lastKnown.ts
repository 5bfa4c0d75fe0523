import type { Memento } from 'vscode';
import { protocolVersion } from '../../daemon/protocol/wire/messages.ts';
import type { WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import type { Clock } from '../clock.ts';

/** A view as it was last heard, from before the window was loaded. */
export interface KnownView {
  readonly view: WorkspaceView;
  /** By this machine's clock. */
  readonly heardAt: number;
}

interface Kept {
  /** What was kept by another version may have other parts. */
  readonly version: string;
  readonly folders: Readonly<Record<string, KnownView>>;
}

const key = 'rampwatch.lastKnown';
const keepEvery = 10_000;
const mostFolders = 8;
/** In UTF-16 units; a larger state is not kept, and then is there once the daemon answers. */
const largest = 256 * 1024;
const mostEntries = 10;

/** The last known state of each folder, shown at once after a reload, as old, until its daemon is heard. */
export class LastKnown {
  readonly #memory: Memento;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #version: string;
  readonly #keptAt = new Map<string, number>();

  /** @param version of the extension */
  constructor(memory: Memento, clock: Pick<Clock, 'now'>, version: string) {
    this.#memory = memory;
    this.#clock = clock;
    this.#version = `${version} ${protocolVersion}`;
  }

  of(folder: string): KnownView | null {
    return this.#folders[folder] ?? null;
  }

  /** Kept now and then: it is the last known state, and no more. */
  heard(folder: string, view: WorkspaceView): void {
    const now = this.#clock.now();
    if (now - (this.#keptAt.get(folder) ?? Number.NEGATIVE_INFINITY) < keepEvery) return;
    this.#keptAt.set(folder, now);
    const rollouts = view.rollouts.map((each) => ({ ...each, journal: each.journal.slice(0, mostEntries) }));
    const known: KnownView = { view: { ...view, rollouts }, heardAt: now };
    if (JSON.stringify(known).length > largest) return;
    const others = Object.entries(this.#folders).filter(([name]) => name !== folder);
    const folders = Object.fromEntries([[folder, known], ...others].slice(0, mostFolders));
    void this.#memory.update(key, { version: this.#version, folders } satisfies Kept);
  }

  get #folders(): Kept['folders'] {
    const kept = this.#memory.get<Kept>(key);
    return kept?.version === this.#version ? kept.folders : {};
  }
}
