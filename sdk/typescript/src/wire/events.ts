import type * as rest from '../generated/rest.js';

/** Someone's place in a group. */
export type Role = 'owner' | 'admin' | 'member';

/** Who reacted with one emoji; an account that is gone is null. */
export interface Reaction {
  emoji: string;
  user_ids: (string | null)[];
}

/** A message as it now is: `edited_at`, `deleted` and `reactions` say what later events made of it. */
export type Message = Omit<rest.NewMessage, 'sender_id' | 'content' | 'sender_device_id'> & {
  /** Null: an account that is gone. */
  sender_id: string | null;
  sender_device_id?: string;
  /** Absent in a deleted message. */
  content?: string;
  media_id?: string;
  ttl_seconds?: number;
  edited_at?: string;
  deleted?: boolean;
  reactions?: Reaction[];
};

export type Void = rest.Void;

interface Head {
  message_id: string;
  conversation_id: string;
  seq: number;
  sender_id: string | null;
  timestamp: string;
}

export type MessageEdited = Head & { type: 'message_edited'; target_id: string; content: string };
export type MessageDeleted = Head & { type: 'message_deleted'; target_id: string };
export type ReactionEvent = Head & {
  type: 'reaction';
  target_id: string;
  emoji: string;
  removed?: boolean;
};
export type GroupCreated = Head & {
  type: 'group_created';
  name: string;
  members: (string | null)[];
};
export type MemberAdded = Head & { type: 'member_added'; user_id: string | null; role: Role };
export type MemberRemoved = Head & { type: 'member_removed'; user_id: string | null };
export type MemberRole = Head & { type: 'member_role'; user_id: string | null; role: Role };
export type GroupUpdated = Head & {
  type: 'group_updated';
  name?: string;
  description?: string;
  avatar_media_id?: string | null;
  members_can_add?: boolean;
};
export type GroupDeleted = Head & { type: 'group_deleted' };
export type ConversationUpdated = Head & {
  type: 'conversation_updated';
  ttl_seconds?: number;
  pinned_message_ids?: string[];
};

/** One entry of a conversation's log. An unknown `type` counts as `void` (see asEvent). */
export type Event =
  | Message
  | Void
  | MessageEdited
  | MessageDeleted
  | ReactionEvent
  | GroupCreated
  | MemberAdded
  | MemberRemoved
  | MemberRole
  | GroupUpdated
  | GroupDeleted
  | ConversationUpdated;

/** What changes an earlier message. */
export type Amendment = MessageEdited | MessageDeleted | ReactionEvent;

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
