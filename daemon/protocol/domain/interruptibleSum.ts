/** A long sum that can be interrupted after each step. */
export type Interruptible<Result> = Generator<undefined, Result, undefined>;

/** Takes the steps at a stretch. */
export function runToEnd<Result>(steps: Interruptible<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
