import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useClient, useQuery, type CombinedError } from 'urql';

import { AssetsDocument } from '../../gql/asset.generated';
import { Answer } from '../../ui/Answer';
import { useLive } from '../../ui/EventFeed';
import { Field } from '../../ui/Field';
import { instant, instantOf, zonedInstant } from '../../ui/instant';
import { Listing, type Column } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page, Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { StateBadge } from '../../ui/StateBadge';
import { Counts } from './Counts';
import { endpoint, register, save, type Asset } from './register';

const PAGE = 50;

function useColumns(): Column<Asset>[] {
  const { t } = useTranslation();
  return [
    {
      key: 'organization',
      title: t('asset.organization'),
      render: (row) => row.path.join(' / '),
    },
    { key: 'project', title: t('asset.project'), render: (row) => row.projectName },
    {
      key: 'member',
      title: t('asset.member'),
      render: (row) => (
        <Link to={`/instances/${row.instance}`} className="name">
          {row.name}
        </Link>
      ),
    },
    { key: 'role', title: t('asset.role'), render: (row) => row.role },
    {
      key: 'package',
      title: t('asset.package'),
      render: (row) => `${row.package} ${row.installedVersion ?? row.softwareVersion}`,
    },
    { key: 'plan', title: t('asset.plan'), render: (row) => row.plan?.name },
    { key: 'cell', title: t('asset.cell'), render: (row) => row.cell },
    {
      key: 'endpoint',
      title: t('asset.endpoint'),
      render: (row) => endpoint(row) && <code>{endpoint(row)}</code>,
    },
    {
      key: 'state',
      title: t('asset.state'),
      render: (row) => <StateBadge state={row.state} unknownSince={row.unknownSince} />,
    },
    { key: 'since', title: t('asset.since'), render: (row) => instant(row.since) },
  ];
}

/** What ran where, in which state, at any instant. */
export default function AssetsPage() {
  const { t } = useTranslation();
  const client = useClient();
  const columns = useColumns();
  const pages = usePages();
  // As the browser's control gives it: in the reader's own zone, without one; empty is now.
  const [local, setLocal] = useState('');
  const [organization, setOrganization] = useState('');
  const [failure, setFailure] = useState<CombinedError>();
  const question = {
    at: instantOf(local) ?? null,
    filter: organization ? { organization } : null,
  };
  const [result, ask] = useQuery({
    query: AssetsDocument,
    variables: { ...question, first: PAGE, after: pages.after },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  // What was does not change while one looks at it.
  useLive(() => {
    if (!local) refresh();
  });
  const exported = () => {
    setFailure(undefined);
    register(client, question).then(
      (text) => {
        save(`assets-${(question.at ?? new Date().toISOString()).slice(0, 16)}.csv`, text);
      },
      (error: unknown) => {
        setFailure(error as CombinedError);
      },
    );
  };

  return (
    <Page
      title={t('asset.title')}
      extra={
        <Button onClick={exported} data-testid="export-assets">
          {t('asset.export')}
        </Button>
      }
    >
      <div className="asset-question">
        <Field label={t('asset.at')} help={t('asset.atHelp')}>
          <Input
            type="datetime-local"
            value={local}
            data-testid="assets-at"
            onChange={(change) => {
              pages.reset();
              setLocal(change.target.value);
            }}
          />
        </Field>
        <Field label={t('asset.organization')} help={t('asset.organizationHelp')}>
          <Input.Search
            allowClear
            data-testid="assets-organization"
            onSearch={(text) => {
              pages.reset();
              setOrganization(text.trim());
            }}
          />
        </Field>
      </div>
      {failure && <ProblemNotice error={failure} retry={exported} />}
      <Answer result={result} retry={refresh}>
        {({ assetRegister: { at, assets } }) =>
          assets.nodes.length === 0 && pages.number === 1 ? (
            <Nothing
              title={t('asset.empty', { at: zonedInstant(at) })}
              help={t('asset.emptyHelp')}
            />
          ) : (
            <>
              <p className="muted" data-testid="assets-as-of">
                {t('asset.asOf', { at: zonedInstant(at) })}
              </p>
              <Listing
                label={t('asset.title')}
                rows={assets.nodes}
                rowKey={(row) => row.member}
                rowTestid={(row) => `asset-${row.name}`}
                testid="assets"
                columns={columns}
              />
              <Pager pages={pages} pageInfo={assets.pageInfo} />
              <Section title={t('asset.counts')}>
                <Counts question={{ ...question, at }} />
              </Section>
            </>
          )
        }
      </Answer>
    </Page>
  );
}
