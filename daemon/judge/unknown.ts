import type { Verdict } from '../protocol/domain/verdict.ts';

/** The reason why something is unknown: there are no data (`no-data`), or unreliable ones (`error`). */
export interface Unknown {
  readonly kind: Extract<Verdict, 'no-data' | 'error'>;
  /** One short line. */
  readonly reason: string;
}
