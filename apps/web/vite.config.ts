import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { type Plugin, defineConfig } from 'vite';

const root = import.meta.dirname;
const outDir = path.resolve(root, '../../dist/web');

/** Compressed copies beside the files, so that the API serves them without doing it at every request. */
function compressed(): Plugin {
  return {
    name: 'compressed-copies',
    apply: 'build',
    closeBundle() {
      for (const name of readdirSync(outDir, { recursive: true, encoding: 'utf8' })) {
        if (!/\.(js|css|svg)$/.test(name)) continue;
        const file = path.join(outDir, name);
        const content = readFileSync(file);
        writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
        writeFileSync(`${file}.br`, brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }));
      }
    },
  };
}

export default defineConfig({
  root,
  base: '/',
  publicDir: 'static',
  plugins: [compressed()],
  esbuild: { jsx: 'automatic', legalComments: 'none' },
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2023',
    assetsDir: 'assets',
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
  },
  // `npx vite apps/web` beside a running installation: the pages with hot reload, everything else from the API.
  server: { host: '127.0.0.1', proxy: { '^/(v1|openapi.json|docs|sample)': 'http://127.0.0.1:3000' } },
});
