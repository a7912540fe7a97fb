/** What this browser likes: kept here and nowhere else. */
import { effect, signal, type Signal } from '@preact/signals';

function kept<T extends string>(name: string, usual: T, known: readonly T[]): Signal<T> {
  let found: string | null = null;
  try {
    found = localStorage.getItem(`aico.${name}`);
  } catch {
    /* Storage is off: the usual one. */
  }
  const value = signal(known.includes(found as T) ? (found as T) : usual);
  effect(() => {
    try {
      localStorage.setItem(`aico.${name}`, value.value);
    } catch {
      /* As above. */
    }
  });
  return value;
}

export const THEMES = ['system', 'dark', 'light'] as const;
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

const darkness = matchMedia('(prefers-color-scheme: dark)');
const prefersDark = signal(darkness.matches);
darkness.addEventListener('change', (event) => {
  prefersDark.value = event.matches;
});

export const theme = kept('theme', 'system', THEMES);
export const language = kept<Language>('language', navigator.language.startsWith('de') ? 'de' : 'en', LANGUAGES);
/** Whether single keys do something outside of text fields (WCAG 2.1.4). */
export const keys = kept('keys', 'on', ['on', 'off'] as const);
/** Whether thoughts of a model are shown open. */
export const thoughts = kept('thoughts', 'closed', ['closed', 'open'] as const);

effect(() => {
  const dark = theme.value === 'dark' || (theme.value === 'system' && prefersDark.value);
  document.documentElement.dataset['theme'] = dark ? 'dark' : 'light';
  document.querySelector('meta[name=theme-color]')?.setAttribute('content', dark ? '#0D1220' : '#F4F6FB');
});
effect(() => {
  document.documentElement.lang = language.value;
});
