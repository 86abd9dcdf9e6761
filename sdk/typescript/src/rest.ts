import type {
  Conversation,
  ConversationPatch,
  Device,
  Export,
  Group,
  GroupChanges,
  MessageStatus,
  NewGroup,
  ProfileChange,
  ReportMade,
  Role,
  User,
} from './generated/rest.js';
import type { Auth } from './auth.js';
import { codeOf } from './errors.js';
import type { Http, HttpRequest } from './http.js';
import type { Event } from './wire/events.js';
import type { Member } from './wire/frames.js';

export interface Page<Item> {
  items: Item[];
  next: string | null;
}

export type OwnSettings = Pick<
  ConversationPatch,
  'muted_until' | 'pinned' | 'archived' | 'draft' | 'blocked'
>;
/** For everyone in the conversation; in groups for admins alone. */
export type SharedSettings = Pick<ConversationPatch, 'ttl_seconds' | 'pinned_message_ids'>;

/** The REST calls of a logged-in user. A token that has run out is renewed once; nothing else is repeated. */
export class Rest {
  constructor(
    private readonly http: Http,
    private readonly auth: Auth,
  ) {}

  call<Answer>(request: Omit<HttpRequest, 'token'>): Promise<Answer> {
    return this.#authorized((token) => this.http.request<Answer>({ ...request, token }));
  }

  /** A file; undefined while the server is still making it. */
  file(path: string): Promise<Blob | undefined> {
    return this.#authorized((token) => this.http.file(path, token));
  }

  async text(path: string): Promise<string> {
    return (await (await this.file(path))?.text()) ?? '';
  }

  async #authorized<Answer>(ask: (token: string) => Promise<Answer>): Promise<Answer> {
    const token = await this.auth.accessToken();
    try {
      return await ask(token);
    } catch (error) {
      const code = codeOf(error);
      if (code !== 'token_expired' && code !== 'unauthorized') throw error;
      this.auth.refused(token);
      return ask(await this.auth.accessToken());
    }
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.call<Answer>({ method: 'GET', path });
  }

  user(userId: string): Promise<User> {
    return this.get(`/api/users/${encodeURIComponent(userId)}`);
  }

  updateProfile(change: ProfileChange): Promise<User> {
    return this.call({ method: 'PUT', path: '/api/users/me', body: change });
  }

  /** By username or display name. */
  findUsers(query: string): Promise<Page<User>> {
    return this.get(`/api/users?query=${encodeURIComponent(query)}`);
  }

  devices(): Promise<Page<Device>> {
    return this.get('/api/devices');
  }

  /** Tells the operators of a message or of a user. */
  report(
    report: { message_id: string; reason: string } | { user_id: string; reason: string },
  ): Promise<ReportMade> {
    return this.call({ method: 'POST', path: '/api/reports', body: report });
  }

  /** Has all of one's own data made into a zip, in the background; within an hour it is the same one. */
  wishExport(): Promise<Export> {
    return this.call({ method: 'POST', path: '/api/users/me/export' });
  }

  /** The zip; undefined while it is being made. */
  exported(wish: Export): Promise<Blob | undefined> {
    return this.file(wish.url);
  }

  async logOutDevice(deviceId: string): Promise<void> {
    await this.call({ method: 'DELETE', path: `/api/devices/${deviceId}` });
  }

  openDirect(userId: string): Promise<Conversation> {
    return this.call({ method: 'POST', path: '/api/conversations', body: { user_id: userId } });
  }

  conversation(conversationId: string): Promise<Conversation> {
    return this.get(`/api/conversations/${conversationId}`);
  }

  changeConversation(id: string, change: OwnSettings | SharedSettings): Promise<Conversation> {
    return this.call({ method: 'PATCH', path: `/api/conversations/${id}`, body: change });
  }

  createGroup(group: NewGroup): Promise<Group> {
    return this.call({ method: 'POST', path: '/api/groups', body: group });
  }

  changeGroup(groupId: string, change: GroupChanges): Promise<Group> {
    return this.call({ method: 'PUT', path: `/api/groups/${groupId}`, body: change });
  }

  /** Everyone leaves it, and keeps what they could read. */
  async deleteGroup(groupId: string): Promise<void> {
    await this.call({ method: 'DELETE', path: `/api/groups/${groupId}` });
  }

  /** Who is in it, in the order in which they came; `cursor` is the last page's `next`. */
  members(groupId: string, cursor?: number): Promise<{ items: Member[]; next: number | null }> {
    const from = cursor === undefined ? '' : `&cursor=${cursor}`;
    return this.get(`/api/groups/${groupId}/members?limit=100${from}`);
  }

  async addMembers(groupId: string, userIds: string[]): Promise<void> {
    const body = { user_ids: userIds };
    await this.call({ method: 'POST', path: `/api/groups/${groupId}/members`, body });
  }

  async setRole(groupId: string, userId: string, role: Role): Promise<void> {
    const path = `/api/groups/${groupId}/members/${userId}`;
    await this.call({ method: 'PUT', path, body: { role } });
  }

  /** Oneself: leaves. */
  async removeMember(groupId: string, userId: string): Promise<void> {
    await this.call({ method: 'DELETE', path: `/api/groups/${groupId}/members/${userId}` });
  }

  async editMessage(messageId: string, content: string, clientId: string): Promise<void> {
    const body = { content, client_id: clientId };
    await this.call({ method: 'PATCH', path: `/api/messages/${messageId}`, body });
  }

  async deleteMessage(messageId: string, whom: 'everyone' | 'me' = 'everyone'): Promise<void> {
    await this.call({ method: 'DELETE', path: `/api/messages/${messageId}?for=${whom}` });
  }

  async react(messageId: string, emoji: string, removed = false): Promise<void> {
    const path = `/api/messages/${messageId}/reactions/${encodeURIComponent(emoji)}`;
    await this.call({ method: removed ? 'DELETE' : 'PUT', path });
  }

  message(messageId: string): Promise<Event> {
    return this.get(`/api/messages/${messageId}`);
  }

  messageStatus(messageId: string): Promise<MessageStatus> {
    return this.get(`/api/messages/${messageId}/status`);
  }
}
