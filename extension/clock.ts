import type { Disposable } from 'vscode';

/** Time as an argument: ages on screen and retries are decided by it, and a test can turn it by hand. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
  after(milliseconds: number, action: () => void): Disposable;
  every(milliseconds: number, action: () => void): Disposable;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds);
    return { dispose: () => clearTimeout(timer) };
  },
  every(milliseconds, action) {
    const timer = setInterval(action, milliseconds);
    return { dispose: () => clearInterval(timer) };
  },
};
