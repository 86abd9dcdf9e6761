const KEY = 'parley.notify';

export function wantsNotifications(): boolean {
  return (
    localStorage.getItem(KEY) === 'yes' &&
    'Notification' in globalThis &&
    Notification.permission === 'granted'
  );
}

/** Asks the browser if need be; answers whether it may. */
export async function setNotifications(wanted: boolean): Promise<boolean> {
  localStorage.setItem(KEY, wanted ? 'yes' : 'no');
  if (!wanted || !('Notification' in globalThis)) return false;
  return (await Notification.requestPermission()) === 'granted';
}

/** Shows a notification if they are wanted and the page is in the background. */
export function notify(title: string, body: string, conversationId: string): void {
  if (!document.hidden || !wantsNotifications()) return;
  const notification = new Notification(title, {
    body: body.slice(0, 200),
    icon: '/icon.svg',
    // One a conversation: a newer one replaces it.
    tag: conversationId,
  });
  notification.onclick = () => {
    focus();
    location.hash = `#/c/${conversationId}`;
    notification.close();
  };
}
