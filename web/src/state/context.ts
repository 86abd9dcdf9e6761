import { getContext } from 'svelte';
import type { Chat } from './chat.svelte';

export function useChat(): Chat {
  return getContext<Chat>('chat');
}
