// The test registry that is bundled into every suite and runs inside VS Code's extension host. It needs no framework:
// tests run one after another, each is reported as it ends, and a suite with a failure throws.
import { appendFileSync } from 'node:fs';
import { describeError, lineOf, type TestEvent } from './report.ts';

interface Test {
  name: string;
  run: () => void | Promise<void>;
  timeoutMilliseconds: number;
}

const tests: Test[] = [];
const titles: string[] = [];

export function describe(title: string, define: () => void): void {
  titles.push(title);
  try {
    define();
  } finally {
    titles.pop();
  }
}

/** Registers a test; it fails when `run` throws, or is not done after `timeoutMilliseconds`. */
export function it(title: string, run: Test['run'], timeoutMilliseconds = 240_000): void {
  tests.push({ name: [...titles, title].join(' › '), run, timeoutMilliseconds });
}

/**
 * Polls until `condition` holds (anything but `undefined` and `false`) and returns what it gave.
 * @public for suites
 */
export async function until<T>(
  what: string,
  condition: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMilliseconds = 90_000,
): Promise<T> {
  const end = Date.now() + timeoutMilliseconds;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end) throw new Error(`still waiting after ${timeoutMilliseconds / 1000} s for ${what}`);
    await new Promise((next) => setTimeout(next, 50));
  }
}

// The launcher reads the report from a file, which works the same in every back end; the console line is for its log.
function report(event: TestEvent): void {
  const line = lineOf(event);
  if (line !== undefined) console.log(line);
  const file = process.env.RAMPWATCH_TEST_REPORT;
  if (file !== undefined) appendFileSync(file, `${JSON.stringify(event)}\n`);
}

async function runOne(test: Test): Promise<TestEvent> {
  const started = Date.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_settle, fail) => {
    timer = setTimeout(
      () => fail(new Error(`not done after ${test.timeoutMilliseconds / 1000} s`)),
      test.timeoutMilliseconds,
    );
  });
  try {
    await Promise.race([test.run(), late]);
    return { kind: 'passed', name: test.name, milliseconds: Date.now() - started };
  } catch (error) {
    return { kind: 'failed', name: test.name, message: describeError(error) };
  } finally {
    clearTimeout(timer);
  }
}

/**
 * The `run` that VS Code calls: resolves when all tests passed.
 * @public exported by the entry that bundle-suite.ts makes
 */
export async function runRegistered(): Promise<void> {
  if (tests.length === 0) throw new Error('the suite registers no test');
  let failed = 0;
  for (const test of tests) {
    const event = await runOne(test);
    report(event);
    if (event.kind === 'failed') failed += 1;
  }
  report({ kind: 'ended' });
  if (failed > 0) throw new Error(`${failed} of ${tests.length} tests failed`);
}
