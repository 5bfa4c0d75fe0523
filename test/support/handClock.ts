import type { Clock } from '../../extension/clock.ts';

/** A clock that a test turns by hand; timers run in order as it passes them. */
export interface HandClock extends Clock {
  advance(milliseconds: number): void;
}

export function handClock(start: number): HandClock {
  let now = start;
  let timers: { at: number; every: number | null; act: () => void }[] = [];
  const schedule = (at: number, every: number | null, act: () => void) => {
    const timer = { at, every, act };
    timers.push(timer);
    return {
      dispose: () => {
        timers = timers.filter((other) => other !== timer);
      },
    };
  };
  return {
    now: () => now,
    after: (milliseconds, act) => schedule(now + milliseconds, null, act),
    every: (milliseconds, act) => schedule(now + milliseconds, milliseconds, act),
    advance(milliseconds) {
      const end = now + milliseconds;
      for (;;) {
        const [next] = timers.filter((timer) => timer.at <= end).toSorted((left, right) => left.at - right.at);
        if (next === undefined) break;
        now = Math.max(now, next.at);
        if (next.every === null) timers = timers.filter((other) => other !== next);
        else next.at += next.every;
        next.act();
      }
      now = end;
    },
  };
}
