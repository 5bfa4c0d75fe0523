import type { Approvable } from '../../approval/approvals.ts';
import { percent } from '../../protocol/domain/units.ts';
import type { FlagReading, FlagReport, FlagSeen, FlagTarget, FlagValues, SetWay, Wanted } from '../target.ts';

/** One of several flags: its target, and the names under which its values are told among those of the others. */
export interface OneOfSeveral {
  readonly target: FlagTarget;
  /** Set first on the way back: it takes everybody off, whatever the others say. */
  readonly isKillSwitch: boolean;
  /** The target's own name of a value → the name among all. */
  readonly names: Readonly<Record<string, string>>;
}

/**
 * Several flags as one. Forward they are set in the order of the plan, and none after one that could not be set. On the
 * way back the kill switch is first and the others follow in reverse, each whatever came of those before. Each set is
 * absolute, so that a repetition finishes what stopped half-way.
 */
export class SeveralTarget implements FlagTarget {
  readonly name: string;
  readonly places: FlagTarget['places'];
  readonly lookEvery: number;
  readonly #all: readonly OneOfSeveral[];
  #lastSeen: FlagSeen | null = null;

  constructor(all: readonly OneOfSeveral[]) {
    this.#all = all;
    this.name = all.map(({ target }) => target.name).join(', then ');
    this.places = all.flatMap(({ target, names }) =>
      target.places.map(({ key, place }) => ({ key: names[key] ?? key, place })),
    );
    this.lookEvery = Math.max(...all.map(({ target }) => target.lookEvery ?? 0));
  }

  get lastSeen(): FlagSeen | null {
    return this.#lastSeen;
  }

  describe(wanted: Wanted): Readonly<Record<string, string>> {
    return Object.assign({}, ...this.#all.map(({ target, names }) => renamed(target.describe(wanted), names)));
  }

  deed(wanted: Wanted): string {
    return this.#all.map(({ target }) => target.deed?.(wanted) ?? valuesText(target, wanted)).join('; then ');
  }

  approvables(): readonly Approvable[] {
    return this.#all.flatMap(({ target }) => target.approvables?.() ?? []);
  }

  obstacle(): string | null {
    const obstacles = this.#all.flatMap(({ target }) => target.obstacle?.() ?? []);
    return obstacles.length === 0 ? null : obstacles.join('; ');
  }

  async look(): Promise<FlagSeen> {
    return this.#note(await Promise.all(this.#all.map(({ target }) => target.look())));
  }

  async set(wanted: Wanted, way: SetWay): Promise<FlagReport> {
    const isBack = way.direction === 'back';
    const reports: { readonly name: string; readonly report: FlagReport | null }[] = [];
    for (const { target } of isBack ? wayBack(this.#all) : this.#all) {
      const stopped = !isBack && reports.some(({ report }) => report?.kind !== 'verified');
      reports.push({ name: target.name, report: stopped ? null : await target.set(wanted, way) });
    }
    const seen = this.#all.map(({ target }) => target.lastSeen);
    if (seen.every((each) => each !== null)) this.#note(seen);
    const wrong = reports.filter(({ report }) => report?.kind !== 'verified');
    if (wrong.length === 0) return { kind: 'verified' };
    return { kind: 'failed', detail: reports.map(({ name, report }) => wordsOf(name, report)).join('; ') };
  }

  #note(seen: readonly FlagSeen[]): FlagSeen {
    const values: FlagValues = Object.assign(
      {},
      ...seen.map((each, index) => renamed(each.values, this.#all[index]?.names ?? {})),
    );
    const faults = seen.flatMap(({ fault }) => fault ?? []);
    const reading = this.#reading(seen);
    this.#lastSeen = { values, reading, ...(faults.length > 0 && { fault: faults.join('; ') }) };
    return this.#lastSeen;
  }

  /** A kill switch that is off takes everybody off; otherwise all must agree. */
  #reading(seen: readonly FlagSeen[]): FlagReading {
    const readings = seen.map(({ reading }) => reading);
    const detail = readings.map((each) => each.detail).join('; ');
    const isKilled = readings.some(({ kind }, index) => kind === 'off' && this.#all[index]?.isKillSwitch === true);
    if (isKilled || readings.every(({ kind }) => kind === 'off')) return { kind: 'off', detail };
    if (readings.some(({ kind }) => kind === 'unknown')) return { kind: 'unknown', detail };
    const exposing = readings.flatMap((each) => (each.kind === 'exposing' ? [each] : []));
    if (exposing.length < readings.length) return { kind: 'at-odds', detail };
    const percents = exposing.flatMap((each) => (each.percent === null ? [] : [each.percent]));
    return { kind: 'exposing', percent: percents.length === 0 ? null : percent(Math.max(...percents)), detail };
  }
}

function valuesText(target: FlagTarget, wanted: Wanted): string {
  const values = Object.entries(target.describe(wanted)).map(([key, value]) => `${key}=${value}`);
  return `${target.name}: ${values.join(', ')}`;
}

/** The order on the way back. */
function wayBack(all: readonly OneOfSeveral[]): readonly OneOfSeveral[] {
  const reversed = all.toReversed();
  return [...reversed.filter(({ isKillSwitch }) => isKillSwitch), ...reversed.filter((each) => !each.isKillSwitch)];
}

function renamed<Value>(
  values: Readonly<Record<string, Value>>,
  names: Readonly<Record<string, string>>,
): Readonly<Record<string, Value>> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [names[name] ?? name, value]));
}

function wordsOf(name: string, report: FlagReport | null): string {
  switch (report?.kind) {
    case undefined:
      return `${name} was not reached`;
    case 'verified':
      return `${name} is set`;
    case 'written':
    case 'failed':
      return `${name} is not set: ${report.detail}`;
  }
}
