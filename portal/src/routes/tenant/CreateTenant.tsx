import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import { CreateTenantDocument } from '../../gql/tenant.generated';
import { Copyable } from '../../ui/Copyable';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { instant } from '../../ui/instant';
import { ProblemNotice } from '../../ui/ProblemNotice';

/** What is asked for, by the field that the plane names in a refusal. */
const fields = [
  { field: 'name', text: 'name', required: true },
  { field: 'title', text: 'label', required: false },
  { field: 'zone', text: 'zone', required: true },
  { field: 'currency', text: 'currency', required: true },
  { field: 'administrator.name', text: 'administrator', required: true },
  { field: 'administrator.title', text: 'administratorLabel', required: false },
] as const;

type FieldName = (typeof fields)[number]['field'];

const blank: Record<FieldName, string> = {
  name: '',
  title: '',
  zone: 'Asia/Shanghai',
  currency: 'CNY',
  'administrator.name': '',
  'administrator.title': '',
};

/** Makes a tenant, and shows once how its first administrator gets in. */
export function CreateTenant({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const [given, setGiven] = useState(blank);
  const [{ data, error, fetching }, create] = useKeyed(CreateTenantDocument);
  const wrong = (field: FieldName) =>
    error && problemOf(error).fields.find((one) => one.field === field)?.message;
  const send = async () => {
    const administrator = given['administrator.name'];
    await create({
      input: {
        name: given.name,
        title: given.title || given.name,
        zone: given.zone,
        currency: given.currency,
        administrator: {
          name: administrator,
          title: given['administrator.title'] || administrator,
        },
      },
    });
  };
  if (data) {
    const { code, codeExpiresAt, tenant } = data.createTenant;
    return (
      <Dialog wide title={t('tenant.created', { name: tenant.name })} close={close}>
        <p>{t('tenant.once', { at: codeExpiresAt ? instant(codeExpiresAt) : '' })}</p>
        <Copyable
          label={t('tenant.link')}
          text={`${location.origin}/sign-in#${code ?? ''}`}
          testid="tenant-link"
        />
      </Dialog>
    );
  }
  return (
    <Dialog
      title={t('tenant.create')}
      close={close}
      confirm={{
        label: t('tenant.create'),
        testid: 'confirm-tenant',
        busy: fetching,
        disabled: fields.some(({ field, required }) => required && given[field] === ''),
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      {fields.map(({ field, text, required }) => (
        <Field key={field} label={t(`tenant.${text}`)} error={wrong(field)} required={required}>
          <Input
            data-testid={`tenant-${text}`}
            autoComplete="off"
            spellCheck={false}
            value={given[field]}
            onChange={(event) => {
              setGiven({ ...given, [field]: event.target.value });
            }}
          />
        </Field>
      ))}
    </Dialog>
  );
}
