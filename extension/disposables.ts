import type { Disposable } from 'vscode';

/** Disposes what it holds once; whatever comes later is disposed at once. */
export class Disposables implements Disposable {
  #held: Disposable[] | null = [];

  get disposed(): boolean {
    return this.#held === null;
  }

  add<T extends Disposable>(disposable: T): T {
    if (this.#held === null) disposable.dispose();
    else this.#held.push(disposable);
    return disposable;
  }

  dispose(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const disposable of held.reverse()) disposable.dispose();
  }
}
