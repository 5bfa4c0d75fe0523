import type { LoadedPlan } from '../../protocol/domain/plan.ts';
import type { RolloutView, RolloutViewPart } from '../../protocol/wire/view.ts';

/** What each daemon has of its own: its journal is numbered by its store, its plan lies in its folder, and credentials are of its machine. */
const own: ReadonlySet<string> = new Set<RolloutViewPart>(['rollout', 'journal', 'team', 'credentials']);

/** What a holder has published of its view, so that only changes are written. */
export class Outgoing {
  /** Of each part, as JSON; `null` for one that is gone. */
  readonly #sent = new Map<string, string | null>();

  /** `known`: the parts that another holder has published before. */
  constructor(known: Iterable<string>) {
    for (const part of known) this.#sent.set(part, '');
  }

  changes(view: RolloutView): Readonly<Record<string, string | null>> {
    const changed: Record<string, string | null> = {};
    for (const [part, value] of Object.entries(view)) {
      if (own.has(part) || value === undefined) continue;
      const text = JSON.stringify(value);
      if (this.#sent.get(part) !== text) changed[part] = text;
    }
    for (const [part, text] of this.#sent) {
      if (text !== null && (view as unknown as Record<string, unknown>)[part] === undefined) changed[part] = null;
    }
    return changed;
  }

  sent(parts: Readonly<Record<string, string | null>>): void {
    for (const [part, text] of Object.entries(parts)) this.#sent.set(part, text);
  }
}

/** The parts of a holder's view that have arrived. */
export class Incoming {
  readonly #parts = new Map<string, unknown>();
  /** The newest publication that is known. */
  publication = 0;

  get names(): Iterable<string> {
    return this.#parts.keys();
  }

  take(parts: Readonly<Record<string, string | null>>): void {
    for (const [part, text] of Object.entries(parts)) {
      if (own.has(part)) continue;
      if (text === null) this.#parts.delete(part);
      else this.#parts.set(part, JSON.parse(text));
    }
  }

  /** The holder's view over a view of our own; `null` before anything has arrived. */
  over(base: RolloutView, { file, hash, lines }: LoadedPlan): RolloutView | null {
    if (!this.#parts.has('standing')) return null;
    const theirs = Object.fromEntries(this.#parts) as unknown as RolloutView;
    const isSame = theirs.plan?.hash === hash;
    const plan = { ...base.plan, ...theirs.plan, file, lines: isSame ? lines : {}, problem: base.plan.problem };
    return { ...optionalLeftOut(base), ...theirs, rollout: base.rollout, plan, journal: base.journal };
  }
}

/** A part that the holder's view leaves out is not ours instead. */
function optionalLeftOut(base: RolloutView): RolloutView {
  const { deliverables: _deliverables, tests: _tests, targets: _targets, explanations: _explanations, ...rest } = base;
  return rest;
}
