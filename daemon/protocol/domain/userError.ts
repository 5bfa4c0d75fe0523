/**
 * What went wrong by the user's doing or the world's, told in one line: what, where, what to do. Anything that is not a
 * `UserError` is a defect of ours; only those may carry a stack into the log.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** Stable, for `--json` and the wire. */
  readonly code: string;
  /** Where in a file, when the error is about a file's content. */
  readonly place: { readonly file: string; readonly line: number; readonly column: number } | undefined;

  constructor(code: string, message: string, place?: { file: string; line: number; column: number }) {
    super(message);
    this.code = code;
    this.place = place;
  }
}
