/** One thing that was looked at: how it is, and the remedy where something is wrong. */
export interface Check {
  readonly about: string;
  readonly level: 'fine' | 'doubtful' | 'wrong';
  readonly finding: string;
  /** In one line; `null` where the finding says it, or nothing is to be done. */
  readonly remedy: string | null;
}
