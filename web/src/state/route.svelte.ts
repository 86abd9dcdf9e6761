/** Where one is: the list, a conversation, someone's link, or the settings. */
export type Route =
  | { page: 'list' }
  | { page: 'conversation'; id: string }
  | { page: 'person'; userId: string }
  | { page: 'settings' }
  | { page: 'new' };

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

export function parseRoute(hash: string): Route {
  const conversation = new RegExp(`^#/c/(${UUID})$`).exec(hash)?.[1];
  if (conversation) return { page: 'conversation', id: conversation };
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
