import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { OrganizationSearchDocument } from '../../gql/organization.generated';
import { Answer } from '../../ui/Answer';
import { Nothing } from '../../ui/Nothing';
import type { Row } from './branch';
import { organizationRow, projectRow } from './useTree';

/** What has a text in its name or title, each with where it is. */
export function Found({ search, choose }: { search: string; choose: (row: Row) => void }) {
  const { t } = useTranslation();
  const [result, ask] = useQuery({ query: OrganizationSearchDocument, variables: { search } });
  return (
    <Answer
      result={result}
      retry={() => {
        ask({ requestPolicy: 'network-only' });
      }}
    >
      {({ organizations, projects }) => {
        const rows = [
          ...organizations.nodes.map((one) => ({
            row: organizationRow(one),
            path: one.path.slice(0, -1),
          })),
          ...projects.nodes.map((one) => ({
            row: projectRow(one),
            path: one.organization?.path ?? [],
          })),
        ];
        if (rows.length === 0) return <Nothing title={t('organization.noneFound', { search })} />;
        const { hasNextPage } = organizations.pageInfo;
        return (
          <>
            <ul className="plain found" data-testid="found">
              {rows.map(({ row, path }) => (
                <li key={row.id}>
                  <button
                    type="button"
                    data-testid={`found-${row.name}`}
                    onClick={() => {
                      choose(row);
                    }}
                  >
                    <span className="name">{row.title}</span>{' '}
                    {row.kind === 'project' && (
                      <span className="tree-kind">{t('picker.project')}</span>
                    )}
                    <span className="muted picker-detail">
                      {[...path.map((one) => one.title), row.name].join(' / ')}
                    </span>
                  </button>
                </li>
              ))}
            </ul>
            {(hasNextPage || projects.pageInfo.hasNextPage) && (
              <p className="muted">{t('picker.more')}</p>
            )}
          </>
        );
      }}
    </Answer>
  );
}
