import { defineConfig } from 'vitest/config';

/** The suites by the question they answer; `npm test` runs them all. */
const suite = (name: string, include: string[], options: Record<string, unknown> = {}) => ({
  test: { name, include, ...options },
});

export default defineConfig({
  test: {
    projects: [
      suite('unit', ['packages/*/src/**/*.test.ts', 'services/*/src/**/*.test.ts']),
      suite('architecture', ['test/architecture/*.test.ts']),
      suite('contract', ['test/contract/*.test.ts'], { testTimeout: 60_000, hookTimeout: 60_000 }),
      suite('conformance', ['test/conformance/*.test.ts'], {
        testTimeout: 60_000,
        hookTimeout: 60_000,
      }),
      suite('simulation', ['test/simulation/*.test.ts'], { testTimeout: 120_000 }),
      // Real processes; two cores hold one cluster at a time.
      suite('e2e', ['test/e2e/*.test.ts'], {
        testTimeout: 180_000,
        hookTimeout: 120_000,
        fileParallelism: false,
      }),
    ],
  },
});
