import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { AssetCountsDocument, type AssetCountsQueryVariables } from '../../gql/asset.generated';
import { Answer } from '../../ui/Answer';
import { Listing } from '../../ui/Listing';
import { StateBadge } from '../../ui/StateBadge';

/** How many members there were, by organization, package, versions and state. */
export function Counts({ question }: { question: AssetCountsQueryVariables }) {
  const { t } = useTranslation();
  const [result, ask] = useQuery({ query: AssetCountsDocument, variables: question });
  const retry = () => {
    ask({ requestPolicy: 'network-only' });
  };
  return (
    <Answer result={result} retry={retry}>
      {({ assetRegister }) => (
        <Listing
          label={t('asset.counts')}
          rows={assetRegister.counts}
          rowKey={(_, index) => String(index)}
          testid="asset-counts"
          columns={[
            {
              key: 'organization',
              title: t('asset.organization'),
              render: (row) => row.path.join(' / '),
            },
            {
              key: 'package',
              title: t('asset.package'),
              render: (row) => `${row.package} ${row.packageVersion}`,
            },
            {
              key: 'software',
              title: t('asset.software'),
              render: (row) => row.softwareVersion,
            },
            {
              key: 'state',
              title: t('asset.state'),
              render: (row) => <StateBadge state={row.state} />,
            },
            {
              key: 'members',
              title: t('asset.members'),
              exact: true,
              render: (row) => row.members,
            },
          ]}
        />
      )}
    </Answer>
  );
}
