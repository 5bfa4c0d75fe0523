import { setImmediate } from 'node:timers/promises';

/** Milliseconds of work without a break: a long sum never delays a trigger. */
const stretch = 8;

/** To be awaited between the steps of long work: the end of every stretch is a turn for all other work. */
export function stretches(): () => Promise<void> | undefined {
  let ends = performance.now() + stretch;
  return () => {
    if (performance.now() < ends) return undefined;
    return setImmediate().then(() => {
      ends = performance.now() + stretch;
    });
  };
}

/** Takes the steps to their end, with a turn for all other work between stretches of them. */
export async function inStretches<Result>(steps: Iterator<unknown, Result>): Promise<Result> {
  const pause = stretches();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await pause();
  }
}
