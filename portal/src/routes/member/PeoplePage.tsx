import { Button, Input } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { SubjectsDocument } from '../../gql/access.generated';
import { Answer } from '../../ui/Answer';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { useRights } from '../../ui/Rights';
import { useSettled } from '../../ui/useSettled';
import { SubjectListing } from './SubjectListing';
import { UserDialog } from './UserDialogs';

const PAGE = 50;

/** People and programs of the tenant, for those who manage access somewhere. */
export default function PeoplePage() {
  const { t } = useTranslation();
  const { canInTenant } = useRights();
  const pages = usePages();
  const { reset } = pages;
  const [search, setSearch] = useState('');
  const [isOpen, setOpen] = useState(false);
  const settled = useSettled(search.trim().toLowerCase());
  useEffect(reset, [settled, reset]);
  const [result, ask] = useQuery({
    query: SubjectsDocument,
    variables: { first: PAGE, after: pages.after, search: settled || null },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  return (
    <Page
      title={t('member.people')}
      extra={
        <>
          <Input
            type="search"
            className="search"
            allowClear
            autoComplete="off"
            placeholder={t('member.search')}
            aria-label={t('member.search')}
            data-testid="search-people"
            value={search}
            onChange={(event) => {
              setSearch(event.target.value);
            }}
          />
          {canInTenant('MANAGE_ACCESS') && (
            <Button
              type="primary"
              data-testid="create-user"
              onClick={() => {
                setOpen(true);
              }}
            >
              {t('member.create')}
            </Button>
          )}
        </>
      }
    >
      <p className="muted">{t('member.help')}</p>
      <Answer result={result} retry={refresh}>
        {({ subjects }) =>
          subjects.nodes.length === 0 ? (
            <Nothing title={t(settled ? 'member.noneFound' : 'member.empty')} />
          ) : (
            <>
              <SubjectListing label={t('member.people')} rows={subjects.nodes} />
              <Pager pages={pages} pageInfo={subjects.pageInfo} />
            </>
          )
        }
      </Answer>
      {isOpen && (
        <UserDialog
          close={() => {
            setOpen(false);
          }}
          done={refresh}
        />
      )}
    </Page>
  );
}
