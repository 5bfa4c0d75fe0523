import { basename } from 'node:path';
import { actuatedBy } from '../protocol/domain/flagKinds.ts';
import type { LoadedPlan } from '../protocol/domain/plan.ts';
import type { RolloutState } from '../protocol/domain/rolloutState.ts';
import type { WallTime } from '../protocol/domain/units.ts';
import { UserError } from '../protocol/domain/userError.ts';
import type { PlanProblem } from '../protocol/wire/view.ts';
import { LiveRollout } from './liveRollout.ts';
import type { PlanReading, PlanShelf } from './planShelf.ts';
import type { LiveRolloutOptions } from './rolloutParts.ts';
import type { RunningRollout } from './runningRollout.ts';
import { SharedRollout, type Teams } from './shared/sharedRollout.ts';
import { afterRollback, foldedState, goesBack, needsWatch, restoredState } from './storedState.ts';

type Common = Omit<LiveRolloutOptions, 'loaded' | 'watchedUntil' | 'saidBefore' | 'sharing' | 'lease'>;

/** Why an edit is refused during an attempt, and the part of the plan that it must not change; `null`: none alone. */
interface Obstacle {
  readonly part: 'id' | 'flag' | null;
  readonly message: string;
}

/**
 * The rollouts of a workspace, kept in step with its plan files. A running rollout outlives its plan: while the file is
 * broken, gone, or changes a part that must not change under users, it continues with the last good text.
 */
export class PlannedRollouts {
  readonly #shelf: PlanShelf;
  readonly #common: Common;
  readonly #teams: Teams;
  readonly #rollouts = new Map<string, RunningRollout>();
  /** The end of the time for which this daemon watched its former rollouts. */
  readonly #watchedUntil = new Map<string, WallTime>();
  readonly #before: WallTime | null;
  #problems: readonly PlanProblem[] = [];
  #adoptedFor = 0;

  /** @param before when the daemon before this one was last alive, if there was one. */
  constructor(shelf: PlanShelf, before: WallTime | null, common: Common, teams: Teams) {
    this.#teams = teams;
    this.#shelf = shelf;
    this.#before = before;
    this.#common = common;
  }

  get all(): readonly RunningRollout[] {
    return [...this.#rollouts.values()];
  }

  get problems(): readonly PlanProblem[] {
    return this.#problems;
  }

  /** Milliseconds for which the newest `sync` has parsed plans and taken them up, while everything else waited. */
  get busyFor(): number {
    return this.#shelf.parsedFor + this.#adoptedFor;
  }

  get(id: string): RunningRollout | undefined {
    return this.#rollouts.get(id);
  }

  /** Reads every plan file again. Runs must not overlap. */
  async sync(): Promise<void> {
    this.#adoptedFor = 0;
    const readings = await this.#shelf.read();
    const present = new Set(readings.filter(({ kind }) => kind !== 'gone').map(({ file }) => file));
    const problems: PlanProblem[] = [];
    // A plan that was renamed is taken over under its new name before the old name is missed.
    for (const reading of [...readings].sort((a, b) => Number(a.kind === 'gone') - Number(b.kind === 'gone'))) {
      const message =
        reading.kind === 'plan' ? await this.#adopt(reading.loaded, present) : await this.#goOnWithout(reading);
      if (message === null) continue;
      problems.push({ file: reading.file, message });
      if (!this.#problems.some((told) => told.message === message)) this.#common.log('warn', message);
    }
    for (const problem of this.#sharedKeys()) {
      problems.push(problem);
      if (!this.#problems.some((told) => told.message === problem.message)) this.#common.log('warn', problem.message);
    }
    this.#problems = problems;
    // Before the first view shows that nothing has begun; only now is it known which rollouts share a flag.
    await Promise.all(this.all.map((rollout) => rollout.lookAtFlag()));
  }

  /** The state directory was removed, and the store is written again. */
  stateRestored(): void {
    this.#store(() => this.#shelf.keepAgain());
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((rollout) => rollout.close('ended')));
  }

  /** The reason why the plan cannot be used as it is now, or `null`. */
  async #adopt(loaded: LoadedPlan, present: ReadonlySet<string>): Promise<string | null> {
    const { plan, file, hash } = loaded;
    const name = basename(file);
    const owner = this.#rollouts.get(plan.id);
    const mine = this.#ofFile(file) ?? (owner !== undefined && !present.has(owner.loaded.file) ? owner : undefined);
    if (owner !== undefined && owner !== mine) {
      const message = `${name}: the id \`${plan.id}\` is taken by ${basename(owner.loaded.file)}; give it another`;
      if (mine !== undefined) mine.problem = message;
      return message;
    }
    if (mine !== undefined && mine.loaded.file === file && mine.loaded.hash === hash) {
      mine.problem = null;
      this.#remember(loaded);
      return null;
    }
    const before = mine?.loaded ?? this.#shelf.lastGood(file) ?? this.#shelf.lastGoodOf(plan.id);
    const obstacle = before === null ? null : this.#timed(() => this.#obstacle(before, loaded));
    const refused = obstacle === null ? await this.#replace(mine, loaded) : obstacle.message;
    if (refused === null) return null;
    // The line of what must not change, so that every surface can lead there.
    const line = obstacle?.part == null ? undefined : loaded.lines[obstacle.part];
    const message = line === undefined ? `${name}: ${refused}` : `${name}:${line}:1: ${refused}`;
    const still = this.#ofFile(before?.file ?? file);
    if (still !== undefined) still.problem = message;
    else if (before !== null) this.#tryStart(before, message);
    return message;
  }

  async #replace(mine: RunningRollout | undefined, loaded: LoadedPlan): Promise<string | null> {
    if (mine !== undefined) await this.#end(mine);
    return this.#timed(() => {
      const refused = this.#tryStart(loaded, null);
      if (refused !== null) return refused;
      this.#rollouts.get(loaded.plan.id)?.planChanged(loaded.hash);
      this.#remember(loaded);
      return null;
    });
  }

  #timed<Result>(act: () => Result): Result {
    const began = performance.now();
    const result = act();
    this.#adoptedFor += performance.now() - began;
    return result;
  }

  async #goOnWithout({ kind, file, message }: Exclude<PlanReading, { kind: 'plan' }>): Promise<string | null> {
    const running = this.#ofFile(file);
    const good = running?.loaded ?? this.#shelf.lastGood(file);
    if (good === null) return message;
    // Another file has taken the rollout over.
    const taken = running === undefined && this.#rollouts.has(good.plan.id);
    if (taken || !this.#isNeeded(good)) {
      if (kind === 'unusable') {
        if (running !== undefined) running.problem = message;
        return message;
      }
      if (running !== undefined) await this.#end(running);
      this.#store(() => this.#shelf.forget(file));
      return null;
    }
    const told = kind === 'gone' ? `${message}, and ${this.#withoutPlan(good)}` : message;
    if (running !== undefined) running.problem = told;
    else this.#tryStart(good, told);
    return told;
  }

  #withoutPlan(good: LoadedPlan): string {
    return this.#goesBack(good)
      ? 'the rollback continues with its last good text: nothing else is needed for it'
      : 'the rollout continues with its last good text: put the plan back, or roll back';
  }

  /** The part that an edit must not change during an attempt; `null` when it changes no such part. */
  #obstacle(before: LoadedPlan, { plan, ...rest }: LoadedPlan): Obstacle | null {
    if (!this.#isNeeded(before)) return null;
    const orElse = afterRollback(this.#goesBack(before));
    if (before.plan.id !== plan.id) {
      const message = `the id was \`${before.plan.id}\`, and that rollout is under way: put the id back, or ${orElse}`;
      return { part: 'id', message };
    }
    if (actuatedBy(before.plan.flag) !== actuatedBy(plan.flag)) {
      const message = `the flag's file and keys cannot change while the rollout is under way: put them back, or ${orElse}`;
      return { part: 'flag', message };
    }
    try {
      restoredState({ plan, ...rest }, this.#common.store, this.#common.now());
      return null;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { part: null, message: error.message };
    }
  }

  /** Two rollouts that set one key undo each other: a rollback of the one would not last. */
  #sharedKeys(): readonly PlanProblem[] {
    const owners = new Map<string, RunningRollout>();
    return this.all.flatMap((rollout) => {
      const { file } = rollout.loaded;
      const taken = (rollout.target?.places ?? []).flatMap(({ key, place }) => {
        const owner = owners.get(place);
        if (owner === undefined) owners.set(place, rollout);
        return owner === undefined ? [] : [{ key, owner }];
      });
      const [first] = taken;
      if (first === undefined) return [];
      const keys = taken.map(({ key }) => key).join(', ');
      const message = `${basename(file)}: ${basename(first.owner.loaded.file)} sets ${keys} of ${rollout.target?.name} too, and each undoes the other: give each rollout keys of its own`;
      return [{ file, message }];
    });
  }

  #sharing(id: string): readonly RunningRollout[] {
    const mine = this.#rollouts.get(id);
    if (mine === undefined) return [];
    const places = placesOf(mine);
    return this.all.filter((other) => other.id !== id && placesOf(other).some((place) => places.includes(place)));
  }

  #isNeeded(loaded: LoadedPlan): boolean {
    return this.#rollouts.get(loaded.plan.id)?.needsWatch ?? needsWatch(this.#folded(loaded));
  }

  #goesBack(loaded: LoadedPlan): boolean {
    return this.#rollouts.get(loaded.plan.id)?.goesBack ?? goesBack(this.#folded(loaded));
  }

  #folded({ plan, hash }: LoadedPlan): RolloutState {
    return foldedState(plan.id, hash, this.#common.store, this.#common.now());
  }

  #ofFile(file: string): RunningRollout | undefined {
    return this.all.find(({ loaded }) => loaded.file === file);
  }

  #tryStart(loaded: LoadedPlan, problem: string | null): string | null {
    try {
      const watchedUntil = this.#watchedUntil.get(loaded.plan.id) ?? this.#before;
      const saidBefore = this.#shelf.lastGoodOf(loaded.plan.id);
      const options = { ...this.#common, loaded, watchedUntil, saidBefore, sharing: (id: string) => this.#sharing(id) };
      const rollout: RunningRollout =
        loaded.plan.team === undefined ? new LiveRollout(options) : new SharedRollout(options, this.#teams);
      rollout.problem = problem;
      this.#rollouts.set(rollout.id, rollout);
      return null;
    } catch (error) {
      if (error instanceof UserError) return error.message;
      // A defect of ours in one rollout is no reason to leave the others unwatched.
      this.#common.log('error', `${loaded.plan.id}: internal error: ${error instanceof Error ? error.stack : error}`);
      return `internal error (${error instanceof Error ? error.message : error}); \`rampwatch logs\` has the details`;
    }
  }

  async #end(rollout: RunningRollout): Promise<void> {
    this.#rollouts.delete(rollout.id);
    this.#watchedUntil.set(rollout.id, this.#common.now());
    await rollout.close('replaced');
  }

  #remember(loaded: LoadedPlan): void {
    this.#store(() => this.#shelf.remember(loaded));
  }

  /** A text that cannot be stored now is stored at the next reading; until then nothing is judged by it. */
  #store(keep: () => void): void {
    try {
      keep();
    } catch (error) {
      if (error instanceof UserError) this.#common.log('warn', error.message);
      // The file has changed since it was read: the next reading will tell the change.
      else if (!isFileTrouble(error)) throw error;
    }
  }
}

function placesOf({ target }: RunningRollout): readonly string[] {
  return target?.places.map(({ place }) => place) ?? [];
}

function isFileTrouble(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}
