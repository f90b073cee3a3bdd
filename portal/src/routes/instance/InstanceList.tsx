import { Button, Checkbox, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate } from 'react-router';
import { useQuery } from 'urql';

import { InstancesDocument, type InstancesQuery } from '../../gql/instance.generated';
import { Answer } from '../../ui/Answer';
import { useLive } from '../../ui/EventFeed';
import { instant } from '../../ui/instant';
import { Listing, type Column } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { useRights } from '../../ui/Rights';
import { StateBadge } from '../../ui/StateBadge';
import { useText, useWord } from '../../ui/text';
import { Chosen } from './Chosen';

const PAGE = 20;

type Row = InstancesQuery['instances']['nodes'][number];

function useColumns(chosen: string[], choose: (ids: string[]) => void): Column<Row>[] {
  const { t } = useTranslation();
  const text = useText();
  const word = useWord();
  return [
    {
      key: 'choose',
      title: null,
      render: ({ id, name }) => (
        <Checkbox
          checked={chosen.includes(id)}
          aria-label={t('batch.choose', { name })}
          data-testid={`choose-${name}`}
          onChange={({ target }) => {
            choose(target.checked ? [...chosen, id] : chosen.filter((one) => one !== id));
          }}
        />
      ),
    },
    {
      key: 'name',
      title: t('instance.name'),
      render: (row) => (
        <Link to={`/instances/${row.id}`} className="name">
          {row.name}
        </Link>
      ),
    },
    {
      key: 'state',
      title: t('instance.state'),
      render: (row) => <StateBadge state={row.state} unknownSince={row.unknownSince} />,
    },
    {
      key: 'software',
      title: t('instance.software'),
      render: (row) => `${row.package} ${row.softwareVersion}`,
    },
    {
      key: 'topology',
      title: t('instance.topology'),
      render: (row) => word('topologyName', row.topology),
    },
    { key: 'plan', title: t('instance.plan'), render: (row) => text(row.plan.title) },
    {
      key: 'project',
      title: t('instance.project'),
      render: (row) => (
        <>
          {row.project.title} <span className="muted">{row.project.organization?.title}</span>
        </>
      ),
    },
    { key: 'created', title: t('instance.created'), render: (row) => instant(row.createdAt) },
  ];
}

function Empty({ search }: { search: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { canSomewhere } = useRights();
  if (search) {
    return (
      <Nothing title={t('instance.noneFound')} help={t('instance.noneFoundHelp', { search })} />
    );
  }
  if (!canSomewhere('ORDER')) {
    return <Nothing title={t('instance.empty')} help={t('instance.emptyHelpReader')} />;
  }
  return (
    <Nothing
      title={t('instance.empty')}
      help={t('instance.emptyHelp')}
      action={
        <Button
          type="primary"
          data-testid="to-catalogue"
          onClick={() => void navigate('/catalogue')}
        >
          {t('instance.toCatalogue')}
        </Button>
      }
    />
  );
}

/** Everything the viewer may see, newest first, as it happens. */
export default function InstanceList() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const pages = usePages();
  const { canSomewhere } = useRights();
  const [search, setSearch] = useState('');
  const [result, ask] = useQuery({
    query: InstancesDocument,
    variables: { first: PAGE, after: pages.after, filter: search ? { search } : null },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  useLive(refresh);
  const [chosen, setChosen] = useState<string[]>([]);
  const columns = useColumns(chosen, setChosen);

  return (
    <Page
      title={t('instance.list')}
      extra={
        <>
          <Input.Search
            allowClear
            className="search"
            placeholder={t('instance.searchName')}
            aria-label={t('instance.searchName')}
            data-testid="search"
            onSearch={(text) => {
              pages.reset();
              setSearch(text.trim());
            }}
          />
          {canSomewhere('ORDER') && (
            <Button type="primary" onClick={() => void navigate('/catalogue')}>
              {t('instance.order')}
            </Button>
          )}
        </>
      }
    >
      <Answer result={result} retry={refresh}>
        {({ instances }) =>
          instances.nodes.length === 0 && pages.number === 1 ? (
            <Empty search={search} />
          ) : (
            <>
              {chosen.length > 0 && (
                <Chosen
                  instances={chosen}
                  clear={() => {
                    setChosen([]);
                  }}
                  changed={refresh}
                />
              )}
              <Listing
                label={t('instance.list')}
                columns={columns}
                rows={instances.nodes}
                rowKey={(row) => row.id}
                rowTestid={(row) => `instance-${row.name}`}
                testid="instances"
              />
              <Pager pages={pages} pageInfo={instances.pageInfo} byTime />
            </>
          )
        }
      </Answer>
    </Page>
  );
}
