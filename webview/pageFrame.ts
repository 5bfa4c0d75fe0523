import { options } from 'preact';

/** A page draws at most once per frame, and tells its host once what came before the newest mark is drawn. */
export class PageFrame {
  readonly #root = document.getElementById('page');
  readonly #draw: (root: HTMLElement) => void;
  readonly #read: (mark: number) => void;
  #isDrawingSoon = false;
  /** The host's newest mark that it waits for; `null`: it waits for none. */
  #mark: number | null = null;

  constructor(draw: (root: HTMLElement) => void, read: (mark: number) => void) {
    this.#draw = draw;
    this.#read = read;
    options.debounceRendering = (render) => requestAnimationFrame(render);
  }

  /** The host waits until this is drawn. */
  marked(mark: number): void {
    this.#mark = mark;
    this.drawSoon();
  }

  drawSoon(): void {
    if (this.#isDrawingSoon) return;
    this.#isDrawingSoon = true;
    requestAnimationFrame(() => this.draw());
  }

  draw(): void {
    this.#isDrawingSoon = false;
    if (this.#root === null) return;
    this.#draw(this.#root);
    if (this.#mark !== null) this.#read(this.#mark);
    this.#mark = null;
  }
}
