import { useTranslation } from 'react-i18next';

import { Copyable } from '../../ui/Copyable';
import { Dialog } from '../../ui/Dialog';

/** A secret that is shown this once. */
export function Secret({
  title,
  secret,
  close,
}: {
  title: string;
  secret: string;
  close: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Dialog wide title={title} close={close}>
      <p>{t('token.once')}</p>
      <Copyable label={t('token.secret')} text={secret} testid="token-secret" />
    </Dialog>
  );
}
