import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/editor/**'],
    setupFiles: ['test/support/fixedSeed.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Generous, for a machine that is slow and busy: a bound ends what hangs, and says nothing about speed.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
