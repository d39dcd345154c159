import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type en from './locales/en';

export const languages = { en: 'English', fa: 'فارسی' } as const;
export type Language = keyof typeof languages;

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app';
    resources: { app: typeof en };
  }
}

const texts = { en: () => import('./locales/en'), fa: () => import('./locales/fa') } satisfies Record<Language, unknown>;

export const directionOf = (language: string): 'ltr' | 'rtl' => (/^(ar|ckb|fa|he|ps|sd|ug|ur|yi)\b/.test(language) ? 'rtl' : 'ltr');

/** Loads a language and switches to it, without losing what is on the screen. */
export async function setLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, 'app')) i18next.addResourceBundle(language, 'app', (await texts[language]()).default);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  document.documentElement.dir = directionOf(language);
  remember('chapar.language', language);
}

/** @returns after the texts of the first language are there */
export async function startI18n(): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: document.documentElement.lang,
    defaultNS: 'app',
    ns: ['app'],
    resources: {},
    returnNull: false,
    interpolation: { escapeValue: false },
  });
  await setLanguage(document.documentElement.lang === 'fa' ? 'fa' : 'en');
}

export function remember(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // A browser that stores nothing still works; it forgets.
  }
}

export function recall(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
