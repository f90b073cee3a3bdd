import { Alert, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CombinedError } from 'urql';

import { useKeyed } from '../../gql/useKeyed';
import {
  CloseTenantDocument,
  RenameTenantDocument,
  ResumeTenantDocument,
  SuspendTenantDocument,
} from '../../gql/tenant.generated';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useWord } from '../../ui/text';
import type { Tenant } from './TenantsPage';

export type Work = 'rename' | 'suspend' | 'resume' | 'close';

interface Blocker {
  kind: string;
  id: string;
}

/** What the plane says is still in a tenant that is to be closed. */
function leftIn(error: CombinedError): { blockers: Blocker[]; more: number } | undefined {
  const told = error.graphQLErrors[0]?.extensions;
  if (told?.why !== 'not_empty') return undefined;
  return { blockers: told.blockers as Blocker[], more: Number(told.more) };
}

/** Why it was refused; what is left in the tenant one below the other. */
function Refused({ error }: { error: CombinedError }) {
  const { t } = useTranslation();
  const word = useWord();
  const left = leftIn(error);
  if (!left) return <ProblemNotice error={error} />;
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      className="notice"
      data-testid="blockers"
      title={t('tenant.notEmpty')}
      description={
        <ul>
          {left.blockers.map(({ kind, id }) => (
            <li key={id}>
              {word('tenant.blockerOf', kind)} <code>{id}</code>
            </li>
          ))}
          {left.more > 0 && <li>{t('tenant.more', { count: left.more })}</li>}
        </ul>
      }
    />
  );
}

/** Renames, suspends, resumes or closes a tenant; for good only after its name was typed. */
export function Turn({ tenant, work, close }: { tenant: Tenant; work: Work; close: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const [name, setName] = useState(work === 'rename' ? tenant.name : '');
  const [title, setTitle] = useState(tenant.title);
  const [renamed, rename] = useKeyed(RenameTenantDocument);
  const [suspended, suspend] = useKeyed(SuspendTenantDocument);
  const [resumed, resume] = useKeyed(ResumeTenantDocument);
  const [closed, end] = useKeyed(CloseTenantDocument);
  const state = { rename: renamed, suspend: suspended, resume: resumed, close: closed }[work];
  const of = { tenant: tenant.id };
  const act = async () => {
    const { error } = await {
      rename: () => rename({ input: { ...of, name, title } }),
      suspend: () => suspend({ input: { ...of, reason } }),
      resume: () => resume({ input: of }),
      close: () => end({ input: { ...of, name, reason } }),
    }[work]();
    if (!error) close();
  };
  const withReason = work === 'suspend' || work === 'close';
  const isReady = {
    rename: name !== '' && title !== '',
    suspend: reason.trim() !== '' && name === tenant.name,
    resume: true,
    close: reason.trim() !== '' && name === tenant.name,
  }[work];
  return (
    <Dialog
      title={t(`tenant.${work}Title`, { name: tenant.name })}
      close={close}
      confirm={{
        label: t(`tenant.${work}`),
        testid: 'confirm-turn',
        danger: withReason,
        busy: state.fetching,
        disabled: !isReady,
        act: () => void act(),
      }}
    >
      {state.error && <Refused error={state.error} />}
      <p>{t(`tenant.${work}Help`)}</p>
      {withReason && (
        <Field label={t('tenant.reason')} help={t('tenant.reasonHelp')} required>
          <Input
            data-testid="tenant-reason"
            maxLength={500}
            value={reason}
            onChange={(event) => {
              setReason(event.target.value);
            }}
          />
        </Field>
      )}
      {work !== 'resume' && (
        <Field
          label={withReason ? t('tenant.type', { name: tenant.name }) : t('tenant.name')}
          required
        >
          <Input
            data-testid="tenant-typed"
            autoComplete="off"
            spellCheck={false}
            value={name}
            onChange={(event) => {
              setName(event.target.value);
            }}
          />
        </Field>
      )}
      {work === 'rename' && (
        <Field label={t('tenant.label')} required>
          <Input
            data-testid="tenant-label"
            value={title}
            onChange={(event) => {
              setTitle(event.target.value);
            }}
          />
        </Field>
      )}
    </Dialog>
  );
}
