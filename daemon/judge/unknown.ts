import type { Verdict } from '../protocol/domain/verdict.ts';

/** Why something is not known: nothing says it (`no-data`), or what says it cannot be relied on (`error`). */
export interface Unknown {
  readonly kind: Extract<Verdict, 'no-data' | 'error'>;
  /** One short line. */
  readonly reason: string;
}
