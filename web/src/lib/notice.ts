import type { Conversation } from 'parley-client';
import { i18n } from '../i18n/index.svelte';
import type { Chat } from '../state/chat.svelte';
import type { Notice } from './rows';

/** What happened in a group, in a sentence. */
export function noticeText(chat: Chat, conversation: Conversation, event: Notice): string {
  const me = chat.me;
  const name = (userId: string | null): string => chat.nameOf(userId, conversation);
  const whom = (userId: string | null): string => (userId === me ? i18n.t.talk.youObject : name(userId));
  const who = name(event.sender_id);
  const { t } = i18n;
  switch (event.type) {
    case 'group_created':
      return t.groupCreated(who);
    case 'member_added':
      return t.memberAdded(who, whom(event.user_id));
    case 'member_removed':
      if (event.user_id !== event.sender_id) return t.memberRemoved(who, whom(event.user_id));
      return event.user_id === me ? t.talk.youLeft : t.memberLeft(who);
    case 'member_role':
      if (event.user_id === me) return t.talk.youAre(t.roles[event.role]);
      return t.memberRole(name(event.user_id), t.roles[event.role]);
    case 'group_updated':
      return event.name ? t.groupRenamed(who, event.name) : t.groupChanged(who);
    case 'group_deleted':
      return t.groupDeleted(who);
    case 'conversation_updated':
      return settingText(who, event);
  }
}

function settingText(who: string, event: Extract<Notice, { type: 'conversation_updated' }>): string {
  const { talk } = i18n.t;
  const { ttl_seconds: ttl, pinned_message_ids: pins } = event;
  if (ttl === 0) return talk.ttlCleared(who);
  if (ttl !== undefined) return talk.ttlSet(who, talk.duration(ttl));
  return pins ? talk.pinsChanged(who) : i18n.t.groupChanged(who);
}
