import type { Attachment } from 'svelte/attachments';

const LONG_MS = 450;
/** A finger that moves further scrolls. */
const STEADY_PX = 10;

/** `{@attach longPress(open)}`: a finger that stays opens the menu, where the browser has no `contextmenu` for it. */
export function longPress(open: (at: { x: number; y: number }) => void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let start = { x: 0, y: 0 };
    let opened = false;
    const cancel = (): void => clearTimeout(timer);
    const begin = (event: TouchEvent): void => {
      cancel();
      const touch = event.touches[0];
      if (!touch || event.touches.length > 1) return;
      start = { x: touch.clientX, y: touch.clientY };
      opened = false;
      timer = setTimeout(() => {
        opened = true;
        open(start);
      }, LONG_MS);
    };
    const move = (event: TouchEvent): void => {
      const touch = event.touches[0];
      if (!touch || Math.hypot(touch.clientX - start.x, touch.clientY - start.y) > STEADY_PX) cancel();
    };
    const end = (event: TouchEvent): void => {
      cancel();
      // The menu is what was meant, not the link under the finger.
      if (opened) event.preventDefault();
    };
    // Where the browser has one, it comes first or finds the menu open.
    const native = (): void => cancel();
    element.addEventListener('touchstart', begin, { passive: true });
    element.addEventListener('touchmove', move, { passive: true });
    element.addEventListener('touchend', end);
    element.addEventListener('touchcancel', cancel);
    element.addEventListener('contextmenu', native);
    return () => {
      cancel();
      element.removeEventListener('touchstart', begin);
      element.removeEventListener('touchmove', move);
      element.removeEventListener('touchend', end);
      element.removeEventListener('touchcancel', cancel);
      element.removeEventListener('contextmenu', native);
    };
  };
}
