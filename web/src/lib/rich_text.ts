import { knownName } from './mentions';

/** A piece of a message: text, perhaps with a mark, or a link. Shown as DOM nodes: no HTML is made of it. */
export type Piece =
  | { kind: 'text'; text: string }
  | { kind: 'link'; text: string; href: string }
  | { kind: 'code'; text: string }
  | { kind: 'block'; text: string }
  | { kind: 'mention'; text: string; userId: string }
  | { kind: 'strong' | 'em' | 'strike'; pieces: Piece[] };

interface Rule {
  pattern: RegExp;
  piece(match: RegExpExecArray): Piece;
}

const inner = (match: RegExpExecArray): Piece[] => parse(match[1] ?? '', INLINE);

const INLINE: Rule[] = [
  { pattern: /`([^`\n]+)`/, piece: (match) => ({ kind: 'code', text: match[1] ?? '' }) },
  { pattern: /https?:\/\/[^\s<>"]+/, piece: linkOf },
  {
    pattern: /\*\*(?=\S)([^\n]*?\S)\*\*/,
    piece: (match) => ({ kind: 'strong', pieces: inner(match) }),
  },
  {
    pattern: /(?<![\p{L}\p{N}_])_(?=[^\s_])([^\n_]*?[^\s_])_(?![\p{L}\p{N}_])/u,
    piece: (match) => ({ kind: 'em', pieces: inner(match) }),
  },
  {
    pattern: /(?<![*\p{L}\p{N}])\*(?=[^\s*])([^\n*]*?[^\s*])\*(?![*\p{L}\p{N}])/u,
    piece: (match) => ({ kind: 'em', pieces: inner(match) }),
  },
  {
    pattern: /~~(?=\S)([^\n]*?\S)~~/,
    piece: (match) => ({ kind: 'strike', pieces: inner(match) }),
  },
];
const BLOCK: Rule = {
  pattern: /```(?:[a-z0-9+#-]*\n)?([\s\S]+?)\n?```\n?/,
  piece: (match) => ({ kind: 'block', text: match[1] ?? '' }),
};

/** What ends a sentence does not belong to the address before it. */
function linkOf(match: RegExpExecArray): Piece {
  const text = match[0].replace(/[.,;:!?'"]+$/, '');
  const open = text.split('(').length;
  const closed = text.split(')').length;
  const href = closed > open ? text.replace(/\)+$/, '') : text;
  return { kind: 'link', text: href, href };
}

function parse(text: string, rules: Rule[]): Piece[] {
  const pieces: Piece[] = [];
  let rest = text;
  while (rest) {
    const found = rules
      .map((rule) => ({ rule, match: rule.pattern.exec(rest) }))
      .filter((one): one is { rule: Rule; match: RegExpExecArray } => one.match !== null)
      .sort((a, b) => a.match.index - b.match.index)[0];
    if (!found) break;
    const { rule, match } = found;
    if (match.index > 0) pieces.push({ kind: 'text', text: rest.slice(0, match.index) });
    const piece = rule.piece(match);
    pieces.push(piece);
    const whole = piece.kind !== 'link' && piece.kind !== 'mention';
    const length = whole ? match[0].length : piece.text.length;
    rest = rest.slice(match.index + length);
  }
  if (rest) pieces.push({ kind: 'text', text: rest });
  return pieces;
}

/** Whom a message mentions: user_id by username in small letters. */
export type Mentioned = ReadonlyMap<string, string>;

function mentionRule(mentioned: Mentioned): Rule {
  return {
    pattern: /(?<![\p{L}\p{N}_.@-])@([A-Za-z0-9][A-Za-z0-9_.-]{2,31})/u,
    piece: ([whole, name = '']) => {
      const known = knownName(name, (one) => mentioned.has(one));
      const userId = known && mentioned.get(known.toLowerCase());
      return userId ? { kind: 'mention', text: `@${known}`, userId } : { kind: 'text', text: whole };
    },
  };
}

export function richText(text: string, mentioned?: Mentioned): Piece[] {
  const mentions = mentioned && mentioned.size > 0 ? [mentionRule(mentioned)] : [];
  return parse(text, [BLOCK, ...mentions, ...INLINE]);
}

/** What is left without marks: for one line. */
export function plainText(text: string): string {
  return flatten(richText(text)).replace(/\s+/g, ' ');
}

function flatten(pieces: Piece[]): string {
  return pieces.map((piece) => ('pieces' in piece ? flatten(piece.pieces) : piece.text)).join('');
}

/** One to three emoji and nothing else: shown large. */
export function isJustEmoji(text: string): boolean {
  if (text.length > 40 || !/\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(text)) return false;
  const graphemes = [...new Intl.Segmenter().segment(text.trim())];
  return (
    graphemes.length <= 3 &&
    graphemes.every(({ segment }) =>
      /^[\p{Extended_Pictographic}\p{Emoji_Component}\p{Regional_Indicator}\u200d\ufe0f]+$/u.test(segment),
    )
  );
}
