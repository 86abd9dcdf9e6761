import type { Grant, Login, Registration, User } from './generated/rest.js';
import { Emitter } from './emitter.js';
import { codeOf, ParleyError } from './errors.js';
import type { Http } from './http.js';
import type { Store } from './store/store.js';
import type { Tabs } from './tabs.js';

/** Who this device is logged in as; kept over restarts. */
export interface Account {
  user: User;
  device_id: string;
  /** Absent where it is in the browser's HttpOnly cookie. */
  refresh_token?: string;
}

/**
 * `revoked`: the server takes this device's tokens no more. `expired`: there is no token any more, as the browser has
 * dropped its cookie. `deleted`: the account is gone.
 */
export type SignedOutReason = 'logout' | 'revoked' | 'expired' | 'deleted';

interface AuthEvents {
  account: Account | null;
  signed_out: SignedOutReason;
}

/** A token is renewed this long before it ends: clocks differ, requests take time. */
const MARGIN_MS = 30_000;
const META = 'account';

/**
 * Owns the tokens. The access token lives in memory only; the refresh token in the cookie (pages of the server itself)
 * or in the store (everyone else). Refreshing is one at a time over all tabs, which tell each other the access token.
 */
export class Auth {
  readonly events = new Emitter<AuthEvents>();
  #account: Account | null = null;
  #access: { token: string; expiresAt: number } | null = null;
  #refreshing: Promise<string> | null = null;

  constructor(
    private readonly http: Http,
    private readonly store: Store,
    private readonly tabs: Tabs,
    /** The refresh token travels in a cookie. */
    private readonly cookie: boolean,
  ) {
    tabs.onMessage((message) => {
      if (message.userId !== this.#account?.user.user_id) return;
      if (message.type === 'signed_out') void this.#end('logout');
      else this.#access = { token: message.accessToken, expiresAt: message.expiresAt };
    });
  }

  get account(): Account | null {
    return this.#account;
  }

  /** Takes up the account that the store has; answers whether there is one. */
  restore(meta: Record<string, unknown>): boolean {
    this.#account = (meta[META] as Account | undefined) ?? null;
    this.events.emit('account', this.#account);
    return this.#account !== null;
  }

  register(body: Omit<Registration, 'cookie'>): Promise<User> {
    return this.#enter('/api/auth/register', body);
  }

  logIn(body: Omit<Login, 'cookie'>): Promise<User> {
    return this.#enter('/api/auth/login', body);
  }

  async #enter(path: string, body: object): Promise<User> {
    const grant = await this.http.request<Grant>({
      method: 'POST',
      path,
      body: { ...body, cookie: this.cookie },
    });
    // Whoever was here before leaves nothing behind.
    await this.store.clear('everything');
    await this.#adopt(grant);
    this.events.emit('account', this.#account);
    return grant.user;
  }

  async #adopt(grant: Grant): Promise<string> {
    const account: Account = { user: grant.user, device_id: grant.device_id };
    if (grant.refresh_token !== undefined) account.refresh_token = grant.refresh_token;
    this.#account = account;
    const expiresAt = Date.now() + grant.expires_in * 1000;
    this.#access = { token: grant.access_token, expiresAt };
    await this.store.save({ meta: { [META]: account } });
    const userId = grant.user.user_id;
    this.tabs.send({ type: 'token', userId, accessToken: grant.access_token, expiresAt });
    return grant.access_token;
  }

  /** Takes over a profile that has changed. */
  async setUser(user: User): Promise<void> {
    if (!this.#account) return;
    this.#account = { ...this.#account, user };
    await this.store.save({ meta: { [META]: this.#account } });
    this.events.emit('account', this.#account);
  }

  /** A token that is good for a while; `signed_out` when there is none to be had. */
  async accessToken(): Promise<string> {
    if (!this.#account) throw new ParleyError('signed_out', 'nobody is logged in');
    if (this.#access && this.#access.expiresAt - MARGIN_MS > Date.now()) return this.#access.token;
    return this.#refresh();
  }

  /** The server has refused this token: the next one asked for is another. */
  refused(token: string): void {
    if (this.#access?.token === token) this.#access = null;
  }

  #refresh(): Promise<string> {
    this.#refreshing ??= this.#refreshOnce().finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  #refreshOnce(): Promise<string> {
    const before = this.#access?.token;
    return this.tabs.exclusive('refresh', async () => {
      // Another tab may have refreshed while this one waited.
      const now = this.#access;
      if (now && now.token !== before && now.expiresAt - MARGIN_MS > Date.now()) return now.token;
      const body = this.cookie ? {} : { refresh_token: await this.#refreshToken() };
      try {
        return await this.#adopt(
          await this.http.request<Grant>({ method: 'POST', path: '/api/auth/refresh', body }),
        );
      } catch (error) {
        // Without its cookie the server says invalid_request: the browser has dropped it.
        const code = codeOf(error);
        if (code !== 'unauthorized' && code !== 'invalid_request') throw error;
        await this.#end(code === 'invalid_request' ? 'expired' : 'revoked');
        throw new ParleyError('signed_out', 'this device has been logged out');
      }
    });
  }

  /** The newest one: another client of the same store may have rotated it. */
  async #refreshToken(): Promise<string | undefined> {
    const { meta } = await this.store.load();
    return (meta[META] as Account | undefined)?.refresh_token ?? this.#account?.refresh_token;
  }

  /** Ends this device's tokens, on the server if it can be reached, and forgets everything here. */
  async logOut(): Promise<void> {
    const userId = this.#account?.user.user_id;
    if (userId === undefined) return;
    try {
      const token = await this.accessToken();
      await this.http.request({ method: 'POST', path: '/api/auth/logout', token });
    } finally {
      this.tabs.send({ type: 'signed_out', userId });
      await this.#end('logout');
    }
  }

  /** Ends the account itself; a wrong password is `forbidden`, and nothing has happened. */
  async deleteAccount(password: string): Promise<void> {
    const userId = this.#account?.user.user_id;
    const token = await this.accessToken();
    await this.http.request({ method: 'DELETE', path: '/api/users/me', body: { password }, token });
    if (userId !== undefined) this.tabs.send({ type: 'signed_out', userId });
    await this.#end('deleted');
  }

  /** By a token that an operator has handed over. Then log in. */
  async resetPassword(resetToken: string, password: string): Promise<void> {
    const body = { reset_token: resetToken, password };
    await this.http.request({ method: 'POST', path: '/api/auth/reset', body });
  }

  async #end(reason: SignedOutReason): Promise<void> {
    if (!this.#account) return;
    this.#account = null;
    this.#access = null;
    await this.store.clear('everything');
    this.events.emit('account', null);
    this.events.emit('signed_out', reason);
  }
}
