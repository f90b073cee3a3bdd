import { Checkbox, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import {
  ChangeIdentityProviderDocument,
  CreateIdentityProviderDocument,
} from '../../gql/identity-provider.generated';
import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { draftOf, settingsOf, wrongLine, type Draft, type Provider } from './settings';

type TextOf = { [Key in keyof Draft]: Draft[Key] extends string ? Key : never }[keyof Draft];
type FlagOf = Exclude<keyof Draft, TextOf>;

const FLAGS: FlagOf[] = ['createsPeople', 'linksByName', 'assumesS256'];

/** Makes a provider that people sign in through, or changes one. */
export function ProviderDialog({
  provider,
  close,
  done,
}: {
  provider?: Provider | undefined;
  close: () => void;
  done: () => void;
}) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => draftOf(provider));
  const [created, create] = useKeyed(CreateIdentityProviderDocument);
  const [changed, change] = useKeyed(ChangeIdentityProviderDocument);
  const { error, fetching } = provider ? changed : created;
  const set = (part: Partial<Draft>) => {
    setDraft((past) => ({ ...past, ...part }));
  };
  const wrong = (field: string) =>
    error &&
    problemOf(error).fields.find((one) => one.field === field || one.field === `settings.${field}`)
      ?.message;
  const lost = wrongLine(draft.mapping);
  const send = async () => {
    const settings = settingsOf(draft, provider);
    const answer = provider
      ? await change({ input: { provider: provider.id, settings } })
      : await create({
          input: { name: draft.name, issuer: draft.issuer.trim(), settings },
        });
    if (!answer.error) done();
  };
  const text = (field: TextOf, required = false, placeholder = '') => (
    <Field
      label={t(`provider.${field}`)}
      help={t(`provider.${field}Help`)}
      error={wrong(field)}
      required={required}
    >
      <Input
        data-testid={`provider-${field}`}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={draft[field]}
        onChange={(event) => {
          set({ [field]: event.target.value });
        }}
      />
    </Field>
  );
  return (
    <Dialog
      wide
      title={provider ? t('provider.changeTitle', { name: provider.title }) : t('provider.create')}
      close={close}
      confirm={{
        label: t(provider ? 'provider.change' : 'provider.create'),
        testid: 'confirm-provider',
        busy: fetching,
        disabled:
          draft.name === '' || draft.issuer === '' || draft.clientId === '' || lost !== undefined,
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <div className="fields">
        {!provider && text('name', true)}
        {!provider && text('issuer', true, 'https://id.example/realms/acme')}
        {text('title')}
        {text('clientId', true)}
        <Field
          label={t('provider.clientSecret')}
          help={t(provider?.hasClientSecret ? 'provider.secretKept' : 'provider.clientSecretHelp')}
          error={wrong('clientSecret')}
        >
          <Input.Password
            data-testid="provider-clientSecret"
            autoComplete="new-password"
            value={draft.clientSecret}
            onChange={(event) => {
              set({ clientSecret: event.target.value });
            }}
          />
        </Field>
        {text('scopes', false, 'profile email')}
        {text('nameClaim', false, 'preferred_username')}
        {text('groupsClaim', false, 'groups')}
      </div>
      <Field
        label={t('provider.mapping')}
        help={t('provider.mappingHelp')}
        error={
          lost === undefined ? wrong('groupMapping') : t('provider.mappingWrong', { line: lost })
        }
      >
        <Input.TextArea
          data-testid="provider-mapping"
          rows={3}
          spellCheck={false}
          placeholder="/ops = operators"
          value={draft.mapping}
          onChange={(event) => {
            set({ mapping: event.target.value });
          }}
        />
      </Field>
      <div className="checks one-column">
        {FLAGS.map((flag) => (
          <Checkbox
            key={flag}
            checked={draft[flag]}
            data-testid={`provider-${flag}`}
            onChange={({ target }) => {
              set({ [flag]: target.checked });
            }}
          >
            {t(`provider.${flag}`)}
            <span className="field-help check-help">{t(`provider.${flag}Help`)}</span>
          </Checkbox>
        ))}
      </div>
    </Dialog>
  );
}
