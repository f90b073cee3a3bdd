import { Checkbox, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import {
  ChangeRoleDocument,
  CreateRoleDocument,
  type RolesQuery,
} from '../../gql/access.generated';
import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import type { Action } from '../../gql/schema.generated';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useRoleTitle } from '../member/useRoleTitle';

export type Role = RolesQuery['roles'][number];

/** Every action that a tenant's role can be made of. */
const ACTIONS: Action[] = [
  'VIEW',
  'ORDER',
  'CHANGE',
  'OPERATE',
  'DELETE',
  'REVEAL',
  'READ_BILL',
  'READ_AUDIT',
  'MANAGE_TREE',
  'MANAGE_ACCESS',
  'MANAGE_SIGN_IN',
  'MANAGE_LIMITS',
  'MANAGE_APPROVALS',
  'APPROVE',
];

const EVERYTHING = '*';

/** Makes a role, or changes one that the tenant made. */
export function RoleDialog({
  role,
  roles,
  close,
  done,
}: {
  role?: Role | undefined;
  /** All roles: what it can be made of. */
  roles: readonly Role[];
  close: () => void;
  done: () => void;
}) {
  const { t } = useTranslation();
  const roleTitle = useRoleTitle();
  const [name, setName] = useState(role?.name ?? '');
  const [title, setTitle] = useState(role?.title ?? '');
  const [parts, setParts] = useState<readonly string[]>(role?.parts ?? ['view']);
  const [created, create] = useKeyed(CreateRoleDocument);
  const [changed, change] = useKeyed(ChangeRoleDocument);
  const { error, fetching } = role ? changed : created;
  const wrong = (field: string) =>
    error && problemOf(error).fields.find((one) => one.field === field)?.message;
  const others = roles.filter((one) => one.id !== role?.id && one.id !== 'operator');
  const send = async () => {
    const input = { name, title: title || name, parts: [...parts] };
    const answer = role
      ? await change({ input: { role: role.id, ...input } })
      : await create({ input });
    if (!answer.error) done();
  };
  const part = (value: string, label: string) => (
    <Checkbox
      key={value}
      checked={parts.includes(value)}
      data-testid={`part-${value}`}
      onChange={({ target }) => {
        setParts((past) =>
          target.checked ? [...past, value] : past.filter((one) => one !== value),
        );
      }}
    >
      {label}
    </Checkbox>
  );
  return (
    <Dialog
      wide
      title={role ? t('ownRole.changeTitle', { name: role.title }) : t('ownRole.create')}
      close={close}
      confirm={{
        label: t(role ? 'ownRole.change' : 'ownRole.create'),
        testid: 'confirm-role',
        busy: fetching,
        disabled: name === '' || parts.length === 0,
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <div className="fields">
        <Field label={t('member.name')} help={t('ownRole.nameHelp')} error={wrong('name')} required>
          <Input
            data-testid="role-name"
            autoComplete="off"
            spellCheck={false}
            value={name}
            onChange={(event) => {
              setName(event.target.value);
            }}
          />
        </Field>
        <Field label={t('member.shown')} help={t('member.shownHelp')} error={wrong('title')}>
          <Input
            data-testid="role-title"
            autoComplete="off"
            value={title}
            onChange={(event) => {
              setTitle(event.target.value);
            }}
          />
        </Field>
      </div>
      <fieldset className="choices" data-testid="role-actions">
        <legend>{t('ownRole.actions')}</legend>
        <div className="checks">
          {ACTIONS.map((action) => part(action.toLowerCase(), t(`right.${action}`)))}
          {part(EVERYTHING, t('ownRole.everything'))}
        </div>
      </fieldset>
      <fieldset className="choices" data-testid="role-parts">
        <legend>{t('ownRole.contains')}</legend>
        <div className="checks">{others.map((one) => part(one.id, roleTitle(one)))}</div>
      </fieldset>
      {role && <p className="muted">{t('ownRole.changeHelp')}</p>}
    </Dialog>
  );
}
