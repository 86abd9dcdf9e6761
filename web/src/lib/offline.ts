interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): {
    createScriptURL(url: string): string;
  };
}

/** The service worker lets the page start without a network. Only the built page has one. */
export function startOffline(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  const policy = types?.createPolicy('parley', { createScriptURL: (url) => url });
  const url = policy?.createScriptURL('/sw.js') ?? '/sw.js';
  navigator.serviceWorker.register(url).catch((error: unknown) => console.warn(error));
}
