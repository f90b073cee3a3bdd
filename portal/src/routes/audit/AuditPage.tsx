import { Button, Checkbox } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { AuditDocument } from '../../gql/audit.generated';
import { Answer } from '../../ui/Answer';
import { useLive } from '../../ui/EventFeed';
import { instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { useWord } from '../../ui/text';

const PAGE = 50;

/** Who did what, newest first. */
export default function AuditPage() {
  const { t } = useTranslation();
  const word = useWord();
  const pages = usePages();
  const [refusedOnly, setRefusedOnly] = useState(false);
  const [search, setSearch] = useSearchParams();
  const target = search.get('target');
  const [result, ask] = useQuery({
    query: AuditDocument,
    variables: {
      first: PAGE,
      after: pages.after,
      filter: { target, outcome: refusedOnly ? 'REFUSED' : null },
    },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  useLive(refresh);

  return (
    <Page
      title={t('audit.title')}
      extra={
        <>
          {target && (
            <>
              <span className="muted">{t('audit.of', { target })}</span>
              <Button
                size="small"
                onClick={() => {
                  pages.reset();
                  setSearch({});
                }}
              >
                {t('audit.all')}
              </Button>
            </>
          )}
          <Checkbox
            checked={refusedOnly}
            data-testid="audit-refused"
            onChange={(change) => {
              pages.reset();
              setRefusedOnly(change.target.checked);
            }}
          >
            {t('audit.refusedOnly')}
          </Checkbox>
        </>
      }
    >
      <Answer result={result} retry={refresh}>
        {({ audit }) =>
          audit.nodes.length === 0 ? (
            <Nothing title={t('audit.empty')} />
          ) : (
            <>
              <Listing
                label={t('audit.title')}
                rows={audit.nodes}
                rowKey={(row) => String(row.number)}
                testid="audit"
                columns={[
                  {
                    key: 'number',
                    title: t('audit.number'),
                    exact: true,
                    render: (row) => row.number,
                  },
                  { key: 'at', title: t('audit.at'), render: (row) => instant(row.at) },
                  { key: 'subject', title: t('audit.subject'), render: (row) => row.subject },
                  {
                    key: 'action',
                    title: t('audit.action'),
                    render: (row) => <code>{row.action}</code>,
                  },
                  {
                    key: 'target',
                    title: t('audit.target'),
                    render: (row) =>
                      row.target && (
                        <Button
                          type="link"
                          size="small"
                          onClick={() => {
                            pages.reset();
                            setSearch({ target: row.target ?? '' });
                          }}
                        >
                          <code>{row.target}</code>
                        </Button>
                      ),
                  },
                  {
                    key: 'operation',
                    title: t('audit.operation'),
                    render: (row) =>
                      row.operation && (
                        <Link to={`/operations/${row.operation}`}>
                          <code>{row.operation}</code>
                        </Link>
                      ),
                  },
                  {
                    key: 'outcome',
                    title: t('audit.outcome'),
                    render: (row) => (
                      <>
                        {word('audit.outcomeOf', row.outcome)} {row.code && <code>{row.code}</code>}
                      </>
                    ),
                  },
                ]}
              />
              <Pager pages={pages} pageInfo={audit.pageInfo} byTime />
            </>
          )
        }
      </Answer>
    </Page>
  );
}
