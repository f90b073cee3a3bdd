import { useTranslation } from 'react-i18next';

import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { useRights } from '../../ui/Rights';
import { Export } from './Export';
import { Import } from './Import';

/** What the tenant is made of as a document, for those who see all of it and manage its access. */
export default function StructurePage() {
  const { t } = useTranslation();
  const { canInTenant, viewer } = useRights();
  const may = canInTenant('VIEW') && canInTenant('MANAGE_ACCESS');
  return (
    <Page title={t('structure.title')}>
      {may && viewer.tenant ? (
        <>
          <p className="muted">{t('structure.help')}</p>
          <Export />
          <Import />
        </>
      ) : (
        <Nothing title={t('structure.noRight')} help={t('structure.noRightHelp')} />
      )}
    </Page>
  );
}
