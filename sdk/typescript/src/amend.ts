import type { Amendment, Message, Reaction } from './wire/events.js';

/** `message` after `event`; applying the same event again changes nothing. */
export function amend(message: Message, event: Amendment): Message {
  switch (event.type) {
    case 'message_edited':
      if (message.deleted) return message;
      return { ...message, content: event.content, edited_at: event.timestamp };
    case 'message_deleted':
      return withoutContent(message);
    case 'reaction':
      return withReactions(
        message,
        react(message.reactions ?? [], event.emoji, event.sender_id, event.removed),
      );
  }
}

function withoutContent(message: Message): Message {
  const { content: _content, reactions: _reactions, media_id: _media, ...rest } = message;
  return { ...rest, deleted: true };
}

function withReactions(message: Message, reactions: Reaction[]): Message {
  const { reactions: _before, ...rest } = message;
  return reactions.length > 0 ? { ...rest, reactions } : rest;
}

function react(
  reactions: readonly Reaction[],
  emoji: string,
  who: string | null,
  removed: boolean | undefined,
): Reaction[] {
  const before = reactions.find((one) => one.emoji === emoji);
  const others = before?.user_ids.filter((id) => id !== who) ?? [];
  const after: Reaction = { emoji, user_ids: removed ? others : [...others, who] };
  // Where not all are named, only the number can tell of who was not.
  if (before?.count !== undefined) {
    const named = before.user_ids.includes(who);
    after.count = before.count + (removed ? -1 : named ? 0 : 1);
  }
  const kept = reactions.map((one) => (one.emoji === emoji ? after : one));
  if (before === undefined) kept.push(after);
  return kept.filter((one) => (one.count ?? one.user_ids.length) > 0);
}
