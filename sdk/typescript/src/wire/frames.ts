import type * as generated from '../generated/frames.js';
import type { Event, Role } from './events.js';

/** A member as a conversation lists them; what is optional is there for groups or small circles. */
export type Member = Omit<generated.ConversationMember, 'user_id'> & {
  /** Null: an account that is gone. */
  user_id: string | null;
  role?: Role;
  joined_at?: string;
  delivered_seq?: number;
  read_seq?: number;
};

type Changed = generated.ConversationChanged;

/** The `conversation` frame. REST's object is the same with `type` for `conversation_type`. */
export type ConversationFrame = Omit<Changed, 'members' | 'last_event'> & {
  last_event: Event | null;
  /** Absent in large groups. */
  members?: Member[];
  member_count?: number;
  description?: string;
  avatar_media_id?: string | null;
  created_by?: string | null;
  members_can_add?: boolean;
  history?: 'all' | 'joined';
  role?: Role;
  left?: boolean;
  ttl_seconds?: number;
  pinned_message_ids?: string[];
  muted_until?: string | null;
  pinned?: boolean;
  archived?: boolean;
  draft?: string | null;
  deleted_for_me?: number[];
  blocked?: boolean;
};

export type EventsFrame = Omit<generated.Events, 'events'> & { events: Event[] };

export type PresenceStatus = 'online' | 'away' | 'offline';
export interface PresenceFrame {
  type: 'presence';
  user_id: string;
  status: PresenceStatus;
  last_seen?: string | null;
}
export interface TypingFrame {
  type: 'typing';
  conversation_id: string;
  user_id: string;
  active: boolean;
}

export type AuthSuccess = generated.AuthSuccess;
export type SendAck = generated.SendAck;
export type ReceiptAck = generated.ReceiptAck;
export type ErrorFrame = generated.Error;

export type ServerFrame =
  | AuthSuccess
  | generated.AuthError
  | SendAck
  | ReceiptAck
  | EventsFrame
  | ConversationFrame
  | generated.SyncComplete
  | generated.HeartbeatAck
  | ErrorFrame
  | generated.Reconnect
  | PresenceFrame
  | TypingFrame
  | Event;

export type SendMessage = generated.SendMessage & { media_id?: string };
export type ClientFrame =
  | generated.Auth
  | SendMessage
  | generated.Receipt
  | generated.History
  | generated.Sync
  | generated.Heartbeat
  | { type: 'typing'; conversation_id: string; active: boolean }
  | { type: 'presence'; status: 'online' | 'away' }
  | { type: 'watch_presence'; user_ids: string[] };

export type MessageType = generated.MessageType;
export type ReceiptStatus = generated.ReceiptStatus;
export type ErrorCode = generated.ErrorCode;
