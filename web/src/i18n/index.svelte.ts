import { en, type Texts } from './en';

export type Language = 'en' | 'de' | 'zh';
/** As they call themselves. */
export const languages: Record<Language, string> = { en: 'English', de: 'Deutsch', zh: '中文' };

const KEY = 'parley.language';
const loaders: Record<Language, () => Promise<Texts>> = {
  en: async () => en,
  de: async () => (await import('./de')).de,
  zh: async () => (await import('./zh')).zh,
};

class I18n {
  language = $state<Language>('en');
  /** The texts of the language: `i18n.t.send`. */
  t = $state.raw<Texts>(en);

  async use(language: Language): Promise<void> {
    this.t = await loaders[language]();
    this.language = language;
    document.documentElement.lang = language;
  }

  async choose(language: Language): Promise<void> {
    localStorage.setItem(KEY, language);
    await this.use(language);
  }

  /** What was chosen before, else what the browser prefers. */
  async start(): Promise<void> {
    const wanted = [localStorage.getItem(KEY) ?? '', ...navigator.languages];
    const known = wanted.map((one) => one.slice(0, 2)).find((one) => one in languages);
    await this.use((known as Language | undefined) ?? 'en');
  }

  /** The language as the browser's owner has it: en-GB, de-AT. */
  get #locale(): string {
    return navigator.languages.find((one) => one.startsWith(this.language)) ?? this.language;
  }

  time(iso: string): string {
    return new Intl.DateTimeFormat(this.#locale, { timeStyle: 'short' }).format(new Date(iso));
  }

  /** Today's time, else the weekday, else the date: for lists. */
  shortly(iso: string): string {
    const age = daysAgo(iso);
    if (age === 0) return this.time(iso);
    if (age === 1) return this.t.yesterday;
    const style: Intl.DateTimeFormatOptions =
      age < 7 ? { weekday: 'short' } : { day: 'numeric', month: 'numeric', year: '2-digit' };
    return new Intl.DateTimeFormat(this.#locale, style).format(new Date(iso));
  }

  /** Today, yesterday, else the day in words: between messages. */
  day(iso: string): string {
    const age = daysAgo(iso);
    if (age === 0) return this.t.today;
    if (age === 1) return this.t.yesterday;
    const style: Intl.DateTimeFormatOptions = { weekday: 'long', day: 'numeric', month: 'long' };
    if (age > 300) style.year = 'numeric';
    return new Intl.DateTimeFormat(this.#locale, style).format(new Date(iso));
  }

  /** Minutes ago, within the hour; else the moment: for who was there last. */
  ago(iso: string): string {
    const minutes = Math.floor((Date.now() - Date.parse(iso)) / 60_000);
    if (minutes >= 60) {
      return daysAgo(iso) === 0 ? this.time(iso) : this.moment(iso);
    }
    const format = new Intl.RelativeTimeFormat(this.#locale, { numeric: 'auto' });
    return minutes < 1 ? format.format(0, 'second') : format.format(-minutes, 'minute');
  }

  date(iso: string): string {
    return new Intl.DateTimeFormat(this.#locale, { dateStyle: 'medium' }).format(new Date(iso));
  }

  number(value: number, digits = 0): string {
    return new Intl.NumberFormat(this.#locale, { maximumFractionDigits: digits }).format(value);
  }

  moment(iso: string): string {
    const style = { dateStyle: 'medium', timeStyle: 'short' } as const;
    return new Intl.DateTimeFormat(this.#locale, style).format(new Date(iso));
  }
}

/** Calendar days, in the reader's time zone. */
function daysAgo(iso: string): number {
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- gone when this answers
  const midnight = (date: Date | string): number => new Date(date).setHours(0, 0, 0, 0);
  return Math.round((midnight(new Date()) - midnight(iso)) / 86_400_000);
}

export const i18n = new I18n();
