import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';

import {
  BindingsDocument,
  UnbindRoleDocument,
  type BindingsQuery,
} from '../../gql/access.generated';
import { Answer } from '../../ui/Answer';
import { Confirmation } from '../../ui/Confirmation';
import { instant } from '../../ui/instant';
import { Listing, type Column } from '../../ui/Listing';
import { Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import type { Choice } from '../../ui/Picker';
import { BindDialog } from './BindDialog';
import { useRoleTitle } from './useRoleTitle';

const PAGE = 20;

type Row = BindingsQuery['bindings']['nodes'][number];

/** A person, program or group, with the way to its page. */
export function HolderLink({
  holder,
}: {
  holder: { __typename: string; id: string; title: string };
}) {
  const { t } = useTranslation();
  const isGroup = holder.__typename === 'Group';
  return (
    <>
      <Link to={`/${isGroup ? 'groups' : 'members'}/${holder.id}`}>{holder.title}</Link>
      {isGroup && <span className="muted"> {t('binding.group')}</span>}
    </>
  );
}

/** The roles of one holder, or all that are bound at one place, as far as the viewer manages them. */
export function Bindings({
  holder,
  at,
  onChange,
}: {
  holder?: Choice;
  at?: Choice;
  onChange?: () => void;
}) {
  const { t } = useTranslation();
  const roleTitle = useRoleTitle();
  const pages = usePages();
  const [open, setOpen] = useState<'bind' | Row>();
  const [result, ask] = useQuery({
    query: BindingsDocument,
    variables: { first: PAGE, after: pages.after, holder: holder?.id ?? null, at: at?.id ?? null },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const close = () => {
    setOpen(undefined);
  };
  const done = () => {
    close();
    refresh();
    onChange?.();
  };
  const placeOf = (row: Row) => (row.at && 'title' in row.at ? row.at.title : t('binding.tenant'));
  const whom: Column<Row> = {
    key: 'holder',
    title: t('binding.holder'),
    render: (row) => <HolderLink holder={row.holder} />,
  };
  const where: Column<Row> = { key: 'at', title: t('binding.at'), render: placeOf };
  const columns: Column<Row>[] = [
    ...(holder ? [] : [whom]),
    {
      key: 'role',
      title: t('binding.role'),
      render: (row) => (
        <>
          {roleTitle(row.role)}
          {row.effect === 'DENY' && <span className="denied">{t('binding.denied')}</span>}
        </>
      ),
    },
    ...(at ? [] : [where]),
    { key: 'since', title: t('binding.since'), render: (row) => instant(row.createdAt) },
    {
      key: 'do',
      title: '',
      render: (row) => (
        <Button
          size="small"
          danger
          data-testid={`unbind-${row.role.id}`}
          onClick={() => {
            setOpen(row);
          }}
        >
          {t('binding.take')}
        </Button>
      ),
    },
  ];
  return (
    <Section
      title={at ? t('binding.here') : t('binding.title')}
      testid="bindings"
      extra={
        <Button
          size="small"
          data-testid="bind"
          onClick={() => {
            setOpen('bind');
          }}
        >
          {t('binding.give')}
        </Button>
      }
    >
      <Answer result={result} retry={refresh}>
        {({ bindings }) =>
          bindings.nodes.length === 0 && pages.number === 1 ? (
            <p className="muted" data-testid="no-bindings">
              {at ? t('binding.noneHere') : t('binding.none')}
            </p>
          ) : (
            <>
              <Listing
                label={at ? t('binding.here') : t('binding.title')}
                columns={columns}
                rows={bindings.nodes}
                rowKey={(row) => row.id}
              />
              <Pager pages={pages} pageInfo={bindings.pageInfo} />
            </>
          )
        }
      </Answer>
      {open === 'bind' && <BindDialog holder={holder} at={at} close={close} done={done} />}
      {open && open !== 'bind' && (
        <Confirmation
          title={t('binding.takeTitle')}
          label={t('binding.take')}
          testid="confirm-unbind"
          document={UnbindRoleDocument}
          input={{ binding: open.id }}
          close={close}
          done={done}
        >
          <p>
            {t(open.effect === 'DENY' ? 'binding.takeDenied' : 'binding.takeHelp', {
              role: roleTitle(open.role),
              holder: open.holder.title,
              at: placeOf(open),
            })}
          </p>
        </Confirmation>
      )}
    </Section>
  );
}
