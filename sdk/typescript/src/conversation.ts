import type { ConversationFrame } from './wire/frames.js';
import type { Range } from './ranges.js';

/** How far a member has come. */
export interface Cursor {
  delivered: number;
  read: number;
}

/** A conversation as this client knows it: what the server says, and what is kept of its log. */
export type Conversation = Omit<ConversationFrame, 'type' | 'ref' | 'conversation_type'> & {
  type: 'direct' | 'group';
  /** The other members' cursors by user_id, as far as receipts have told. */
  cursors: Record<string, Cursor>;
  /** Which `seq`s are in the store. */
  ranges: Range[];
  /** The own cursors have moved, and the server may not know yet. */
  unacked?: boolean;
};

/** The member of a direct conversation that is not `me`; oneself in one's notes; none in groups. */
export function partnerOf(
  conversation: Conversation,
  me: string,
): NonNullable<Conversation['members']>[number] | undefined {
  if (conversation.type !== 'direct') return undefined;
  const members = conversation.members ?? [];
  return members.find((member) => member.user_id !== me) ?? members[0];
}

/** Newest activity first; pinned ones before. */
export function byActivity(a: Conversation, b: Conversation): number {
  if (Boolean(a.pinned) !== Boolean(b.pinned)) return a.pinned ? -1 : 1;
  return activityOf(b).localeCompare(activityOf(a));
}

function activityOf(conversation: Conversation): string {
  const last = conversation.last_event;
  if (!last || last.type === 'void') return conversation.created_at;
  return last.timestamp;
}

/** REST's object as the frame of the same name. */
export function asFrame(
  answer: Omit<ConversationFrame, 'type' | 'conversation_type'> & { type: 'direct' | 'group' },
): ConversationFrame {
  return { ...answer, type: 'conversation', conversation_type: answer.type };
}
