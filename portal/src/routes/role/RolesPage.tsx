import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { DeleteRoleDocument, RolesDocument } from '../../gql/access.generated';
import { Answer } from '../../ui/Answer';
import { Confirmation } from '../../ui/Confirmation';
import { Listing, type Column } from '../../ui/Listing';
import { Page } from '../../ui/Page';
import { useRights } from '../../ui/Rights';
import { useWord } from '../../ui/text';
import { useRoleTitle } from '../member/useRoleTitle';
import { RoleDialog, type Role } from './RoleDialog';

type Open = { kind: 'create' } | { kind: 'change' | 'delete'; role: Role };

/** What can be given: the roles of every installation, and those that the tenant makes. */
export default function RolesPage() {
  const { t } = useTranslation();
  const word = useWord();
  const roleTitle = useRoleTitle();
  const { canInTenant } = useRights();
  const [open, setOpen] = useState<Open>();
  const [result, ask] = useQuery({ query: RolesDocument });
  const may = canInTenant('MANAGE_ACCESS');
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const close = () => {
    setOpen(undefined);
  };
  const done = () => {
    close();
    refresh();
  };
  const columns: Column<Role>[] = [
    {
      key: 'title',
      title: t('ownRole.role'),
      render: (role) => <span className="name">{roleTitle(role)}</span>,
    },
    { key: 'name', title: t('member.name'), render: (role) => <code>{role.name}</code> },
    {
      key: 'by',
      title: t('ownRole.by'),
      render: (role) => t(role.isOwn ? 'ownRole.tenant' : 'ownRole.cellplane'),
    },
    {
      key: 'actions',
      title: t('ownRole.actions'),
      render: (role) => role.actions.map((action) => word('right', action)).join(' · '),
    },
    {
      key: 'do',
      title: '',
      render: (role) =>
        may &&
        role.isOwn && (
          <span className="row-actions">
            <Button
              size="small"
              data-testid={`change-role-${role.name}`}
              onClick={() => {
                setOpen({ kind: 'change', role });
              }}
            >
              {t('ownRole.change')}
            </Button>
            <Button
              size="small"
              danger
              data-testid={`delete-role-${role.name}`}
              onClick={() => {
                setOpen({ kind: 'delete', role });
              }}
            >
              {t('ownRole.delete')}
            </Button>
          </span>
        ),
    },
  ];
  return (
    <Page
      title={t('ownRole.title')}
      extra={
        may && (
          <Button
            type="primary"
            data-testid="create-role"
            onClick={() => {
              setOpen({ kind: 'create' });
            }}
          >
            {t('ownRole.create')}
          </Button>
        )
      }
    >
      <p className="muted">{t('ownRole.help')}</p>
      <Answer result={result} retry={refresh}>
        {({ roles }) => (
          <>
            <Listing
              label={t('ownRole.title')}
              rows={roles}
              rowKey={(role) => role.id}
              rowTestid={(role) => `role-${role.name}`}
              testid="roles"
              columns={columns}
            />
            {open?.kind === 'create' && <RoleDialog roles={roles} close={close} done={done} />}
            {open?.kind === 'change' && (
              <RoleDialog role={open.role} roles={roles} close={close} done={done} />
            )}
          </>
        )}
      </Answer>
      {open?.kind === 'delete' && (
        <Confirmation
          title={t('ownRole.deleteTitle', { name: open.role.title })}
          label={t('ownRole.delete')}
          testid="confirm-delete"
          document={DeleteRoleDocument}
          input={{ role: open.role.id }}
          close={close}
          done={done}
        >
          <p>{t('ownRole.deleteHelp')}</p>
        </Confirmation>
      )}
    </Page>
  );
}
