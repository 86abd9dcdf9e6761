import type { Conversation } from 'parley-client';
import { i18n } from '../i18n/index.svelte';
import type { Chat } from '../state/chat.svelte';
import type { Notice } from './rows';

/** What happened in a group, in a sentence. */
export function noticeText(chat: Chat, conversation: Conversation, event: Notice): string {
  const name = (userId: string | null): string => chat.nameOf(userId, conversation);
  const who = name(event.sender_id);
  const { t } = i18n;
  switch (event.type) {
    case 'group_created':
      return t.groupCreated(who);
    case 'member_added':
      return t.memberAdded(who, name(event.user_id));
    case 'member_removed':
      if (event.user_id === event.sender_id) return t.memberLeft(who);
      return t.memberRemoved(who, name(event.user_id));
    case 'member_role':
      return t.memberRole(name(event.user_id), t.roles[event.role]);
    case 'group_updated':
      return event.name ? t.groupRenamed(who, event.name) : t.groupChanged(who);
    case 'group_deleted':
      return t.groupDeleted(who);
    case 'conversation_updated':
      return t.groupChanged(who);
  }
}
