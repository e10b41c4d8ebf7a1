import { defineConfig } from 'vitest/config';

/**
 * Modules resolve as Node itself resolves them. Vite's own conditions (`module`, `development`) would load a second copy of graphql
 * into the tests beside the one that every library loads, and graphql refuses to work as two copies.
 */
const resolveLikeNode = {
  mode: 'production',
  ssr: { resolve: { conditions: ['node', 'import', 'module-sync', 'default'] } },
};

export default defineConfig({
  test: {
    projects: [
      {
        ...resolveLikeNode,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/real/**', 'test/faults/**'],
        },
      },
      {
        ...resolveLikeNode,
        test: {
          name: 'real',
          include: ['test/real/**/*.test.ts'],
          // Real models share two cores: side by side they would time each other out.
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
      {
        ...resolveLikeNode,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          // A fault is judged by the time it takes: a neighbour would add to it.
          fileParallelism: false,
          testTimeout: 120_000,
        },
      },
    ],
  },
});
