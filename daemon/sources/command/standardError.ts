/** What a run said on standard error is shown for so long, milliseconds. */
const errorsShownFor = 10 * 60_000;

/** The words of a command's runs on standard error, as far as they are shown. */
export class StandardError {
  #errors: { readonly text: string; readonly at: number } | null = null;

  /** @param text all that the present run has said @param at in the time of a steady clock, milliseconds */
  note(text: string, at: number): void {
    const said = text.trim();
    if (said !== '' && said !== this.#errors?.text) this.#errors = { text: said, at };
  }

  /** The newest line, when it is not too old. */
  lastLine(at: number): string | null {
    if (this.#errors === null || at - this.#errors.at > errorsShownFor) return null;
    return this.#errors.text.split('\n').at(-1) ?? '';
  }
}
