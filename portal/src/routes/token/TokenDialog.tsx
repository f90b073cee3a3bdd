import { Checkbox, Input, InputNumber } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import type { Action } from '../../gql/schema.generated';
import { CreateTokenDocument } from '../../gql/token.generated';
import { Choices } from '../../ui/Choices';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import type { Choice } from '../../ui/Picker';
import { PlacePicker } from '../../ui/PlacePicker';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Secret } from './Secret';

const DAY_MS = 86_400_000;
/** What programs are for; the rest is for people. */
const OFFERED: Action[] = [
  'ORDER',
  'CHANGE',
  'OPERATE',
  'DELETE',
  'REVEAL',
  'READ_BILL',
  'READ_AUDIT',
  'MANAGE_TREE',
  'MANAGE_LIMITS',
  'APPROVE',
];

/** Makes a token of the viewer or of a service account, and shows its secret once. */
export function TokenDialog({
  serviceAccount,
  close,
}: {
  serviceAccount?: string | undefined;
  close: () => void;
}) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [days, setDays] = useState(30);
  // What is sent again is to be the same.
  const [opened] = useState(Date.now);
  const [reach, setReach] = useState('all');
  const [actions, setActions] = useState<Action[]>([]);
  const [isWithin, setIsWithin] = useState(false);
  const [within, setWithin] = useState<Choice>();
  const [addresses, setAddresses] = useState('');
  const [{ data, error, fetching }, create] = useKeyed(CreateTokenDocument);
  const wrong = (field: string) =>
    error && problemOf(error).fields.find((one) => one.field === field)?.message;
  const made = data?.createToken;

  if (made?.secret) return <Secret title={t('token.create')} secret={made.secret} close={close} />;
  const send = async () => {
    const ranges = addresses.split(/[\s,]+/).filter(Boolean);
    await create({
      input: {
        serviceAccount: serviceAccount ?? null,
        name,
        expiresAt: new Date(opened + days * DAY_MS).toISOString(),
        addresses: ranges,
        actions: reach === 'all' ? null : actions,
        within: isWithin ? (within?.id ?? null) : null,
      },
    });
  };
  return (
    <Dialog
      wide
      title={t('token.create')}
      close={close}
      confirm={{
        label: t('token.create'),
        testid: 'confirm-token',
        busy: fetching,
        disabled:
          name === '' || (reach === 'some' && actions.length === 0) || (isWithin && !within),
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <Field label={t('token.name')} help={t('token.nameHelp')} error={wrong('name')} required>
        <Input
          data-testid="token-name"
          autoComplete="off"
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
      </Field>
      <Field label={t('token.days')} error={wrong('expiresAt')}>
        <InputNumber
          data-testid="token-days"
          min={1}
          max={366}
          value={days}
          onChange={(value) => {
            setDays(value ?? 30);
          }}
        />
      </Field>
      <Choices
        label={t('token.actions')}
        name="token-reach"
        value={reach}
        options={[
          { value: 'all', title: t('token.allActions') },
          { value: 'some', title: t('token.someActions') },
        ]}
        error={wrong('actions')}
        change={setReach}
      />
      {reach === 'some' && (
        <div data-testid="token-actions">
          {OFFERED.map((action) => (
            <div key={action}>
              <Checkbox
                checked={actions.includes(action)}
                onChange={({ target }) => {
                  setActions((past) =>
                    target.checked ? [...past, action] : past.filter((one) => one !== action),
                  );
                }}
              >
                {t(`right.${action}`)}
              </Checkbox>
            </div>
          ))}
        </div>
      )}
      <Choices
        label={t('token.within')}
        name="token-within"
        value={isWithin ? 'some' : 'all'}
        options={[
          { value: 'all', title: t('token.everywhere') },
          { value: 'some', title: t('token.somewhere') },
        ]}
        change={(value) => {
          setIsWithin(value === 'some');
        }}
      />
      {isWithin && (
        <PlacePicker
          label={t('token.place')}
          testid="token-place"
          action="VIEW"
          kinds={['organization', 'project']}
          value={within}
          change={setWithin}
        />
      )}
      <Field
        label={t('token.addresses')}
        help={t('token.addressesHelp')}
        error={wrong('addresses')}
      >
        <Input.TextArea
          data-testid="token-addresses"
          rows={2}
          value={addresses}
          onChange={(event) => {
            setAddresses(event.target.value);
          }}
        />
      </Field>
    </Dialog>
  );
}
