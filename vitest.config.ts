import { fileURLToPath } from 'node:url';
import swc from 'unplugin-swc';
import { defineConfig } from 'vitest/config';

// esbuild emits no decorator metadata, so constructor injection would resolve to undefined: SWC compiles the specs.
const plugins = [swc.vite({ swcrc: true, module: { type: 'es6' } })];
const root = fileURLToPath(new URL('.', import.meta.url));
const shared = {
  environment: 'node' as const,
  setupFiles: ['libs/testing/setup/index.ts'],
  globalSetup: ['libs/testing/run-folder/global-setup.ts'],
};

export default defineConfig({
  plugins,
  // The specs run the sources; the "imports" of package.json lead to them only under a condition that vite does not pass on.
  resolve: {
    alias: [
      { find: /^#(base|protocol|net|platform|domain|testing)\/(.+)$/, replacement: `${root}libs/$1/$2/index.ts` },
      { find: /^#migrations$/, replacement: `${root}migrations/index.ts` },
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          ...shared,
          name: 'unit',
          include: ['{apps,libs,tools,migrations}/**/*.spec.{ts,mjs}'],
          exclude: ['**/*.int.spec.ts', '**/node_modules/**', 'dist/**'],
          // A limit for what hangs, wide enough for a machine that does other things as well.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'integration',
          include: ['{apps,libs,tools,migrations}/**/*.int.spec.ts'],
          globalSetup: [...shared.globalSetup, 'libs/testing/postgres/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          ...shared,
          name: 'e2e',
          include: ['test/{e2e,interop}/**/*.e2e.ts'],
          testTimeout: 240_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
