import { isExpired, type Conversation, type Message } from 'parley-client';
import { i18n } from '../i18n/index.svelte';
import type { Chat } from '../state/chat.svelte';
import { noticeText } from './notice';
import { plainText } from './rich_text';
import { isShown } from './rows';

/** The newest of a conversation in one line. */
export function preview(chat: Chat, conversation: Conversation): string {
  const last = conversation.last_event;
  if (!last || !isShown(last) || isExpired(last, Date.now())) return '';
  if (last.type !== 'new_message') return noticeText(chat, conversation, last);
  const who = conversation.type === 'group' ? `${chat.nameOf(last.sender_id, conversation)}: ` : '';
  return who + messageText(last);
}

/** A message in one line. */
export function messageText(message: Message): string {
  if (message.deleted) return i18n.t.deleted;
  if (message.content) return plainText(message.content.slice(0, 300));
  return message.message_type === 'text' ? '' : i18n.t[message.message_type];
}
