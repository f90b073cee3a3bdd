import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';

import { ApplicationsDocument } from '../../gql/application.generated';
import { Answer } from '../../ui/Answer';
import { Listing } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { useRights } from '../../ui/Rights';
import { CreateApplication } from './CreateApplication';
import { RunBadge } from './RunBadge';

const PAGE = 50;

/** What works together, and how it does. */
export default function ApplicationsPage() {
  const { t } = useTranslation();
  const { canSomewhere } = useRights();
  const pages = usePages();
  const [search, setSearch] = useState('');
  const [isMaking, setMaking] = useState(false);
  const [result, ask] = useQuery({
    query: ApplicationsDocument,
    variables: { first: PAGE, after: pages.after, search: search || null },
    requestPolicy: 'cache-and-network',
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  return (
    <Page
      title={t('application.title')}
      extra={
        <>
          <Input.Search
            allowClear
            className="search"
            aria-label={t('application.search')}
            placeholder={t('application.search')}
            onSearch={(text) => {
              pages.reset();
              setSearch(text.trim());
            }}
          />
          {canSomewhere('MANAGE_TREE') && (
            <Button
              type="primary"
              data-testid="create-application"
              onClick={() => {
                setMaking(true);
              }}
            >
              {t('application.create')}
            </Button>
          )}
        </>
      }
    >
      <p className="muted">{t('application.help')}</p>
      <Answer result={result} retry={refresh}>
        {({ applications }) =>
          applications.nodes.length === 0 ? (
            <Nothing
              title={search ? t('application.noneFound', { search }) : t('application.empty')}
            />
          ) : (
            <>
              <Listing
                label={t('application.title')}
                testid="applications"
                rows={applications.nodes}
                rowKey={(row) => row.id}
                rowTestid={(row) => `application-${row.name}`}
                columns={[
                  {
                    key: 'name',
                    title: t('application.name'),
                    render: (row) => (
                      <Link to={`/applications/${row.id}`} className="name">
                        {row.name}
                      </Link>
                    ),
                  },
                  { key: 'title', title: t('application.label'), render: (row) => row.title },
                  {
                    key: 'organization',
                    title: t('application.organization'),
                    render: (row) => row.organization?.title,
                  },
                  {
                    key: 'kind',
                    title: t('application.kind'),
                    render: (row) =>
                      t(row.isExclusive ? 'application.exclusive' : 'application.shared'),
                  },
                  {
                    key: 'run',
                    title: t('application.run'),
                    render: (row) => <RunBadge run={row.run} />,
                  },
                ]}
              />
              <Pager pages={pages} pageInfo={applications.pageInfo} />
            </>
          )
        }
      </Answer>
      {isMaking && (
        <CreateApplication
          close={() => {
            setMaking(false);
          }}
          done={() => {
            setMaking(false);
            refresh();
          }}
        />
      )}
    </Page>
  );
}
