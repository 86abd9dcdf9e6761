import { describe, expect, test } from 'vitest';
import { colourOf, initialsOf } from './look';
import { isJustEmoji, plainText, richText, type Piece } from './rich_text';

/** Pieces in short: strong(a) link[href] … */
function short(pieces: Piece[]): string {
  return pieces
    .map((piece) => {
      if (piece.kind === 'text') return piece.text;
      if (piece.kind === 'link') return `link[${piece.href}]`;
      return `${piece.kind}(${'pieces' in piece ? short(piece.pieces) : piece.text})`;
    })
    .join('');
}

describe('rich text', () => {
  test.each([
    ['plain', 'plain'],
    ['a **b** c', 'a strong(b) c'],
    ['*a* and _b_', 'em(a) and em(b)'],
    ['**a _b_**', 'strong(a em(b))'],
    ['~~gone~~', 'strike(gone)'],
    ['`**code**`', 'code(**code**)'],
    ['```js\nlet a\n```', 'block(let a)'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['snake_case_name', 'snake_case_name'],
    ['see https://a.example/b_c_d, please', 'see link[https://a.example/b_c_d], please'],
    ['(https://a.example/x)', '(link[https://a.example/x])'],
    ['https://a.example/x_(y)', 'link[https://a.example/x_(y)]'],
    ['javascript:alert(1)', 'javascript:alert(1)'],
    ['<b>no</b>', '<b>no</b>'],
    ['**', '**'],
    ['****', '****'],
  ])('%s', (text, expected) => {
    expect(short(richText(text))).toBe(expected);
  });

  test('a long hostile text is parsed quickly', () => {
    const started = performance.now();
    richText('*_`~'.repeat(4000));
    richText('**a '.repeat(4000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

test('plain text has no marks', () => {
  expect(plainText('on **_Thursday_**:\n`go` https://a.example')).toBe('on Thursday: go https://a.example');
});

test.each([
  ['👍', true],
  ['👨‍👩‍👧 🎉', false],
  ['👨‍👩‍👧', true],
  ['🇩🇪', true],
  ['👍👍👍', true],
  ['👍👍👍👍', false],
  ['12', false],
  ['ok 👍', false],
])('%s is just emoji: %s', (text, expected) => {
  expect(isJustEmoji(text)).toBe(expected);
});

test('initials', () => {
  expect(initialsOf('Ada Lovelace')).toBe('AL');
  expect(initialsOf('bob')).toBe('B');
  expect(initialsOf('李 小龙')).toBe('李小');
  expect(initialsOf('')).toBe('');
  expect(colourOf('ada', 8)).toBe(colourOf('ada', 8));
});
