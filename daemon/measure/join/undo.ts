/** Changes of memory that are kept, or taken back, together. */
export class Undo {
  #steps: (() => void)[] = [];

  note(step: () => void): void {
    this.#steps.push(step);
  }

  keep(): void {
    this.#steps = [];
  }

  takeBack(): void {
    for (const step of this.#steps.reverse()) step();
    this.#steps = [];
  }
}
