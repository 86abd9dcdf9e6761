/** `{@attach focused}`: has the focus when it appears, wherever that was before (autofocus takes it from nobody). */
export function focused(element: HTMLElement): void {
  element.focus();
}
