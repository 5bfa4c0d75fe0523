/** A long sum that can be interrupted after each step. */
export type Interruptible<Result> = Generator<undefined, Result, undefined>;

/** Takes all steps without a break. */
export function runToEnd<Result>(steps: Interruptible<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
