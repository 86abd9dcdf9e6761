import type { MessageType } from './wire/frames.js';
import type { ParleyErrorCode } from './errors.js';

/** What a person wants to send: to a conversation, or to a user (opens the direct conversation). */
export interface Draft {
  conversation_id?: string;
  receiver_id?: string;
  content: string;
  message_type?: MessageType;
  media_id?: string;
  reply_to?: string;
  mentions?: string[];
}

/** A send that the server has not yet acknowledged. */
export interface OutboxEntry extends Draft {
  client_id: string;
  /** Order of sending. */
  position: number;
  created_at: string;
  /** The client that sends it; its tab may be gone. */
  owner: string;
  /** `failed` waits for a person: retry or discard. */
  state: 'queued' | 'failed';
  error?: { code: ParleyErrorCode; detail: string };
}

/** Entries of one lane are sent one after the other. */
export function laneOf(entry: Draft): string {
  return entry.conversation_id ?? `user:${entry.receiver_id ?? ''}`;
}
