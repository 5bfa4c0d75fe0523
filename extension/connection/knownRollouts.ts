import type { Memento } from 'vscode';
import * as z from 'zod';
import type { RolloutView, WorkspaceView } from '../../daemon/protocol/wire/view.ts';
import { percentText } from '../../daemon/protocol/words/figureText.ts';
import { standingFace } from '../../daemon/protocol/words/phaseWords.ts';
import type { Clock } from '../clock.ts';
import type { Translate } from '../vscodeApi.ts';

const knownRollout = z.object({
  /** Absolute path. */
  folder: z.string(),
  rollout: z.string(),
  name: z.string(),
  /** As it stood when it was last heard. */
  standing: z.string(),
  running: z.boolean(),
  /** By this machine's clock. */
  heardAt: z.number(),
});

/** A rollout that a window of this editor has shown. */
export type KnownRollout = Readonly<z.output<typeof knownRollout>>;

const key = 'rampwatch.knownRollouts';
const keepEvery = 10_000;
const most = 50;

/** The rollouts that this editor has shown, in whichever window: what a window without a folder can open. */
export class KnownRollouts {
  readonly #memory: Memento;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #t: Translate;
  readonly #isRunning: (view: RolloutView) => boolean;
  readonly #keptAt = new Map<string, number>();

  /** @param memory that of all windows */
  constructor(memory: Memento, clock: Pick<Clock, 'now'>, t: Translate, isRunning: (view: RolloutView) => boolean) {
    this.#memory = memory;
    this.#clock = clock;
    this.#t = t;
    this.#isRunning = isRunning;
  }

  /** The newest first. */
  get all(): readonly KnownRollout[] {
    return z.array(knownRollout).safeParse(this.#memory.get(key)).data ?? [];
  }

  /** Kept now and then. */
  heard(folder: string, { rollouts }: WorkspaceView): void {
    const now = this.#clock.now();
    if (rollouts.length === 0 || now - (this.#keptAt.get(folder) ?? Number.NEGATIVE_INFINITY) < keepEvery) return;
    this.#keptAt.set(folder, now);
    const heard = rollouts.map((view) => ({
      folder,
      rollout: view.rollout,
      name: view.plan.name,
      standing: `${percentText(view.standing.percent)} · ${standingFace(view.standing, this.#t).word}`,
      running: this.#isRunning(view),
      heardAt: now,
    }));
    const others = this.all.filter((known) => known.folder !== folder);
    void this.#memory.update(key, [...heard, ...others].slice(0, most));
  }

  /** The folder or its plan is gone. */
  forget(folder: string): void {
    void this.#memory.update(
      key,
      this.all.filter((known) => known.folder !== folder),
    );
  }
}
