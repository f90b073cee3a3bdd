import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { ApplicationsDocument } from '../../gql/application.generated';
import { Answer } from '../../ui/Answer';
import { Field } from '../../ui/Field';
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
  const [address, setAddress] = useSearchParams();
  const search = address.get('search') ?? '';
  const organization = address.get('organization') ?? '';
  const [isMaking, setMaking] = useState(false);
  const [result, ask] = useQuery({
    query: ApplicationsDocument,
    variables: {
      first: PAGE,
      after: pages.after,
      search: search || null,
      organization: organization || null,
    },
    requestPolicy: 'cache-and-network',
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const narrow = (part: 'search' | 'organization', text: string) => {
    pages.reset();
    const parts = { search, organization, [part]: text.trim() };
    setAddress(Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== '')));
  };
  return (
    <Page
      title={t('application.title')}
      extra={
        canSomewhere('MANAGE_TREE') && (
          <Button
            type="primary"
            data-testid="create-application"
            onClick={() => {
              setMaking(true);
            }}
          >
            {t('application.create')}
          </Button>
        )
      }
    >
      <p className="muted">{t('application.help')}</p>
      <div className="asset-question">
        <Field label={t('application.search')}>
          <Input.Search
            allowClear
            defaultValue={search}
            data-testid="search-applications"
            onSearch={(text) => {
              narrow('search', text);
            }}
          />
        </Field>
        <Field label={t('application.of')} help={t('application.ofHelp')}>
          <Input.Search
            allowClear
            defaultValue={organization}
            data-testid="applications-organization"
            onSearch={(text) => {
              narrow('organization', text);
            }}
          />
        </Field>
      </div>
      <Answer result={result} retry={refresh}>
        {({ applications }) =>
          applications.nodes.length === 0 ? (
            <Nothing
              title={t(search || organization ? 'application.noneLike' : 'application.empty')}
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
