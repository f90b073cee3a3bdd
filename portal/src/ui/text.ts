// Texts that come from packages in both languages, and words that packages and cells may extend.

import { useTranslation } from 'react-i18next';

export interface Text {
  en: string;
  zh: string;
}

/** Picks a text in the portal's language. */
export function useText(): (text: Text | undefined | null) => string {
  const { i18n } = useTranslation();
  return (text) => text?.[i18n.language === 'zh' ? 'zh' : 'en'] ?? text?.en ?? '';
}

type Family =
  | 'memberRole'
  | 'meter'
  | 'meterUnit'
  | 'stepName'
  | 'offeringClass'
  | 'topologyName'
  | 'bill.gapReason'
  | 'audit.outcomeOf'
  | 'audit.contentOf'
  | 'cell.alarmOf'
  | 'cell.stateOf'
  | 'operation.waitsForOf'
  | 'connect.secret'
  | 'order.licenceUnit'
  | 'role'
  | 'quota.meterOf'
  | 'right'
  | 'session.clientOf'
  | 'tenant.stateOf'
  | 'tenant.blockerOf';

/**
 * The translation of a word from an open list (packages bring roles and meters of their own); an
 * unknown one is shown as it is.
 */
export function useWord(): (family: Family, word: string) => string {
  const { t, i18n } = useTranslation();
  return (family, word) => {
    const key = `${family}.${word}`;
    // Only open lists come through here; closed ones have checked keys.
    return i18n.exists(key) ? t(key as 'app.name') : word;
  };
}
