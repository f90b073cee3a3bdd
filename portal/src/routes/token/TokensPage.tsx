import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams, useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { TokensDocument, type TokenRowFragment } from '../../gql/token.generated';
import { Answer } from '../../ui/Answer';
import { instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { useWord } from '../../ui/text';
import { Revocation, Rotation } from './TokenActions';
import { TokenDialog } from './TokenDialog';

const PAGE = 50;

type Open = { kind: 'create' } | { kind: 'rotate' | 'revoke'; token: TokenRowFragment };

function End({ token, now }: { token: TokenRowFragment; now: number }) {
  const { t } = useTranslation();
  if (token.revokedAt) return t('token.revoked');
  const at = instant(token.expiresAt);
  return Date.parse(token.expiresAt) <= now ? `${t('token.expired')} (${at})` : at;
}

/** Tokens of the viewer, or of a service account. */
export default function TokensPage() {
  const { t } = useTranslation();
  const word = useWord();
  const { serviceAccount } = useParams();
  const [search] = useSearchParams();
  const pages = usePages();
  const [open, setOpen] = useState<Open>();
  const [now] = useState(Date.now);
  const [result, ask] = useQuery({
    query: TokensDocument,
    variables: { first: PAGE, after: pages.after, subject: serviceAccount ?? null },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const close = () => {
    setOpen(undefined);
    refresh();
  };
  const name = search.get('name');
  const title = name ? t('token.titleOf', { name }) : t('token.title');

  return (
    <Page
      title={title}
      extra={
        <Button
          type="primary"
          data-testid="create-token"
          onClick={() => {
            setOpen({ kind: 'create' });
          }}
        >
          {t('token.create')}
        </Button>
      }
    >
      <p className="muted">{t('token.help')}</p>
      <Answer result={result} retry={refresh}>
        {({ tokens }) =>
          tokens.nodes.length === 0 ? (
            <Nothing title={t('token.empty')} />
          ) : (
            <>
              <Listing
                label={title}
                rows={tokens.nodes}
                rowKey={(token) => token.id}
                rowTestid={(token) => `token-${token.name}`}
                testid="tokens"
                columns={[
                  { key: 'name', title: t('token.name'), render: (token) => token.name },
                  {
                    key: 'expires',
                    title: t('token.expires'),
                    render: (token) => <End token={token} now={now} />,
                  },
                  {
                    key: 'lastUsed',
                    title: t('token.lastUsed'),
                    render: (token) =>
                      token.lastUsedAt
                        ? `${instant(token.lastUsedAt)} ${t('token.from', { address: token.lastAddress ?? '' })}`
                        : t('token.never'),
                  },
                  {
                    key: 'actions',
                    title: t('token.actions'),
                    render: (token) =>
                      token.actions?.map((action) => word('right', action)).join(', ') ??
                      t('token.allActions'),
                  },
                  {
                    key: 'within',
                    title: t('token.within'),
                    render: (token) =>
                      token.within ? <code>{token.within}</code> : t('token.everywhere'),
                  },
                  {
                    key: 'addresses',
                    title: t('token.addresses'),
                    render: (token) => token.addresses.join(', ') || t('token.anywhere'),
                  },
                  {
                    key: 'do',
                    title: t('token.do'),
                    render: (token) =>
                      !token.revokedAt && (
                        <>
                          <Button
                            size="small"
                            onClick={() => {
                              setOpen({ kind: 'rotate', token });
                            }}
                          >
                            {t('token.rotate')}
                          </Button>{' '}
                          <Button
                            size="small"
                            danger
                            data-testid={`revoke-${token.name}`}
                            onClick={() => {
                              setOpen({ kind: 'revoke', token });
                            }}
                          >
                            {t('token.revoke')}
                          </Button>
                        </>
                      ),
                  },
                ]}
              />
              <Pager pages={pages} pageInfo={tokens.pageInfo} byTime />
            </>
          )
        }
      </Answer>
      {open?.kind === 'create' && <TokenDialog serviceAccount={serviceAccount} close={close} />}
      {open?.kind === 'rotate' && <Rotation token={open.token} close={close} />}
      {open?.kind === 'revoke' && <Revocation token={open.token} close={close} />}
    </Page>
  );
}
