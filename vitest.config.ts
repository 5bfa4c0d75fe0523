import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/editor/**'],
    setupFiles: ['test/support/fixedSeed.ts'],
    pool: 'forks',
    // One more than the cores of the machine that the whole run is meant for: a test of a real daemon waits most of its time.
    maxWorkers: 3,
    // Generous, for a machine that is slow and busy: a bound ends what hangs, and says nothing about speed.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
