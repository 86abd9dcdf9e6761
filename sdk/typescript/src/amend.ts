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
  const others = reactions.find((one) => one.emoji === emoji)?.user_ids.filter((id) => id !== who) ?? [];
  const userIds = removed ? others : [...others, who];
  const kept = reactions.map((one) => (one.emoji === emoji ? { emoji, user_ids: userIds } : one));
  if (!reactions.some((one) => one.emoji === emoji)) kept.push({ emoji, user_ids: userIds });
  return kept.filter((one) => one.user_ids.length > 0);
}
