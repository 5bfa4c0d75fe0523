/**
 * An error with a cause outside of Rampwatch, told in one line: what, where, what to do. Anything that is not a
 * `UserError` is a defect of ours; only defects may carry a stack into the log.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** Stable, for `--json` and the wire. */
  readonly code: string;
  /** The place in a file, when the error is about a file's content. */
  readonly place: { readonly file: string; readonly line: number; readonly column: number } | undefined;

  constructor(code: string, message: string, place?: { file: string; line: number; column: number }) {
    super(message);
    this.code = code;
    this.place = place;
  }
}
