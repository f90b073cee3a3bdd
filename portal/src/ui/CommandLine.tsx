import { Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { useKeyed } from '../gql/useKeyed';
import { CreateSignInCodeDocument } from '../gql/viewer.generated';
import { Copyable } from './Copyable';
import { Dialog } from './Dialog';
import { ProblemNotice } from './ProblemNotice';
import { zonedInstant } from './instant';

/** Gives the command that signs the command line in as the viewer. */
export default function CommandLine({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const [{ data, error, fetching }, create] = useKeyed(CreateSignInCodeDocument);
  const made = data?.createSignInCode;

  return (
    <Dialog wide title={t('commandLine.title')} close={close}>
      {error && <ProblemNotice error={error} />}
      {made ? (
        <>
          <p>{t('commandLine.explain', { at: zonedInstant(made.expiresAt) })}</p>
          <Copyable
            label={t('commandLine.title')}
            text={`cellplane sign-in '${location.origin}/sign-in#${made.code}'`}
            testid="command-line-text"
          />
        </>
      ) : (
        <>
          <p>{t('commandLine.intro')}</p>
          <Button
            type="primary"
            loading={fetching}
            data-testid="make-code"
            onClick={() => void create({ input: {} })}
          >
            {t('commandLine.make')}
          </Button>
        </>
      )}
    </Dialog>
  );
}
