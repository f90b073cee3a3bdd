import { Input, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useMutation } from 'urql';

import { newKey } from '../../gql/key';
import { DeleteInstanceDocument } from '../../gql/instance.generated';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';
import type { Instance } from './InstancePage';

/** Deletes after the name was typed; the plane compares it once more. */
export function Deletion({ instance, close }: { instance: Instance; close: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  const [key] = useState(newKey);
  const [{ error, fetching }, remove] = useMutation(DeleteInstanceDocument);
  const { name } = instance;
  const confirm = async () => {
    const { data } = await remove({
      input: { instance: instance.id, name: typed, idempotencyKey: key },
    });
    if (data) await navigate(`/operations/${data.deleteInstance.operation.id}`);
  };
  return (
    <Modal
      open
      title={t('lifecycle.deleteTitle', { name })}
      okText={t('lifecycle.deleteButton')}
      cancelText={t('action.cancel')}
      okButtonProps={
        {
          danger: true,
          disabled: typed !== name,
          loading: fetching,
          'data-testid': 'confirm-delete',
        }
      }
      onOk={() => void confirm()}
      onCancel={close}
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
    </Modal>
  );
}
