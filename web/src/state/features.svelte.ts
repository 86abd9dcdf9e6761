interface Contract {
  paths: Record<string, Record<string, unknown>>;
  components?: { schemas?: Record<string, { properties?: Record<string, unknown> }> };
}

/** What the server at hand can do, read from its own contract: buttons for what it lacks are not shown. */
class Features {
  groups = $state(false);
  groupHistory = $state(false);
  findUsers = $state(false);
  editMessages = $state(false);
  reactions = $state(false);
  editProfile = $state(false);
  contacts = $state(false);
  hidePresence = $state(false);
  search = $state(false);
  reports = $state(false);
  exportData = $state(false);
  deleteAccount = $state(false);
  administration = $state(false);
  invites = $state(false);

  /** Whoever cannot do without waits for it; it never fails. */
  readonly ready: Promise<void>;
  #known: () => void = () => {};
  #loading: Promise<boolean> | undefined;

  constructor() {
    this.ready = new Promise((resolve) => (this.#known = resolve));
  }

  /** Asks once: what the server has told is not asked again. */
  async load(): Promise<void> {
    this.#loading ??= this.#read();
    if (!(await this.#loading)) this.#loading = undefined;
    this.#known();
  }

  /** Answers whether the server has told. */
  async #read(): Promise<boolean> {
    const response = await fetch('/openapi.json').catch(() => null);
    if (!response?.ok) return false;
    const { paths, components } = (await response.json()) as Contract;
    const has = (path: string, method: string): boolean => paths[path]?.[method] !== undefined;
    this.groups = has('/api/groups', 'post');
    this.findUsers = has('/api/users', 'get');
    this.editMessages = has('/api/messages/{message_id}', 'patch');
    this.reactions = has('/api/messages/{message_id}/reactions/{emoji}', 'put');
    this.editProfile = has('/api/users/{user_id}', 'put');
    const takes = (schema: string, field: string): boolean =>
      components?.schemas?.[schema]?.properties?.[field] !== undefined;
    this.groupHistory = takes('NewGroup', 'history');
    this.contacts = has('/api/users/{user_id}/contacts', 'post');
    this.hidePresence = takes('ProfileChange', 'hide_presence');
    this.search = has('/api/search', 'get');
    this.reports = has('/api/reports', 'post');
    this.exportData = has('/api/users/me/export', 'post');
    this.deleteAccount = has('/api/users/{user_id}', 'delete');
    this.administration = has('/api/admin/statistics', 'get');
    this.invites = takes('Registration', 'invite');
    return true;
  }
}

export const features = new Features();
