import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';

import { useKeyed } from '../../gql/useKeyed';
import { DeleteInstanceDocument } from '../../gql/instance.generated';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';
import type { Instance } from './InstancePage';

/** Deletes after the name was typed; the plane compares it once more. */
export function Deletion({ instance, close }: { instance: Instance; close: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [{ error, fetching }, remove] = useKeyed(DeleteInstanceDocument);
  const { name } = instance;
  const confirm = async () => {
    const { data } = await remove({
      input: { instance: instance.id, name: typed },
    });
    if (data) await navigate(`/operations/${data.deleteInstance.operation.id}`);
  };
  return (
    <Dialog
      title={t('lifecycle.deleteTitle', { name })}
      close={close}
      confirm={{
        label: t('lifecycle.deleteButton'),
        testid: 'confirm-delete',
        danger: true,
        busy: fetching,
        disabled: typed !== name,
        act: () => void confirm(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <p>{t('lifecycle.deleteHelp')}</p>
      <Field label={t('lifecycle.deleteType', { name })}>
        <Input
          data-testid="delete-name"
          autoComplete="off"
          spellCheck={false}
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
          }}
        />
      </Field>
    </Dialog>
  );
}
