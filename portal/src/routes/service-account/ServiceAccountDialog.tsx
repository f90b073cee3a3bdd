import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import { CreateServiceAccountDocument } from '../../gql/service-account.generated';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import type { Choice } from '../../ui/Picker';
import { PlacePicker } from '../../ui/PlacePicker';
import { ProblemNotice } from '../../ui/ProblemNotice';

/** Makes a service account in an organization whose access the viewer manages. */
export function ServiceAccountDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const [organization, setOrganization] = useState<Choice>();
  const [name, setName] = useState('');
  const [label, setLabel] = useState('');
  const [{ error, fetching }, create] = useKeyed(CreateServiceAccountDocument);
  const wrong = (field: string) =>
    error && problemOf(error).fields.find((one) => one.field === field)?.message;
  const send = async () => {
    const input = {
      organization: organization?.id ?? '',
      name,
      title: label || name,
    };
    const made = await create({ input });
    if (made.data) close();
  };
  return (
    <Dialog
      title={t('serviceAccount.create')}
      close={close}
      confirm={{
        label: t('serviceAccount.create'),
        testid: 'confirm-service-account',
        busy: fetching,
        disabled: name === '' || !organization,
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <Field label={t('serviceAccount.name')} error={wrong('name')} required>
        <Input
          data-testid="service-account-name"
          autoComplete="off"
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
      </Field>
      <Field label={t('serviceAccount.label')} error={wrong('title')}>
        <Input
          value={label}
          onChange={(event) => {
            setLabel(event.target.value);
          }}
        />
      </Field>
      <PlacePicker
        label={t('serviceAccount.organization')}
        testid="service-account-organization"
        action="MANAGE_ACCESS"
        kinds={['organization']}
        value={organization}
        change={setOrganization}
      />
    </Dialog>
  );
}
