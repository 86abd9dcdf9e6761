/** What the server at hand can do, read from its own contract: buttons for what it lacks are not shown. */
class Features {
  groups = $state(false);
  findUsers = $state(false);
  editMessages = $state(false);
  reactions = $state(false);
  editProfile = $state(false);

  async load(): Promise<void> {
    const response = await fetch('/openapi.json').catch(() => null);
    if (!response?.ok) return;
    const { paths } = (await response.json()) as { paths: Record<string, Record<string, unknown>> };
    const has = (path: string, method: string): boolean => paths[path]?.[method] !== undefined;
    this.groups = has('/api/groups', 'post');
    this.findUsers = has('/api/users', 'get');
    this.editMessages = has('/api/messages/{message_id}', 'patch');
    this.reactions = has('/api/messages/{message_id}/reactions/{emoji}', 'put');
    this.editProfile = has('/api/users/{user_id}', 'put');
  }
}

export const features = new Features();
