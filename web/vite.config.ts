import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);
const sdk = fileURLToPath(new URL('../sdk/typescript/src/', import.meta.url));
/** Where `npm run dev` finds a server. */
const server = process.env['PARLEY_URL'] ?? 'http://127.0.0.1:8080';

/** Newer ones are empty boxes on many machines. */
const EMOJI_VERSION_MAX = 15;

/** `virtual:emoji/en`: names and tags of emoji in a language, without the rest of that package's fields. */
function emoji(): Plugin {
  const prefix = 'virtual:emoji/';
  return {
    name: 'parley-emoji',
    resolveId: (id) => (id.startsWith(prefix) ? `\0${id}` : null),
    async load(id) {
      if (!id.startsWith(`\0${prefix}`)) return null;
      const language = id.slice(prefix.length + 1);
      const path = require.resolve(`emoji-picker-element-data/${language}/cldr/data.json`);
      const entries = JSON.parse(await readFile(path, 'utf8')) as EmojiEntry[];
      const kept = entries
        .filter((one) => one.version <= EMOJI_VERSION_MAX)
        .map((one) => ({ emoji: one.emoji, name: one.annotation, tags: one.tags ?? [] }));
      return `export default ${JSON.stringify(kept)};`;
    },
  };
}

interface EmojiEntry {
  emoji: string;
  annotation: string;
  tags?: string[];
  version: number;
}

export default defineConfig({
  plugins: [svelte(), emoji()],
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
