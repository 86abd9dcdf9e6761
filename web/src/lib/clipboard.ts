/** Puts `text` on the clipboard; also where a page that came over plain HTTP has no clipboard API. */
export async function copyText(text: string): Promise<void> {
  // Not there over plain HTTP, whatever its type says.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard) return clipboard.writeText(text);
  const field = document.createElement('textarea');
  field.value = text;
  // A modal dialog keeps the focus from what is outside it.
  const { activeElement: before } = document;
  (before?.closest('dialog') ?? document.body).append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  if (before instanceof HTMLElement) before.focus();
  if (!done) throw new Error('the browser does not let this page copy');
}
