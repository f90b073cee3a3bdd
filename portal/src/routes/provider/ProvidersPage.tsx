import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import {
  ChangeIdentityProviderDocument,
  DeleteIdentityProviderDocument,
  IdentityProvidersDocument,
} from '../../gql/identity-provider.generated';
import { Answer } from '../../ui/Answer';
import { Confirmation } from '../../ui/Confirmation';
import { instant } from '../../ui/instant';
import { Listing, type Column } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { ProviderDialog } from './ProviderDialog';
import type { Provider } from './settings';

type Work = 'change' | 'enable' | 'disable' | 'delete';
type Open = { kind: 'create' } | { kind: Work; provider: Provider };

/** Nothing of the settings but whether people can sign in. */
const only = (isActive: boolean) => ({
  title: null,
  clientId: null,
  clientSecret: null,
  scopes: null,
  nameClaim: null,
  groupsClaim: null,
  groupMapping: null,
  createsPeople: null,
  linksByName: null,
  assumesS256: null,
  isActive,
});

/** The OpenID providers that people of the tenant sign in through, for those who may set them. */
export default function ProvidersPage() {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Open>();
  const [result, ask] = useQuery({ query: IdentityProvidersDocument });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const close = () => {
    setOpen(undefined);
  };
  const done = () => {
    close();
    refresh();
  };
  const button = (kind: Work, provider: Provider) => (
    <Button
      size="small"
      danger={kind === 'delete' || kind === 'disable'}
      data-testid={`${kind}-provider-${provider.name}`}
      onClick={() => {
        setOpen({ kind, provider });
      }}
    >
      {t(`provider.${kind}`)}
    </Button>
  );
  const columns: Column<Provider>[] = [
    {
      key: 'title',
      title: t('provider.title'),
      render: (one) => (
        <>
          <span className="name">{one.title}</span> <span className="muted">{one.name}</span>
        </>
      ),
    },
    { key: 'issuer', title: t('provider.issuer'), render: (one) => <code>{one.issuer}</code> },
    {
      key: 'state',
      title: t('member.state'),
      render: (one) => (
        <span
          className={one.state === 'ACTIVE' ? 'badge badge-good' : 'badge badge-calm'}
          data-testid="provider-state"
          data-state={one.state}
        >
          {t(`provider.stateOf.${one.state}`)}
        </span>
      ),
    },
    { key: 'changed', title: t('provider.changed'), render: (one) => instant(one.changedAt) },
    {
      key: 'do',
      title: '',
      render: (one) => (
        <span className="row-actions">
          {button('change', one)}
          {button(one.state === 'ACTIVE' ? 'disable' : 'enable', one)}
          {button('delete', one)}
        </span>
      ),
    },
  ];
  return (
    <Page
      title={t('provider.list')}
      extra={
        <Button
          type="primary"
          data-testid="create-provider"
          onClick={() => {
            setOpen({ kind: 'create' });
          }}
        >
          {t('provider.create')}
        </Button>
      }
    >
      <p className="muted">{t('provider.help')}</p>
      <Answer result={result} retry={refresh}>
        {({ identityProviders }) =>
          identityProviders.length === 0 ? (
            <Nothing title={t('provider.empty')} help={t('provider.emptyHelp')} />
          ) : (
            <Listing
              label={t('provider.list')}
              rows={identityProviders}
              rowKey={(one) => one.id}
              rowTestid={(one) => `provider-${one.name}`}
              testid="providers"
              columns={columns}
            />
          )
        }
      </Answer>
      {open?.kind === 'create' && <ProviderDialog close={close} done={done} />}
      {open?.kind === 'change' && (
        <ProviderDialog provider={open.provider} close={close} done={done} />
      )}
      {(open?.kind === 'enable' || open?.kind === 'disable') && (
        <Confirmation
          title={t(`provider.${open.kind}Title`, { name: open.provider.title })}
          label={t(`provider.${open.kind}`)}
          testid={`confirm-${open.kind}`}
          danger={open.kind === 'disable'}
          document={ChangeIdentityProviderDocument}
          input={{ provider: open.provider.id, settings: only(open.kind === 'enable') }}
          close={close}
          done={done}
        >
          <p>{t(`provider.${open.kind}Help`)}</p>
        </Confirmation>
      )}
      {open?.kind === 'delete' && (
        <Confirmation
          title={t('provider.deleteTitle', { name: open.provider.title })}
          label={t('provider.delete')}
          testid="confirm-delete"
          document={DeleteIdentityProviderDocument}
          input={{ provider: open.provider.id }}
          close={close}
          done={done}
        >
          <p>{t('provider.deleteHelp')}</p>
        </Confirmation>
      )}
    </Page>
  );
}
