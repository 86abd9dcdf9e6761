/** Where one is: the list, a conversation, someone's link, or the settings. */
export type Route =
  | { page: 'list' }
  /** `seq`: the message that is to be seen. */
  | { page: 'conversation'; id: string; seq?: number }
  | { page: 'info'; id: string }
  | { page: 'person'; userId: string }
  | { page: 'settings' }
  | { page: 'new' };

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

export function parseRoute(hash: string): Route {
  const [, id, seq] = new RegExp(`^#/c/(${UUID})(?:/m/([1-9]\\d{0,14}))?$`).exec(hash) ?? [];
  if (id) return { page: 'conversation', id, ...(seq ? { seq: Number(seq) } : {}) };
  const about = new RegExp(`^#/c/(${UUID})/info$`).exec(hash)?.[1];
  if (about) return { page: 'info', id: about };
  const person = new RegExp(`^#/u/(${UUID})$`).exec(hash)?.[1];
  if (person) return { page: 'person', userId: person };
  if (hash === '#/settings') return { page: 'settings' };
  if (hash === '#/new') return { page: 'new' };
  return { page: 'list' };
}

/** The user that a link or a bare id names. */
export function userInLink(text: string): string | undefined {
  return new RegExp(`(?:^|#/u/)(${UUID})$`).exec(text.trim())?.[1];
}

export function linkTo(userId: string): string {
  return `${location.origin}/#/u/${userId}`;
}

export function linkToMessage(conversationId: string, seq: number): string {
  return `${location.origin}/#/c/${conversationId}/m/${seq}`;
}

class Router {
  route = $state.raw<Route>(parseRoute(location.hash));

  constructor() {
    addEventListener('hashchange', () => (this.route = parseRoute(location.hash)));
  }

  go(hash: string, replace = false): void {
    if (replace) history.replaceState(null, '', hash);
    else if (location.hash !== hash) history.pushState(null, '', hash);
    this.route = parseRoute(hash);
  }
}

export const router = new Router();
