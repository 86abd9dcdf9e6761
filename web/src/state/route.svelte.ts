/** Where one is: the list, a conversation, someone's link, or the settings. */
export type Route =
  | { page: 'list' }
  /** `seq`: the message that is to be seen. */
  | { page: 'conversation'; id: string; seq?: number }
  | { page: 'info'; id: string }
  | { page: 'person'; userId: string }
  | { page: 'settings' }
  | { page: 'profile'; userId: string }
  | { page: 'contacts' }
  | { page: 'search'; query: string }
  | { page: 'admin'; section: string }
  /** Links that an operator hands over, for who is not logged in. */
  | { page: 'invite'; code: string }
  | { page: 'reset'; token: string }
  | { page: 'new'; group: boolean };

const UUID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';

export function parseRoute(hash: string): Route {
  const [, id, seq] = new RegExp(`^#/c/(${UUID})(?:/m/([1-9]\\d{0,14}))?$`).exec(hash) ?? [];
  if (id) return { page: 'conversation', id, ...(seq ? { seq: Number(seq) } : {}) };
  const about = new RegExp(`^#/c/(${UUID})/info$`).exec(hash)?.[1];
  if (about) return { page: 'info', id: about };
  const person = new RegExp(`^#/u/(${UUID})$`).exec(hash)?.[1];
  if (person) return { page: 'person', userId: person };
  if (hash === '#/settings') return { page: 'settings' };
  if (hash === '#/new' || hash === '#/new/group') return { page: 'new', group: hash !== '#/new' };
  return parsePlace(hash) ?? { page: 'list' };
}

function parsePlace(hash: string): Route | undefined {
  const profile = new RegExp(`^#/p/(${UUID})$`).exec(hash)?.[1];
  if (profile) return { page: 'profile', userId: profile };
  if (hash === '#/contacts') return { page: 'contacts' };
  const [, search, query = ''] = /^#\/(search)(?:\/(.*))?$/.exec(hash) ?? [];
  if (search) return { page: 'search', query: decoded(query) };
  const [, admin, section = 'statistics'] = /^#\/(admin)(?:\/([a-z]+))?$/.exec(hash) ?? [];
  if (admin) return { page: 'admin', section };
  const code = /^#\/invite\/([\w-]+)$/.exec(hash)?.[1];
  if (code) return { page: 'invite', code };
  const token = /^#\/reset\/([\w-]+)$/.exec(hash)?.[1];
  if (token) return { page: 'reset', token };
  return undefined;
}

/** Somebody may have typed it: what is no encoding stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The user that a link or a bare id names. */
export function userInLink(text: string): string | undefined {
  return new RegExp(`(?:^|#/u/)(${UUID})$`).exec(text.trim())?.[1];
}

export function linkTo(userId: string): string {
  return `${location.origin}/#/u/${userId}`;
}

/** Links that an operator hands over. */
export function linkToInvite(code: string): string {
  return `${location.origin}/#/invite/${code}`;
}

export function linkToReset(token: string): string {
  return `${location.origin}/#/reset/${token}`;
}

export function linkToSearch(words: string): string {
  return `#/search/${encodeURIComponent(words)}`;
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
