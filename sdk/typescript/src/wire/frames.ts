import type * as generated from '../generated/frames.js';
import type { Event } from './events.js';

export type Member = generated.ConversationMember;
/** The `conversation` frame. REST's object is the same with `type` for `conversation_type`. */
export type ConversationFrame = generated.ConversationChanged;
export type EventsFrame = generated.Events;
export type PresenceFrame = generated.PresenceNotice;
export type PresenceStatus = PresenceFrame['status'];
export type TypingFrame = generated.TypingNotice;
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

/** `media_id` is not in api/ before there is media. */
export type SendMessage = generated.SendMessage & { media_id?: string };
export type ClientFrame =
  | generated.Auth
  | SendMessage
  | generated.Receipt
  | generated.History
  | generated.Sync
  | generated.Heartbeat
  | generated.Typing
  | generated.Presence
  | generated.WatchPresence;

export type MessageType = generated.MessageType;
export type ReceiptStatus = generated.ReceiptStatus;
export type ErrorCode = generated.ErrorCode;
