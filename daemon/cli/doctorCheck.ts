/** One thing that was looked at: how it is, and the remedy where something is wrong. */
export interface Check {
  readonly about: string;
  readonly level: 'fine' | 'doubtful' | 'wrong';
  readonly finding: string;
  /** In one line; `null` where the finding says it, or nothing is to be done. */
  readonly remedy: string | null;
}

export function fine(about: string, finding: string): Check {
  return { about, level: 'fine', finding, remedy: null };
}

export function doubtful(about: string, finding: string, remedy: string): Check {
  return { about, level: 'doubtful', finding, remedy };
}

export function wrong(about: string, finding: string, remedy: string | null): Check {
  return { about, level: 'wrong', finding, remedy };
}
