import { setTimeout as pause } from 'node:timers/promises';
import { type Approvable, isApproved } from '../../approval/approvals.ts';
import { filledText, ofStage, tellsPercent, templateParts } from '../../protocol/domain/flagTemplate.ts';
import { templatesReading } from '../flagReading.ts';
import type { FlagGround, FlagReport, FlagSeen, FlagTarget, FlagValues, SetWay, Wanted } from '../target.ts';

export type Told =
  /** `beside`: in a line, other things of the system that expose users whatever these values are. */
  | { readonly kind: 'values'; readonly values: FlagValues; readonly beside?: string }
  /** In a line, with the name of the system. */
  | { readonly kind: 'fault'; readonly detail: string };

export type Sent =
  | { readonly kind: 'accepted' }
  /** `mayHaveArrived`: the system may have carried it out all the same. */
  | { readonly kind: 'failed'; readonly mayHaveArrived: boolean; readonly detail: string };

/** A system that is reached over a network or through a program: how it is read and set. None of these throws. */
export interface RemoteSystem {
  /** The name for people. */
  readonly name: string;
  /** The place that is set, for two rollouts that set the same. */
  readonly place: string;
  /** The templates by the names of the values. */
  readonly templates: Readonly<Record<string, string>>;
  /** Setting it twice is the same as once, even when nobody knows about the first time. */
  readonly isRepeatable: boolean;
  readonly lookEvery: number;
  /** @throws UserError when what would be run cannot be bound to an approval. */
  approvable(): Approvable;
  read(signal: AbortSignal | undefined): Promise<Told>;
  send(wanted: Wanted, way: SetWay): Promise<Sent>;
  /** What it sends or runs, in a line for a confirmation. */
  deed(wanted: Wanted): string;
  /** How a person sets it without Rampwatch, in a line; it names credentials and holds none. */
  byHand(wanted: Wanted): string;
}

/** Some systems show a change a moment after they have taken it. */
const waitsBetweenReadings = [0, 200, 800];

/** A flag in a remote system: read, set, read back; nothing of it before a person approved it on this machine. */
export class RemoteTarget implements FlagTarget {
  readonly name: string;
  readonly places: FlagTarget['places'];
  readonly lookEvery: number;
  readonly #system: RemoteSystem;
  readonly #ground: FlagGround;
  #lastSeen: FlagSeen | null = null;
  readonly #sets = { begun: 0, running: 0 };
  /** The text of what was sent, and has neither been read back nor refused: sending it again might do it twice. */
  #unsure: string | null = null;

  constructor(system: RemoteSystem, ground: FlagGround) {
    this.#system = system;
    this.#ground = ground;
    this.name = system.name;
    this.lookEvery = system.lookEvery;
    this.places = Object.keys(system.templates).map((key) => ({ key, place: `${system.place} ${key}` }));
  }

  get lastSeen(): FlagSeen | null {
    return this.#lastSeen;
  }

  describe(wanted: Wanted): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Object.entries(ofStage(this.#system.templates)).map(([name, template]) => [name, filledText(template, wanted)]),
    );
  }

  deed(wanted: Wanted): string {
    return this.#system.deed(wanted);
  }

  approvables(): readonly Approvable[] {
    return [this.#system.approvable()];
  }

  obstacle(): string | null {
    return this.#obstacleOn('forward');
  }

  #obstacleOn(direction: SetWay['direction']): string | null {
    const { directory } = this.#ground;
    let use: Approvable;
    try {
      use = this.#system.approvable();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    if (directory !== null && isApproved(directory, use.sha256)) return null;
    const isChanged = directory !== null && use.wayBack !== undefined && isApproved(directory, use.wayBack);
    if (isChanged && direction === 'back') return null;
    return isChanged
      ? `the program of ${this.name} has changed since it was approved on this machine: \`rampwatch approve\` shows it, and asks`
      : `${this.name} was not approved on this machine: \`rampwatch approve\` shows what is sent, and asks`;
  }

  async look(): Promise<FlagSeen> {
    const { begun } = this.#sets;
    const told = await this.#read('forward', undefined);
    // An answer from before a write, or from amidst it, would show a value that is none any more.
    const isStale = this.#sets.begun !== begun || this.#sets.running > 0;
    return isStale && this.#lastSeen !== null ? this.#lastSeen : this.#note(told);
  }

  async set(wanted: Wanted, way: SetWay): Promise<FlagReport> {
    this.#sets.begun += 1;
    this.#sets.running += 1;
    const report = await this.#set(wanted, way).finally(() => {
      this.#sets.running -= 1;
    });
    if (report.kind === 'verified' || way.direction === 'forward') return report;
    return { ...report, detail: `${report.detail}; by hand: ${this.#system.byHand(wanted)}` };
  }

  async #set(wanted: Wanted, way: SetWay): Promise<FlagReport> {
    const refusal = this.#obstacleOn(way.direction);
    if (refusal !== null) return { kind: 'failed', detail: refusal };
    const { isRepeatable } = this.#system;
    const meant = JSON.stringify(wanted);
    // A way back that may be repeated waits for no reading.
    if (way.direction === 'forward' || !isRepeatable) {
      const before = await this.#read(way.direction, way.signal);
      this.#note(before);
      if (before.kind === 'values') {
        this.#unsure = null;
        if (way.direction === 'forward' && before.beside !== undefined)
          return { kind: 'failed', detail: before.beside };
        // A lease is renewed although the stage is the same.
        if (wanted.expires === undefined && this.#differing(wanted, before.values) === null)
          return { kind: 'verified' };
      } else if (way.direction === 'forward') {
        return { kind: 'failed', detail: before.detail };
      } else if (this.#unsure === meant) {
        const detail = `${before.detail}, so whether the request has arrived is unknown, and it may not be sent twice`;
        return { kind: 'failed', detail };
      }
    }
    const sent = await this.#system.send(wanted, way);
    if (sent.kind === 'failed' && !sent.mayHaveArrived) return { kind: 'failed', detail: sent.detail };
    if (!isRepeatable) this.#unsure = meant;
    return await this.#readBack(wanted, sent, way);
  }

  async #readBack(wanted: Wanted, sent: Sent, { direction, signal }: SetWay): Promise<FlagReport> {
    let told: Told = { kind: 'fault', detail: '' };
    let differing: string | null = null;
    for (const wait of sent.kind === 'accepted' ? waitsBetweenReadings : [0]) {
      await pause(wait);
      told = await this.#read(direction, signal);
      if (told.kind !== 'values') continue;
      this.#unsure = null;
      differing = this.#differing(wanted, told.values);
      if (differing === null) {
        this.#note(told);
        return { kind: 'verified' };
      }
    }
    this.#note(told);
    if (sent.kind === 'failed') return { kind: 'failed', detail: sent.detail };
    const detail =
      told.kind === 'fault'
        ? `it cannot be read back: ${told.detail}`
        : `${this.name} says ${differing}: another program writes it too, or the plan reads another place than it sets`;
    return { kind: 'written', detail };
  }

  /** The values that are not as wanted, in words; `null` when all are. */
  #differing(wanted: Wanted, values: FlagValues): string | null {
    const others = Object.entries(this.describe(wanted)).flatMap(([key, value]) => {
      const said = values[key] ?? null;
      return said === value ? [] : [said === null ? `nothing of ${key}` : `${key}=${said}`];
    });
    return others.length === 0 ? null : others.join(', ');
  }

  async #read(direction: SetWay['direction'], signal: AbortSignal | undefined): Promise<Told> {
    const obstacle = this.#obstacleOn(direction);
    if (obstacle !== null) return { kind: 'fault', detail: obstacle };
    const told = await this.#system.read(signal);
    if (told.kind === 'fault') return told;
    const values = Object.entries(this.#system.templates).map(([key, template]) => [
      key,
      asWritten(template, told.values[key] ?? null),
    ]);
    return { ...told, values: Object.fromEntries(values) };
  }

  #note(told: Told): FlagSeen {
    const { templates } = this.#system;
    const values = told.kind === 'values' ? told.values : {};
    const seen: FlagSeen =
      told.kind === 'values'
        ? { values, reading: this.#readingOf(told.beside, values) }
        : {
            values: Object.fromEntries(Object.keys(templates).map((key) => [key, null])),
            reading: { kind: 'unknown', detail: told.detail },
            fault: told.detail,
          };
    this.#lastSeen = seen;
    return seen;
  }

  #readingOf(beside: string | undefined, values: FlagValues): FlagSeen['reading'] {
    const reading = templatesReading(this.name, this.#system.templates, values);
    return beside === undefined
      ? reading
      : { kind: 'exposing', percent: null, detail: `${reading.detail}, but ${beside}` };
  }
}

/** A number as a template writes it: `25.0` is 25. */
function asWritten(template: string, value: string | null): string | null {
  const [only, ...others] = templateParts(template);
  const isNumber = others.length === 0 && tellsPercent(template) && only?.kind === 'placeholder';
  return isNumber && value !== null && /^\s*\+?\d{1,12}(?:\.\d*)?\s*$/.test(value) ? String(Number(value)) : value;
}
