import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useKeyed } from '../../gql/useKeyed';
import {
  CreateOrganizationDocument,
  CreateProjectDocument,
  DeleteOrganizationDocument,
  DeleteProjectDocument,
  RenameOrganizationDocument,
  RenameProjectDocument,
} from '../../gql/organization.generated';
import { problemOf } from '../../gql/problem';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';
import type { Row } from './branch';

export type Work = 'create' | 'createProject' | 'rename' | 'delete';

interface ChangeProps {
  /** What is changed, or what something is made in. */
  of: Row;
  work: Work;
  /** Whether its name may be changed, which is a matter of what is above it. */
  mayName: boolean;
  close: () => void;
  done: () => void;
}

/** What the mutation of each work is called with. */
function useWork(of: Row, work: Work) {
  const [created, create] = useKeyed(CreateOrganizationDocument);
  const [made, make] = useKeyed(CreateProjectDocument);
  const [renamed, rename] = useKeyed(RenameOrganizationDocument);
  const [called, call] = useKeyed(RenameProjectDocument);
  const [removed, remove] = useKeyed(DeleteOrganizationDocument);
  const [dropped, drop] = useKeyed(DeleteProjectDocument);
  const isProject = of.kind === 'project';
  const states = {
    create: created,
    createProject: made,
    rename: isProject ? called : renamed,
    delete: isProject ? dropped : removed,
  };
  const act = async (name: string, title: string) => {
    // Its own name is no other name, and needs no right above it.
    const other = { name: name === of.name ? null : name, title };
    const { error } = await {
      create: () => create({ input: { parent: of.id, name, title } }),
      createProject: () => make({ input: { organization: of.id, name, title } }),
      rename: () =>
        isProject
          ? call({ input: { project: of.id, ...other } })
          : rename({ input: { organization: of.id, ...other } }),
      delete: () =>
        isProject
          ? drop({ input: { project: of.id } })
          : remove({ input: { organization: of.id } }),
    }[work]();
    return error;
  };
  return { state: states[work], act };
}

/** Makes an organization or project, or renames or deletes one. */
export function Change({ of, work, mayName, close, done }: ChangeProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(work === 'rename' ? of.name : '');
  const [title, setTitle] = useState(work === 'rename' ? of.title : '');
  const { state, act } = useWork(of, work);
  const wrong = (field: string) =>
    state.error && problemOf(state.error).fields.find((one) => one.field === field)?.message;
  const send = async () => {
    const error = await act(name, title || name);
    if (!error) done();
  };
  return (
    <Dialog
      title={t(`organization.${work}Title`, { name: of.title })}
      close={close}
      confirm={{
        label: t(`organization.${work}`),
        testid: 'organization-confirm',
        danger: work === 'delete',
        busy: state.fetching,
        disabled: work !== 'delete' && name === '',
        act: () => void send(),
      }}
    >
      {state.error && <ProblemNotice error={state.error} />}
      {work === 'delete' ? (
        <p>
          {t(of.kind === 'project' ? 'organization.deleteProjectHelp' : 'organization.deleteHelp')}
        </p>
      ) : (
        <>
          <Field
            label={t('organization.name')}
            help={t(
              mayName || work !== 'rename' ? 'organization.nameHelp' : 'organization.nameFixed',
            )}
            error={wrong('name')}
            required
          >
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
          <Field
            label={t('organization.shown')}
            help={t('member.shownHelp')}
            error={wrong('title')}
          >
            <Input
              data-testid="organization-title"
              autoComplete="off"
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
