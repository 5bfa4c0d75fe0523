import { mkdirSync, writeFileSync } from 'node:fs';
import type { Reporter, TestCase } from 'vitest/node';

/** Notes the tests that passed only on a retry, so that `npm test` can name them. */
// biome-ignore lint/style/noDefaultExport: how vitest finds a reporter
export default class UnsteadyReporter implements Reporter {
  readonly #unsteady: string[] = [];

  onTestCaseResult(test: TestCase): void {
    if (test.diagnostic()?.flaky !== true) return;
    const [message] = (test.result().errors?.[0]?.message ?? '').split('\n');
    this.#unsteady.push(`${test.module.relativeModuleId} › ${test.fullName}: ${message}`);
  }

  onTestRunEnd(): void {
    mkdirSync('.test-results', { recursive: true });
    writeFileSync('.test-results/unsteady.json', `${JSON.stringify(this.#unsteady)}\n`);
  }
}
