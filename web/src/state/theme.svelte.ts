export type Theme = 'system' | 'light' | 'dark';
export const themes: Theme[] = ['system', 'light', 'dark'];

const KEY = 'parley.theme';

class ThemeChoice {
  chosen = $state<Theme>('system');

  start(): void {
    const kept = localStorage.getItem(KEY) as Theme | null;
    this.#apply(kept && themes.includes(kept) ? kept : 'system');
  }

  choose(theme: Theme): void {
    localStorage.setItem(KEY, theme);
    this.#apply(theme);
  }

  #apply(theme: Theme): void {
    this.chosen = theme;
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }
}

export const theme = new ThemeChoice();
