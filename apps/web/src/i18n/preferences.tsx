import { createContext, useContext, useMemo, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type Language, recall, remember, setLanguage } from './index';

export type Calendar = 'auto' | 'persian' | 'gregory';
export type Digits = 'auto' | 'persian' | 'latin';

interface Preferences {
  readonly language: Language;
  readonly calendar: Calendar;
  readonly digits: Digits;
  setLanguage(language: Language): void;
  setCalendar(calendar: Calendar): void;
  setDigits(digits: Digits): void;
}

const PreferencesContext = createContext<Preferences | undefined>(undefined);

const oneOf = <T extends string>(value: string | null, known: readonly T[]): T => known.find((one) => one === value) ?? known[0]!;

/** Language, calendar and digits are three choices: an admin in Tehran may want English texts and Persian dates. */
export function PreferencesProvider({ children }: { readonly children: ReactNode }) {
  const { i18n } = useTranslation();
  const [calendar, setCalendar] = useState(() => oneOf<Calendar>(recall('chapar.calendar'), ['auto', 'persian', 'gregory']));
  const [digits, setDigits] = useState(() => oneOf<Digits>(recall('chapar.digits'), ['auto', 'persian', 'latin']));
  const language = i18n.language as Language;
  const value = useMemo<Preferences>(
    () => ({
      language,
      calendar,
      digits,
      setLanguage: (next) => void setLanguage(next),
      setCalendar: (next) => (remember('chapar.calendar', next), setCalendar(next)),
      setDigits: (next) => (remember('chapar.digits', next), setDigits(next)),
    }),
    [language, calendar, digits],
  );
  return <PreferencesContext.Provider value={value}>{children}</PreferencesContext.Provider>;
}

export function usePreferences(): Preferences {
  const preferences = useContext(PreferencesContext);
  if (!preferences) throw new TypeError('usePreferences outside of PreferencesProvider');
  return preferences;
}
