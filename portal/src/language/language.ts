// Which language the portal speaks, and remembering it. The texts of a language are loaded when
// it is first needed.

import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';

export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

/** Each language by its own name, since who reads it may not know the other. */
export const languageNames: Record<Language, string> = { en: 'English', zh: '中文' };

const KEY = 'cellplane.language';

const texts: Record<Language, () => Promise<{ default: object }>> = {
  en: () => import('./en.json'),
  zh: () => import('./zh.json'),
};

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    // Storage may be forbidden; the browser's language is then good enough.
    return null;
  }
}

function wanted(): Language {
  const choice = remembered() ?? navigator.language;
  return choice.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

export function currentLanguage(): Language {
  return i18next.language === 'zh' ? 'zh' : 'en';
}

async function load(language: Language): Promise<void> {
  if (i18next.hasResourceBundle(language, 'portal')) return;
  const loaded = await texts[language]();
  i18next.addResourceBundle(language, 'portal', loaded.default);
}

/** Switches the whole portal and remembers it in this browser. */
export async function chooseLanguage(language: Language): Promise<void> {
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  try {
    localStorage.setItem(KEY, language);
  } catch {
    return;
  }
}

export async function startLanguage(): Promise<void> {
  const language = wanted();
  await i18next.use(initReactI18next).init({
    lng: language,
    defaultNS: 'portal',
    ns: ['portal'],
    resources: {},
    fallbackLng: false,
    // React escapes; twice would show &amp; in names.
    interpolation: { escapeValue: false },
  });
  await load(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
}
