import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMutation } from 'urql';

import { newKey } from '../gql/key';
import { CreateSignInCodeDocument } from '../gql/viewer.generated';
import { Copyable } from './Copyable';
import { Dialog } from './Dialog';
import { ProblemNotice } from './ProblemNotice';
import { zonedInstant } from './instant';

/** Gives the command that signs the command line in as the viewer. */
export default function CommandLine({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const [{ data, error, fetching }, create] = useMutation(CreateSignInCodeDocument);
  const [key] = useState(newKey);
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
            onClick={() => void create({ input: { idempotencyKey: key } })}
          >
            {t('commandLine.make')}
          </Button>
        </>
      )}
    </Dialog>
  );
}
