import type * as rest from '../generated/rest.js';

/** A message as it now is: `edited_at`, `deleted` and `reactions` say what later events made of it. */
export type Message = rest.NewMessage & {
  /** Not in api/ before there is media. */
  media_id?: string;
};

export type { Role, Void, MessageEdited, MessageDeleted, GroupCreated } from '../generated/rest.js';
export type { MemberAdded, MemberRemoved, MemberRole, GroupUpdated } from '../generated/rest.js';
export type { GroupDeleted, ConversationUpdated } from '../generated/rest.js';
/** Who reacted with one emoji; an account that is gone is null. */
export type Reaction = rest.ReactionCount;
export type ReactionEvent = rest.Reaction;

/** One entry of a conversation's log. An unknown `type` counts as `void` (see asEvent). */
export type Event = Exclude<rest.Event, { type: 'new_message' }> | Message;

/** What changes an earlier message. */
export type Amendment = rest.MessageEdited | rest.MessageDeleted | rest.Reaction;

const KNOWN: ReadonlySet<string> = new Set<Event['type']>([
  'new_message',
  'void',
  'message_edited',
  'message_deleted',
  'reaction',
  'group_created',
  'member_added',
  'member_removed',
  'member_role',
  'group_updated',
  'group_deleted',
  'conversation_updated',
]);

/** An event as it came, or the `void` that an unknown type counts as. */
export function asEvent(frame: { type: string; conversation_id: string; seq: number }): Event {
  if (KNOWN.has(frame.type)) return frame as Event;
  return { type: 'void', conversation_id: frame.conversation_id, seq: frame.seq };
}

export function isAmendment(event: Event): event is Amendment {
  return event.type === 'message_edited' || event.type === 'message_deleted' || event.type === 'reaction';
}

/** Is the message's time over (`ttl_seconds`), at `now` in milliseconds? */
export function isExpired(event: Event, now: number): boolean {
  if (event.type !== 'new_message' || event.ttl_seconds === undefined) return false;
  return Date.parse(event.timestamp) + event.ttl_seconds * 1000 <= now;
}
