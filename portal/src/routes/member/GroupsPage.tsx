import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';

import { CreateGroupDocument, GroupsDocument } from '../../gql/access.generated';
import { Answer } from '../../ui/Answer';
import { instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { useRights } from '../../ui/Rights';
import { NamingDialog } from './UserDialogs';

const PAGE = 50;

/** Groups of the tenant, for those who manage access somewhere. */
export default function GroupsPage() {
  const { t } = useTranslation();
  const { canInTenant } = useRights();
  const pages = usePages();
  const [isOpen, setOpen] = useState(false);
  const [result, ask] = useQuery({
    query: GroupsDocument,
    variables: { first: PAGE, after: pages.after },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const close = () => {
    setOpen(false);
  };
  return (
    <Page
      title={t('group.title')}
      extra={
        canInTenant('MANAGE_ACCESS') && (
          <Button
            type="primary"
            data-testid="create-group"
            onClick={() => {
              setOpen(true);
            }}
          >
            {t('group.create')}
          </Button>
        )
      }
    >
      <p className="muted">{t('group.help')}</p>
      <Answer result={result} retry={refresh}>
        {({ groups }) =>
          groups.nodes.length === 0 ? (
            <Nothing title={t('group.empty')} />
          ) : (
            <>
              <Listing
                label={t('group.title')}
                rows={groups.nodes}
                rowKey={(row) => row.id}
                rowTestid={(row) => `group-${row.name}`}
                testid="groups"
                columns={[
                  {
                    key: 'title',
                    title: t('member.shown'),
                    render: (row) => (
                      <Link className="name" to={`/groups/${row.id}`}>
                        {row.title}
                      </Link>
                    ),
                  },
                  { key: 'name', title: t('member.name'), render: (row) => row.name },
                  {
                    key: 'made',
                    title: t('member.made'),
                    render: (row) => instant(row.createdAt),
                  },
                ]}
              />
              <Pager pages={pages} pageInfo={groups.pageInfo} />
            </>
          )
        }
      </Answer>
      {isOpen && (
        <NamingDialog
          title={t('group.create')}
          label={t('group.create')}
          testid="group"
          nameHelp={t('group.nameHelp')}
          document={CreateGroupDocument}
          close={close}
          done={() => {
            close();
            refresh();
          }}
        />
      )}
    </Page>
  );
}
