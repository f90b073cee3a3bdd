import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';

import { OfferingsDocument, type OfferingsQuery } from '../../gql/offering.generated';
import { Answer } from '../../ui/Answer';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { useText, useWord } from '../../ui/text';

const PAGE = 24;

function Card({ offering }: { offering: OfferingsQuery['offerings']['nodes'][number] }) {
  const { t } = useTranslation();
  const text = useText();
  const word = useWord();
  return (
    <li>
      <Link
        to={`/catalogue/${offering.name}`}
        className="card"
        data-testid={`offering-${offering.name}`}
      >
        <span className="card-class">{word('offeringClass', offering.class)}</span>
        <span className="card-title">{text(offering.title)}</span>
        <span className="card-summary">{text(offering.summary)}</span>
        <span className="muted">
          {t('catalogue.versions', { versions: offering.softwareVersions.join(', ') })}
        </span>
      </Link>
    </li>
  );
}

/** What the viewer's tenant may order. */
export default function Catalogue() {
  const { t } = useTranslation();
  const pages = usePages();
  const [search, setSearch] = useState('');
  const [result, ask] = useQuery({
    query: OfferingsDocument,
    variables: { first: PAGE, after: pages.after, search: search || null },
  });
  return (
    <Page
      title={t('catalogue.title')}
      extra={
        <Input.Search
          allowClear
          className="search"
          placeholder={t('catalogue.search')}
          aria-label={t('catalogue.search')}
          onSearch={(text) => {
            pages.reset();
            setSearch(text.trim());
          }}
        />
      }
    >
      <Answer
        result={result}
        retry={() => {
          ask({ requestPolicy: 'network-only' });
        }}
      >
        {({ offerings }) =>
          offerings.nodes.length === 0 ? (
            <Nothing
              title={search ? t('catalogue.noneFound', { search }) : t('catalogue.empty')}
              {...(search ? {} : { help: t('catalogue.emptyHelp') })}
            />
          ) : (
            <>
              <ul className="cards">
                {offerings.nodes.map((offering) => (
                  <Card key={offering.id} offering={offering} />
                ))}
              </ul>
              <Pager pages={pages} pageInfo={offerings.pageInfo} />
            </>
          )
        }
      </Answer>
    </Page>
  );
}
