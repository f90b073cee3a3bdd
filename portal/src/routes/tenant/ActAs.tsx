import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import { ImpersonateDocument } from '../../gql/session.generated';
import { Copyable } from '../../ui/Copyable';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { instant } from '../../ui/instant';
import { ProblemNotice } from '../../ui/ProblemNotice';
import type { Tenant } from './TenantsPage';

/** The longest that the plane allows is the last. */
const MINUTES = ['5', '15', '30', '60'];

/**
 * Acts as a person of a tenant, for a reason and a while. The link is for another browser profile:
 * in this one it would take the place of the operator's own session.
 */
export function ActAs({ tenant, close }: { tenant: Tenant; close: () => void }) {
  const { t } = useTranslation();
  const [user, setUser] = useState('');
  const [reason, setReason] = useState('');
  const [minutes, setMinutes] = useState('15');
  const [{ data, error, fetching }, begin] = useKeyed(ImpersonateDocument);
  const wrong = (field: string) =>
    error && problemOf(error).fields.find((one) => one.field === field)?.message;
  const send = async () => {
    await begin({
      input: {
        tenant: tenant.id,
        user: user.trim(),
        reason,
        minutes: Number(minutes),
      },
    });
  };
  if (data) {
    const { code, session } = data.impersonate;
    return (
      <Dialog wide title={t('actAs.begun', { user: user.trim() })} close={close}>
        <p>{t('actAs.once', { at: instant(session.expiresAt) })}</p>
        <Copyable
          label={t('actAs.link')}
          text={`${location.origin}/sign-in#${code ?? ''}`}
          testid="act-as-link"
        />
      </Dialog>
    );
  }
  return (
    <Dialog
      title={t('actAs.title', { tenant: tenant.name })}
      close={close}
      confirm={{
        label: t('actAs.begin'),
        testid: 'confirm-act-as',
        busy: fetching,
        disabled: user.trim() === '' || reason.trim() === '',
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <p>{t('actAs.help')}</p>
      <Field label={t('actAs.user')} help={t('actAs.userHelp')} error={wrong('user')} required>
        <Input
          data-testid="act-as-user"
          autoComplete="off"
          spellCheck={false}
          value={user}
          onChange={(event) => {
            setUser(event.target.value);
          }}
        />
      </Field>
      <Field
        label={t('actAs.reason')}
        help={t('actAs.reasonHelp')}
        error={wrong('reason')}
        required
      >
        <Input
          data-testid="act-as-reason"
          maxLength={500}
          value={reason}
          onChange={(event) => {
            setReason(event.target.value);
          }}
        />
      </Field>
      <Field label={t('actAs.minutes')} error={wrong('minutes')}>
        <select
          className="plain-select"
          data-testid="act-as-minutes"
          value={minutes}
          onChange={(event) => {
            setMinutes(event.target.value);
          }}
        >
          {MINUTES.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </select>
      </Field>
    </Dialog>
  );
}
