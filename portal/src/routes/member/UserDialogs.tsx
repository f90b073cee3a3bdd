import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { TypedDocumentNode } from 'urql';

import { CreateUserDocument, CreateUserSignInCodeDocument } from '../../gql/access.generated';
import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import { Copyable } from '../../ui/Copyable';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { zonedInstant } from '../../ui/instant';
import { ProblemNotice } from '../../ui/ProblemNotice';

/** Makes a one-time link for somebody and shows it this once. */
export function CodeDialog({
  user,
  name,
  close,
}: {
  user: string;
  name: string;
  close: () => void;
}) {
  const { t } = useTranslation();
  const [{ data, error, fetching }, make] = useKeyed(CreateUserSignInCodeDocument);
  const made = data?.createUserSignInCode;
  if (made) {
    const link = `${location.origin}/sign-in#${made.code}`;
    return (
      <Dialog wide title={t('member.codeTitle', { name })} close={close}>
        <p>{t('member.codeOnce', { name, at: zonedInstant(made.expiresAt) })}</p>
        <Copyable label={t('member.code')} text={link} testid="user-code" />
      </Dialog>
    );
  }
  return (
    <Dialog
      title={t('member.codeTitle', { name })}
      close={close}
      confirm={{
        label: t('member.makeCode'),
        testid: 'confirm-code',
        busy: fetching,
        act: () => void make({ input: { user } }),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <p>{t('member.codeHelp', { name })}</p>
    </Dialog>
  );
}

interface Made {
  id: string;
  name: string;
}

interface Naming {
  name: string;
  title: string;
  idempotencyKey: string;
}

/** Asks for a name and a title and makes what has them. */
export function NamingDialog<Result>({
  title,
  label,
  testid,
  nameHelp,
  document,
  close,
  done,
}: {
  title: string;
  label: string;
  testid: string;
  nameHelp: string;
  document: TypedDocumentNode<Result, { input: Naming }>;
  close: () => void;
  done: (result: Result) => void;
}) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [shown, setShown] = useState('');
  const [{ error, fetching }, make] = useKeyed<Result, Naming>(document);
  const wrong = (field: string) =>
    error && problemOf(error).fields.find((one) => one.field === field)?.message;
  const send = async () => {
    const { data } = await make({ input: { name, title: shown || name } });
    if (data) done(data);
  };
  return (
    <Dialog
      title={title}
      close={close}
      confirm={{
        label,
        testid: `confirm-${testid}`,
        busy: fetching,
        disabled: name === '',
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <Field label={t('member.name')} help={nameHelp} error={wrong('name')} required>
        <Input
          data-testid={`${testid}-name`}
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
          data-testid={`${testid}-title`}
          autoComplete="off"
          value={shown}
          onChange={(event) => {
            setShown(event.target.value);
          }}
        />
      </Field>
    </Dialog>
  );
}

/** Makes a person, and then a link with which they sign in. */
export function UserDialog({ close, done }: { close: () => void; done: () => void }) {
  const { t } = useTranslation();
  const [made, setMade] = useState<Made>();
  if (made) return <CodeDialog user={made.id} name={made.name} close={close} />;
  return (
    <NamingDialog
      title={t('member.create')}
      label={t('member.create')}
      testid="user"
      nameHelp={t('member.nameHelp')}
      document={CreateUserDocument}
      close={close}
      done={({ createUser }) => {
        setMade(createUser);
        done();
      }}
    />
  );
}
