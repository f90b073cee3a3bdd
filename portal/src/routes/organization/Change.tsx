import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMutation } from 'urql';

import { newKey } from '../../gql/key';
import {
  CreateOrganizationDocument,
  DeleteOrganizationDocument,
  RenameOrganizationDocument,
} from '../../gql/organization.generated';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';

export interface Named {
  id: string;
  name: string;
  title: string;
}

export type Work = 'create' | 'rename' | 'delete';

interface ChangeProps {
  /** The organization that is changed, or that something is made below. */
  of: Named;
  work: Work;
  /** Whether its name may be changed, which is a matter of what is above it. */
  mayName: boolean;
  close: () => void;
  done: () => void;
}

/** Makes an organization below another, or renames or deletes it. */
export function Change({ of, work, mayName, close, done }: ChangeProps) {
  const { t } = useTranslation();
  const [key] = useState(newKey);
  const [name, setName] = useState(work === 'rename' ? of.name : '');
  const [title, setTitle] = useState(work === 'rename' ? of.title : '');
  const [created, create] = useMutation(CreateOrganizationDocument);
  const [renamed, rename] = useMutation(RenameOrganizationDocument);
  const [removed, remove] = useMutation(DeleteOrganizationDocument);
  const state = { create: created, rename: renamed, delete: removed }[work];
  const act = async () => {
    const { error } = await {
      create: () => create({ input: { parent: of.id, name, title, idempotencyKey: key } }),
      rename: () =>
        rename({
          input: {
            organization: of.id,
            // Its own name is no other name, and needs no right above it.
            name: name === of.name ? null : name,
            title,
            idempotencyKey: key,
          },
        }),
      delete: () => remove({ input: { organization: of.id, idempotencyKey: key } }),
    }[work]();
    if (!error) done();
  };
  return (
    <Dialog
      title={t(`organization.${work}Title`, { name: of.name })}
      close={close}
      confirm={{
        label: t(`organization.${work}`),
        testid: 'organization-confirm',
        danger: work === 'delete',
        busy: state.fetching,
        disabled: work !== 'delete' && (name === '' || title === ''),
        act: () => void act(),
      }}
    >
      {state.error && <ProblemNotice error={state.error} />}
      {work === 'delete' ? (
        <p>{t('organization.deleteHelp')}</p>
      ) : (
        <>
          <Field label={t('organization.name')} help={t('organization.nameHelp')} required>
            <Input
              data-testid="organization-name"
              autoComplete="off"
              disabled={work === 'rename' && !mayName}
              spellCheck={false}
              value={name}
              onChange={(event) => {
                setName(event.target.value);
              }}
            />
          </Field>
          <Field label={t('organization.shown')} required>
            <Input
              data-testid="organization-title"
              value={title}
              onChange={(event) => {
                setTitle(event.target.value);
              }}
            />
          </Field>
        </>
      )}
    </Dialog>
  );
}
