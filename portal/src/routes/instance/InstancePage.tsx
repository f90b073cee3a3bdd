import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { useQuery } from 'urql';

import { InstanceDocument, type InstanceQuery } from '../../gql/instance.generated';
import { Answer } from '../../ui/Answer';
import { useLive } from '../../ui/EventFeed';
import { Page } from '../../ui/Page';
import { StateBadge } from '../../ui/StateBadge';
import { ConfigurationTab } from './ConfigurationTab';
import { CostTab } from './CostTab';
import { HistoryTab } from './HistoryTab';
import { Lifecycle } from './Lifecycle';
import { OperationsTab } from './OperationsTab';
import { Overview } from './Overview';
import { Progress } from './Progress';

export type Instance = InstanceQuery['instance'];

function InstanceTabs({ instance, refresh }: { instance: Instance; refresh: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { id = '', tab = 'overview' } = useParams();
  const tabs = {
    overview: { label: t('instance.overview'), children: <Overview instance={instance} /> },
    configuration: {
      label: t('instance.configuration'),
      children: <ConfigurationTab instance={instance} changed={refresh} />,
    },
    history: {
      label: t('instance.history'),
      children: <HistoryTab id={instance.id} changed={refresh} />,
    },
    operations: { label: t('instance.operations'), children: <OperationsTab id={instance.id} /> },
    usage: { label: t('instance.usage'), children: <CostTab id={instance.id} /> },
  };
  return (
    <Tabs
      activeKey={tab in tabs ? tab : 'overview'}
      destroyOnHidden
      items={Object.entries(tabs).map(([key, { label, children }]) => ({
        key,
        label: <span data-testid={`tab-${key}`}>{label}</span>,
        children,
      }))}
      onChange={(key) =>
        void navigate(`/instances/${id}${key === 'overview' ? '' : `/${key}`}`, { replace: true })
      }
    />
  );
}

/** Everything about one instance. */
export default function InstancePage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const [result, ask] = useQuery({ query: InstanceDocument, variables: { id } });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const found = result.data?.instance;
  useLive(refresh, found?.id);

  return (
    <Page
      title={found?.name ?? t('nav.instances')}
      above={
        <>
          <Link to="/">{t('nav.instances')}</Link>
          {found &&
            [...(found.project.organization?.path ?? []), found.project].map(
              (one) => ` / ${one.title}`,
            )}
        </>
      }
      extra={
        found && (
          <>
            <StateBadge state={found.state} unknownSince={found.unknownSince} />
            <Lifecycle instance={found} changed={refresh} />
          </>
        )
      }
    >
      <Answer result={result} retry={refresh}>
        {({ instance }) => (
          <div
            data-testid="instance"
            data-newest={instance.operations.nodes[0]?.id}
            data-newest-state={instance.operations.nodes[0]?.state}
          >
            <Progress instance={instance} />
            <InstanceTabs key={instance.id} instance={instance} refresh={refresh} />
          </div>
        )}
      </Answer>
    </Page>
  );
}
