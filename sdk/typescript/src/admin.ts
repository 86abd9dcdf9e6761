import type {
  Account,
  AccountChange,
  AuditEntry,
  Broadcast,
  Invite,
  NewBroadcast,
  NewInvite,
  PasswordReset,
  Report,
  Statistics,
} from './generated/rest.js';
import { parseMetrics, type Metrics } from './metrics.js';
import type { Page, Rest } from './rest.js';

/** What operators do; for anybody else all of it is `forbidden`. `cursor` is the `next` of the page before. */
export class Admin {
  constructor(private readonly rest: Rest) {}

  /** By username; `query` is how it begins. */
  accounts(query = '', cursor?: string): Promise<Page<Account>> {
    return this.#page('users', cursor, query === '' ? {} : { query });
  }

  account(userId: string): Promise<Account> {
    return this.rest.get(`/api/admin/users/${userId}`);
  }

  /** A disabled account's devices end at once. The last operator stays one: `conflict`. */
  changeAccount(userId: string, change: AccountChange): Promise<Account> {
    return this.rest.call({ method: 'PATCH', path: `/api/admin/users/${userId}`, body: change });
  }

  /** Voids the password; the token is for the user, who sets a new one with it, and is told this once. */
  resetPassword(userId: string): Promise<PasswordReset> {
    return this.rest.call({ method: 'POST', path: `/api/admin/users/${userId}/reset` });
  }

  invites(): Promise<Page<Invite>> {
    return this.#page('invites');
  }

  /** `code` is told this once. */
  invite(wanted: NewInvite): Promise<Invite> {
    return this.rest.call({ method: 'POST', path: '/api/admin/invites', body: wanted });
  }

  async revokeInvite(inviteId: string): Promise<void> {
    await this.rest.call({ method: 'DELETE', path: `/api/admin/invites/${inviteId}` });
  }

  reports(state: 'open' | 'all' = 'open', cursor?: string): Promise<Page<Report>> {
    return this.#page('reports', cursor, { state });
  }

  closeReport(reportId: string, note: string): Promise<Report> {
    const body = { resolved: true, note };
    return this.rest.call({ method: 'PATCH', path: `/api/admin/reports/${reportId}`, body });
  }

  statistics(): Promise<Statistics> {
    return this.rest.get('/api/admin/statistics');
  }

  /** The server's own figures (Prometheus text). A proxy may keep them from here: `not_found` or `forbidden`. */
  async metrics(): Promise<Metrics> {
    return parseMetrics(await this.rest.text('/metrics'));
  }

  /** To everybody, from the server's own account. Repeated with the same `client_id` it reaches nobody twice. */
  broadcast(wanted: NewBroadcast): Promise<Broadcast> {
    return this.rest.call({ method: 'POST', path: '/api/admin/broadcasts', body: wanted });
  }

  audit(cursor?: string): Promise<Page<AuditEntry>> {
    return this.#page('audit', cursor);
  }

  #page<Item>(what: string, cursor?: string, query: Record<string, string> = {}): Promise<Page<Item>> {
    const params = new URLSearchParams(cursor === undefined ? query : { ...query, cursor });
    return this.rest.get(`/api/admin/${what}${params.size > 0 ? `?${params.toString()}` : ''}`);
  }
}
