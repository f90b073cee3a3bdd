import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { TenantsDocument, type TenantsQuery } from '../../gql/tenant.generated';
import { Answer } from '../../ui/Answer';
import { instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { Badge } from '../../ui/StateBadge';
import { useWord } from '../../ui/text';
import { ActAs } from './ActAs';
import { CreateTenant } from './CreateTenant';
import { Turn, type Work } from './Turn';
import { Visibility } from './Visibility';

const PAGE = 50;

export type Tenant = TenantsQuery['managedTenants']['nodes'][number];

const tones = { active: 'good', suspended: 'warn', closed: 'calm' } as const;
const works: Record<string, Work[]> = {
  active: ['rename', 'suspend', 'close'],
  suspended: ['rename', 'resume', 'close'],
  closed: [],
};

function State({ tenant }: { tenant: Tenant }) {
  const word = useWord();
  const { state, stateReason, stateAt } = tenant;
  const tone = tones[state as keyof typeof tones];
  return (
    <>
      <Badge tone={tone} state={state} testid="tenant-state">
        {word('tenant.stateOf', state)}
      </Badge>
      {stateReason && (
        <div className="muted">
          {stateReason}
          {stateAt && ` · ${instant(stateAt)}`}
        </div>
      )}
    </>
  );
}

/** The customers of the installation, for its operators: how they are, and what they are offered. */
export default function TenantsPage() {
  const { t } = useTranslation();
  const pages = usePages();
  const [search, setSearch] = useState('');
  const [open, setOpen] = useState<'create' | { tenant: Tenant; work: Work }>();
  const [actingIn, setActingIn] = useState<Tenant>();
  const [result, ask] = useQuery({
    query: TenantsDocument,
    variables: { first: PAGE, after: pages.after, search: search || null },
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
      title={t('tenant.title')}
      extra={
        <>
          <Input.Search
            allowClear
            className="search"
            aria-label={t('tenant.search')}
            placeholder={t('tenant.search')}
            onSearch={(text) => {
              pages.reset();
              setSearch(text.trim());
            }}
          />
          <Button
            type="primary"
            data-testid="create-tenant"
            onClick={() => {
              setOpen('create');
            }}
          >
            {t('tenant.create')}
          </Button>
        </>
      }
    >
      <p className="muted">{t('tenant.help')}</p>
      <Answer result={result} retry={refresh}>
        {({ managedTenants }) =>
          managedTenants.nodes.length === 0 ? (
            <Nothing title={t('tenant.empty')} />
          ) : (
            <>
              <Listing
                label={t('tenant.title')}
                rows={managedTenants.nodes}
                rowKey={(tenant) => tenant.id}
                rowTestid={(tenant) => `tenant-${tenant.name}`}
                testid="tenants"
                columns={[
                  { key: 'name', title: t('tenant.name'), render: (tenant) => tenant.name },
                  { key: 'title', title: t('tenant.label'), render: (tenant) => tenant.title },
                  {
                    key: 'state',
                    title: t('tenant.state'),
                    render: (tenant) => <State tenant={tenant} />,
                  },
                  {
                    key: 'instances',
                    title: t('tenant.instances'),
                    exact: true,
                    render: (tenant) => tenant.instanceCount,
                  },
                  {
                    key: 'made',
                    title: t('tenant.made'),
                    render: (tenant) => instant(tenant.createdAt),
                  },
                  {
                    key: 'do',
                    title: t('tenant.do'),
                    render: (tenant) => (
                      <div className="row-actions">
                        {tenant.state === 'active' && (
                          <Button
                            size="small"
                            data-testid={`act-as-${tenant.name}`}
                            onClick={() => {
                              setActingIn(tenant);
                            }}
                          >
                            {t('actAs.actAs')}
                          </Button>
                        )}
                        {(works[tenant.state] ?? []).map((work) => (
                          <Button
                            key={work}
                            size="small"
                            danger={work === 'suspend' || work === 'close'}
                            data-testid={`${work}-${tenant.name}`}
                            onClick={() => {
                              setOpen({ tenant, work });
                            }}
                          >
                            {t(`tenant.${work}`)}
                          </Button>
                        ))}
                      </div>
                    ),
                  },
                ]}
              />
              <Pager pages={pages} pageInfo={managedTenants.pageInfo} />
            </>
          )
        }
      </Answer>
      <Visibility />
      {actingIn && (
        <ActAs
          tenant={actingIn}
          close={() => {
            setActingIn(undefined);
          }}
        />
      )}
      {open === 'create' && <CreateTenant close={close} />}
      {open && open !== 'create' && <Turn tenant={open.tenant} work={open.work} close={close} />}
    </Page>
  );
}
