/** A long sum that can be interrupted after each step. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/** Takes the steps at a stretch. */
export function toEnd<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}
