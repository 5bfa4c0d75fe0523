import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PlanView } from '../../daemon/protocol/wire/view.ts';
import type { Presence } from '../views/documentRows.ts';
import type { Translate } from '../vscodeApi.ts';
import { insideOf } from './logPlace.ts';

/** The time between two looks while somebody reads the view. */
const lookEvery = 2000;

/** Tells which documents of a plan exist; the look-up does not delay the drawing. */
export class DocumentPresence {
  readonly #known = new Map<string, { readonly presence: Presence; readonly at: number }>();
  readonly #t: Translate;
  readonly #changed: () => void;

  constructor(t: Translate, changed: () => void) {
    this.#t = t;
    this.#changed = changed;
  }

  of(plan: PlanView, path: string, now: number): Presence {
    const key = `${plan.file}|${path}`;
    const known = this.#known.get(key);
    if (known === undefined || now - known.at >= lookEvery) {
      const before = known?.presence ?? 'unknown';
      this.#known.set(key, { presence: before, at: now });
      void this.#look(key, dirname(plan.file), path, before, now);
    }
    return known?.presence ?? 'unknown';
  }

  async #look(key: string, root: string, path: string, before: Presence, at: number): Promise<void> {
    const presence = await presenceOf(root, path, this.#t);
    this.#known.set(key, { presence, at });
    if (presence !== before) this.#changed();
  }
}

async function presenceOf(root: string, path: string, t: Translate): Promise<Presence> {
  const file = await insideOf(root, path, t).catch(() => null);
  if (file === null) return 'outside';
  const found = await stat(file).catch(() => null);
  return found?.isFile() === true ? 'there' : 'missing';
}
