import { defineConfig } from 'vitest/config';

// Types are checked by scripts/typecheck.ts; here the sources run as they are.
export default defineConfig({
  test: {
    include: ['{shared,helper,cli,electron,renderer,bench,scripts}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', 'dist/**'],
    pool: 'forks',
    maxWorkers: 2,
    // Bounds of a hang, not of speed: a busy machine may leave a process waiting for seconds.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 120_000 } },
    // What differs is to be read in the failure itself.
    chaiConfig: { truncateThreshold: 400 },
    allowOnly: false,
    passWithNoTests: false,
  },
});
