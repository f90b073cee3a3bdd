import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';

import { instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { StateBadge } from '../../ui/StateBadge';
import { useWord } from '../../ui/text';
import type { Instance } from './InstancePage';

/** An address as clients write it: IPv6 in brackets. */
export function address({ host, port }: { host: string; port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

/** Each member with the role that its probe last answered, not only the one it was made with. */
export function Members({ instance }: { instance: Instance }) {
  const { t } = useTranslation();
  const word = useWord();
  const { members, unknownSince } = instance;
  if (members.length === 0) return <p className="muted">{t('member.none')}</p>;
  return (
    <>
      <Listing
        label={t('member.title')}
        rows={members}
        rowKey={(member) => member.id}
        rowTestid={(member) => `member-${member.name}`}
        testid="members"
        columns={[
          {
            key: 'name',
            title: t('member.name'),
            render: (member) => <strong>{member.name}</strong>,
          },
          {
            key: 'role',
            title: t('member.role'),
            render: (member) => (
              <span data-testid="member-role" data-role={member.observedRole ?? ''}>
                {member.observedRole ? (
                  word('memberRole', member.observedRole)
                ) : (
                  <span className="muted">{t('member.roleNot')}</span>
                )}
                {member.observedRole !== member.role && (
                  <div className="muted">
                    {t('member.roleWas', { role: word('memberRole', member.role) })}
                  </div>
                )}
              </span>
            ),
          },
          {
            key: 'state',
            title: t('member.state'),
            render: (member) => <StateBadge state={member.state} unknownSince={unknownSince} />,
          },
          {
            key: 'endpoint',
            title: t('member.endpoint'),
            render: (member) =>
              member.endpoint && (
                <code data-testid="member-endpoint">{address(member.endpoint)}</code>
              ),
          },
          {
            key: 'since',
            title: t('member.since'),
            render: (member) => member.since && instant(member.since),
          },
          {
            key: 'restarts',
            title: t('member.restarts'),
            exact: true,
            render: (member) => member.restarts,
          },
          { key: 'pid', title: t('member.process'), exact: true, render: (member) => member.pid },
        ]}
      />
      {members.map(
        (member) =>
          member.problem && (
            <Alert
              key={member.id}
              type="warning"
              showIcon
              className="notice"
              title={t('member.problem', { name: member.name, message: member.problem })}
            />
          ),
      )}
    </>
  );
}
