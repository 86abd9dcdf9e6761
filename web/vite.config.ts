import { svelte } from '@sveltejs/vite-plugin-svelte';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const sdk = fileURLToPath(new URL('../sdk/typescript/src/', import.meta.url));
/** Where `npm run dev` finds a server. */
const server = process.env['PARLEY_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte()],
  resolve: {
    alias: [
      { find: /^parley-client\/indexeddb$/, replacement: `${sdk}indexeddb.ts` },
      { find: /^parley-client$/, replacement: `${sdk}index.ts` },
    ],
  },
  build: {
    target: 'es2023',
    // The page is served with a policy that allows no inline script.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
  },
  server: {
    proxy: { '/api': server, '/openapi.json': server, '/ws': { target: server, ws: true } },
  },
  test: { include: ['src/**/*.test.ts'] },
});
