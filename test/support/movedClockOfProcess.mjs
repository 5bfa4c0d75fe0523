import { closeSync, openSync, readSync } from 'node:fs';

// Preloaded by `movedClock.ts`: the process reads its wall clock with the offset that the test has written to a file.
const file = process.env.RAMPWATCH_TEST_CLOCK;
const RealDate = Date;
const realNow = RealDate.now;
const bytes = Buffer.alloc(32);

/** An offset that is just being written is as it was. */
let offset = 0;
function moved() {
  const descriptor = openSync(file, 'r');
  const read = readSync(descriptor, bytes, 0, bytes.length, 0);
  closeSync(descriptor);
  if (read > 0) offset = Number(bytes.toString('latin1', 0, read));
  return realNow() + offset;
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, words, newTarget) =>
    words.length === 0
      ? new target(moved())
      : Reflect.construct(target, words, newTarget === globalThis.Date ? target : newTarget),
  apply: () => new RealDate(moved()).toString(),
  get: (target, name) => (name === 'now' ? moved : target[name]),
});
