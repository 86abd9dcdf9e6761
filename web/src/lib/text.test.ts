import type { Member } from 'parley-client';
import { describe, expect, test } from 'vitest';
import { durationOf } from './duration';
import { colourOf, initialsOf } from './look';
import { mentionAt, mentionsIn, suggest } from './mentions';
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

describe('mentions', () => {
  const member = (user_id: string, username: string, display_name: string): Member => ({
    user_id,
    username,
    display_name,
  });
  const members = [member('1', 'ada', 'Ada Lovelace'), member('2', 'bob.k', 'Bob'), member('3', 'eve', '')];

  test.each([
    ['Hi @a', 5, { start: 3, query: 'a' }],
    ['@', 1, { start: 0, query: '' }],
    ['(@bob', 5, { start: 1, query: 'bob' }],
    ['mail@example', 12, undefined],
    ['@ada is', 7, undefined],
    ['Hi @a', 2, undefined],
  ])('%s at %i', (text, caret, expected) => {
    expect(mentionAt(text, caret)).toEqual(expected);
  });

  test('suggested by username, or by a word of the name', () => {
    expect(suggest(members, 'love', 5).map((one) => one.user_id)).toEqual(['1']);
    expect(suggest(members, 'B', 5).map((one) => one.user_id)).toEqual(['2']);
    expect(suggest(members, '', 2)).toHaveLength(2);
    expect(suggest(members, 'x', 5)).toEqual([]);
    expect(suggest(members, 'ADA', 5)).toEqual([]);
  });

  test('whom a text names: known names, each once, without what ends a sentence', () => {
    expect(mentionsIn('@Ada, @bob.k. and @ada: mail@eve @nobody', members)).toEqual(['1', '2']);
  });

  test('they are pieces of their own; who is not mentioned is text', () => {
    const mentioned = new Map([['ada', '1']]);
    expect(short(richText('Hi @Ada. and @bob.k', mentioned))).toBe('Hi mention(@Ada). and @bob.k');
    expect(short(richText('Hi @Ada'))).toBe('Hi @Ada');
  });
});

test.each([
  [5, [5, 'second']],
  [3600, [1, 'hour']],
  [86_400, [1, 'day']],
  [2_419_200, [4, 'week']],
  [90_000, [25, 'hour']],
])('%i seconds', (seconds, expected) => {
  expect(durationOf(seconds)).toEqual(expected);
});
