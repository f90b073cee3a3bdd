import { useTranslation } from 'react-i18next';

/** Says that an answer is awaited; appears only when that takes longer than a blink. */
export function Loading() {
  const { t } = useTranslation();
  return (
    <div className="loading" role="status" data-testid="loading">
      <span className="loading-ring" aria-hidden="true" />
      {t('app.loading')}
    </div>
  );
}
