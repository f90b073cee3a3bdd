import { Switch } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { CompareDocument, type CompareQuery } from '../../gql/comparison.generated';
import { Answer } from '../../ui/Answer';
import { Listing, type Column } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { useText } from '../../ui/text';
import { useOrigin } from '../instance/ChangeTable';
import { useShown } from '../parameter/ParameterControl';

type Comparison = CompareQuery['compare'];
type Row = Comparison['parameters'][number];

/** One parameter per row, one configuration per column. */
function Table({ comparison }: { comparison: Comparison }) {
  const { t } = useTranslation();
  const text = useText();
  const shown = useShown();
  const origin = useOrigin();
  const { instances, template, parameters } = comparison;
  const heads = instances.map((instance) => ({
    key: instance.id,
    title: (
      <>
        <Link to={`/instances/${instance.id}/configuration`}>{instance.name}</Link>
        <div className="muted">
          {instance.project.title}, {instance.package} {instance.softwareVersion}
        </div>
      </>
    ),
  }));
  if (template) {
    heads.push({
      key: `template ${template}`,
      title: <>{t('configuration.fromTemplate', { template })}</>,
    });
  }
  const columns: Column<Row>[] = [
    {
      key: 'parameter',
      title: t('configuration.parameter'),
      render: ({ parameter, title }) => (
        <>
          {title && <>{text(title)} </>}
          <code>{parameter}</code>
        </>
      ),
    },
    ...heads.map(({ key, title }, index) => ({
      key,
      title,
      render: (row: Row) => {
        const value = row.values[index];
        if (!value) return <span className="muted">–</span>;
        return (
          <>
            {row.differs ? (
              <strong>{shown(undefined, value.value)}</strong>
            ) : (
              shown(undefined, value.value)
            )}{' '}
            {index < instances.length && (
              <span className="muted">{origin(value.origin, value.template)}</span>
            )}
          </>
        );
      },
    })),
  ];
  return (
    <Listing
      label={t('compare.title')}
      rows={parameters}
      rowKey={(row) => row.parameter}
      rowTestid={(row) => `compared-${row.parameter}`}
      testid="comparison"
      columns={columns}
    />
  );
}

/** Configurations side by side; the address says which, so that it can be sent to somebody. */
export default function ComparePage() {
  const { t } = useTranslation();
  const [search] = useSearchParams();
  const [all, setAll] = useState(false);
  const input = {
    instances: search.getAll('instance'),
    template: search.get('template'),
    all,
  };
  const [result, ask] = useQuery({ query: CompareDocument, variables: { input } });
  return (
    <Page
      title={t('compare.title')}
      above={<Link to="/">{t('nav.instances')}</Link>}
      extra={
        <label className="switch">
          <Switch size="small" checked={all} onChange={setAll} data-testid="compare-all" />{' '}
          {t('compare.all')}
        </label>
      }
    >
      <Answer
        result={result}
        retry={() => {
          ask({ requestPolicy: 'network-only' });
        }}
      >
        {({ compare }) =>
          compare.parameters.length === 0 ? (
            <Nothing title={t('compare.same')} />
          ) : (
            <Table comparison={compare} />
          )
        }
      </Answer>
    </Page>
  );
}
