import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

export default ts.config(
  { ignores: ['**/dist/', '**/generated/', 'build/', '**/node_modules/'] },
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/explicit-function-return-type': ['error', { allowExpressions: true }],
      // What fails in an empty handler fails on purpose; the comment says why.
      '@typescript-eslint/no-empty-function': 'off',
      // `for (;;)` with a deadline inside.
      'no-constant-condition': ['error', { checkLoops: false }],
      '@typescript-eslint/no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
    },
  },
  { files: ['**/*.js'], languageOptions: { globals: { ...globals.node, ...globals.serviceworker } } },
  {
    files: ['**/*.js'],
    rules: { '@typescript-eslint/explicit-function-return-type': 'off' },
  },
  {
    files: ['web/src/**'],
    languageOptions: { globals: globals.browser },
    rules: {
      // Where a name cannot change, a key is noise; where it can, the compiler asks for one.
      'svelte/no-navigation-without-resolve': 'off',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
  },
  {
    files: ['web/src/**'],
    rules: {
      'svelte/no-at-html-tags': 'error',
      // The pages use the client, not the network.
      'no-restricted-globals': ['error', 'WebSocket', 'XMLHttpRequest'],
    },
  },
  {
    files: ['**/*.test.ts', '**/e2e/**', '**/test/**'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
);
