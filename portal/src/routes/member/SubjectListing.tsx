import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import type { SubjectRowFragment } from '../../gql/access.generated';
import { Listing, type Column } from '../../ui/Listing';

/** Whether somebody can sign in. */
export function SubjectState({ state }: { state: SubjectRowFragment['state'] }) {
  const { t } = useTranslation();
  return (
    <span
      className={state === 'ACTIVE' ? 'badge badge-good' : 'badge badge-calm'}
      data-testid="subject-state"
      data-state={state}
    >
      {t(`member.stateOf.${state}`)}
    </span>
  );
}

/** People and programs with their groups; `act` is what can be done with one. */
export function SubjectListing({
  label,
  rows,
  act,
}: {
  label: string;
  rows: readonly SubjectRowFragment[];
  act?: (row: SubjectRowFragment) => ReactNode;
}) {
  const { t } = useTranslation();
  const columns: Column<SubjectRowFragment>[] = [
    {
      key: 'title',
      title: t('member.shown'),
      render: (row) => (
        <Link className="name" to={`/members/${row.id}`}>
          {row.title}
        </Link>
      ),
    },
    { key: 'name', title: t('member.name'), render: (row) => row.name },
    { key: 'kind', title: t('member.kind'), render: (row) => t(`member.kindOf.${row.kind}`) },
    { key: 'state', title: t('member.state'), render: (row) => <SubjectState state={row.state} /> },
    {
      key: 'groups',
      title: t('member.groups'),
      render: (row) =>
        row.memberOf.map((group, index) => (
          <span key={group.id}>
            {index > 0 && ', '}
            <Link to={`/groups/${group.id}`}>{group.title}</Link>
          </span>
        )),
    },
    ...(act ? [{ key: 'do', title: '', render: act }] : []),
  ];
  return (
    <Listing
      label={label}
      rows={rows}
      rowKey={(row) => row.id}
      rowTestid={(row) => `subject-${row.name}`}
      testid="subjects"
      columns={columns}
    />
  );
}
