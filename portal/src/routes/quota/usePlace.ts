import { useTranslation } from 'react-i18next';

/**
 * What the plane calls a place where a limit is set (`organization rnd`), in the reader's language;
 * what it calls otherwise stays as it is.
 */
export function usePlace(): (place: string) => string {
  const { t } = useTranslation();
  return (place) => {
    const [, kind, name] = /^(organization|project) (\S+)$/.exec(place) ?? [];
    if (!name) return place;
    return t(kind === 'project' ? 'quota.atProject' : 'quota.atOrganization', { name });
  };
}
