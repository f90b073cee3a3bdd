import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import { Nothing } from '../ui/Nothing';
import { Page } from '../ui/Page';

export default function NoPage() {
  const { t } = useTranslation();
  return (
    <Page title={t('problem.notFoundPage')}>
      <Nothing
        title={t('problem.notFoundPage')}
        help={t('problem.notFoundHelp')}
        action={<Link to="/">{t('problem.home')}</Link>}
      />
    </Page>
  );
}
