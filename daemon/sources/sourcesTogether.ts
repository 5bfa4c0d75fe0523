import type { SourceHealth, SourceProgress } from '../protocol/domain/observation.ts';
import type { Place } from '../protocol/domain/place.ts';
import type { RunningSource } from './source.ts';

/** Sources of several kinds that run beside each other; each commits its own batches. */
export class SourcesTogether implements RunningSource {
  readonly #running: readonly RunningSource[];

  constructor(running: readonly RunningSource[]) {
    this.#running = running;
  }

  async poll(): Promise<void> {
    for (const running of this.#running) await running.poll();
  }

  /** In the order of the plan. */
  health(): readonly SourceHealth[] {
    return inOrder(this.#running.flatMap((running) => running.health()));
  }

  /** In the order of the plan. */
  progress(): readonly SourceProgress[] {
    return inOrder(this.#running.flatMap((running) => running.progress()));
  }

  textAt(place: Place): string | null {
    for (const running of this.#running) {
      const text = running.textAt?.(place) ?? null;
      if (text !== null) return text;
    }
    return null;
  }

  credentialChanged(place: string): void {
    for (const running of this.#running) running.credentialChanged?.(place);
  }

  /** One that cannot be closed keeps none of the others open. */
  async close(): Promise<void> {
    const closed = await Promise.allSettled(this.#running.map((running) => running.close()));
    for (const each of closed) if (each.status === 'rejected') throw each.reason;
  }
}

function inOrder<Of extends { readonly source: number }>(all: readonly Of[]): readonly Of[] {
  return all.toSorted((one, other) => one.source - other.source);
}
