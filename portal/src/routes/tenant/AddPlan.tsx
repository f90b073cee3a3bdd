import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import { AddPlanDocument } from '../../gql/tenant.generated';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';
import type { Offering } from './Offered';

/** What is asked for, by the field that the plane names in a refusal. */
const fields = [
  { field: 'name', text: 'name' },
  { field: 'title.en', text: 'titleEn' },
  { field: 'title.zh', text: 'titleZh' },
  { field: 'size.millivcpu', text: 'millivcpu' },
  { field: 'size.memoryMib', text: 'memoryMib' },
  { field: 'size.storageMib', text: 'storageMib' },
] as const;

type FieldName = (typeof fields)[number]['field'];

const blank: Record<FieldName, string> = {
  name: '',
  'title.en': '',
  'title.zh': '',
  'size.millivcpu': '',
  'size.memoryMib': '',
  'size.storageMib': '',
};

const isNumber = (field: FieldName) => field.startsWith('size.');

/** A plan of an offering, for chosen tenants until it is said otherwise. */
export function AddPlan(props: { offering: Offering; close: () => void; done: () => void }) {
  const { offering, close, done } = props;
  const { t } = useTranslation();
  const [given, setGiven] = useState(blank);
  const [{ error, fetching }, add] = useKeyed(AddPlanDocument);
  const wrong = (field: FieldName) =>
    error && problemOf(error).fields.find((one) => one.field === field)?.message;
  const lacks = (field: FieldName) =>
    isNumber(field) ? !/^[1-9][0-9]{0,8}$/.test(given[field]) : given[field].trim() === '';
  const send = async () => {
    const answer = await add({
      input: {
        offering: offering.id,
        name: given.name,
        title: { en: given['title.en'], zh: given['title.zh'] },
        size: {
          millivcpu: Number(given['size.millivcpu']),
          memoryMib: Number(given['size.memoryMib']),
          storageMib: Number(given['size.storageMib']),
        },
      },
    });
    if (answer.data) done();
  };
  return (
    <Dialog
      title={t('tenant.addPlanTitle', { name: offering.name })}
      close={close}
      confirm={{
        label: t('tenant.addPlan'),
        testid: 'confirm-plan',
        busy: fetching,
        disabled: fields.some(({ field }) => lacks(field)),
        act: () => void send(),
      }}
    >
      <p>{t('tenant.addPlanHelp')}</p>
      {error && <ProblemNotice error={error} />}
      {fields.map(({ field, text }) => (
        <Field key={field} label={t(`tenant.${text}`)} error={wrong(field)} required>
          <Input
            data-testid={`new-plan-${text}`}
            autoComplete="off"
            spellCheck={false}
            inputMode={isNumber(field) ? 'numeric' : 'text'}
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
