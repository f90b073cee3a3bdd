import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';

import { useKeyed } from '../../gql/useKeyed';
import {
  DeleteServiceAccountDocument,
  ServiceAccountsDocument,
  type ServiceAccountsQuery,
} from '../../gql/service-account.generated';
import { Answer } from '../../ui/Answer';
import { Dialog } from '../../ui/Dialog';
import { instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { ServiceAccountDialog } from './ServiceAccountDialog';

const PAGE = 50;

type Account = ServiceAccountsQuery['serviceAccounts']['nodes'][number];

function Removal({ account, close }: { account: Account; close: () => void }) {
  const { t } = useTranslation();
  const [{ error, fetching }, remove] = useKeyed(DeleteServiceAccountDocument);
  const { id, name } = account;
  const send = async () => {
    const { data } = await remove({ input: { serviceAccount: id } });
    if (data) close();
  };
  return (
    <Dialog
      title={t('serviceAccount.deleteTitle', { name })}
      close={close}
      confirm={{
        label: t('serviceAccount.delete'),
        testid: 'confirm-delete',
        danger: true,
        busy: fetching,
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <p>{t('serviceAccount.deleteHelp')}</p>
    </Dialog>
  );
}

/** Programs whose access the viewer manages. */
export default function ServiceAccountsPage() {
  const { t } = useTranslation();
  const pages = usePages();
  const [open, setOpen] = useState<'create' | Account>();
  const [result, ask] = useQuery({
    query: ServiceAccountsDocument,
    variables: { first: PAGE, after: pages.after },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const close = () => {
    setOpen(undefined);
    refresh();
  };
  return (
    <Page
      title={t('serviceAccount.title')}
      extra={
        <Button
          type="primary"
          data-testid="create-service-account"
          onClick={() => {
            setOpen('create');
          }}
        >
          {t('serviceAccount.create')}
        </Button>
      }
    >
      <p className="muted">{t('serviceAccount.help')}</p>
      <Answer result={result} retry={refresh}>
        {({ serviceAccounts }) =>
          serviceAccounts.nodes.length === 0 ? (
            <Nothing title={t('serviceAccount.empty')} />
          ) : (
            <>
              <Listing
                label={t('serviceAccount.title')}
                rows={serviceAccounts.nodes}
                rowKey={(account) => account.id}
                testid="service-accounts"
                columns={[
                  {
                    key: 'name',
                    title: t('serviceAccount.name'),
                    render: (account) => (
                      <Link
                        to={`/service-accounts/${account.id}/tokens?name=${encodeURIComponent(account.name)}`}
                      >
                        {account.name}
                      </Link>
                    ),
                  },
                  {
                    key: 'title',
                    title: t('serviceAccount.label'),
                    render: (account) => account.title,
                  },
                  {
                    key: 'organization',
                    title: t('serviceAccount.organization'),
                    render: (account) => account.organization.title,
                  },
                  {
                    key: 'made',
                    title: t('serviceAccount.made'),
                    render: (account) => `${instant(account.createdAt)} · ${account.createdBy}`,
                  },
                  {
                    key: 'do',
                    title: t('serviceAccount.do'),
                    render: (account) => (
                      <Button
                        size="small"
                        danger
                        onClick={() => {
                          setOpen(account);
                        }}
                      >
                        {t('serviceAccount.delete')}
                      </Button>
                    ),
                  },
                ]}
              />
              <Pager pages={pages} pageInfo={serviceAccounts.pageInfo} />
            </>
          )
        }
      </Answer>
      {open === 'create' && <ServiceAccountDialog close={close} />}
      {open && open !== 'create' && <Removal account={open} close={close} />}
    </Page>
  );
}
