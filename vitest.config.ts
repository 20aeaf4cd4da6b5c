import { defineConfig } from 'vitest/config';

// Types are checked by scripts/typecheck.ts; here the sources run as they are.
export default defineConfig({
  test: {
    include: ['{shared,helper,cli,electron,renderer,bench,scripts}/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', 'dist/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    allowOnly: false,
    passWithNoTests: false,
  },
});
