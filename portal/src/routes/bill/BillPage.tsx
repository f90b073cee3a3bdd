import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';

import { BillDocument, type BillQuery } from '../../gql/bill.generated';
import { Answer } from '../../ui/Answer';
import { zonedInstant } from '../../ui/instant';
import { Page, Section } from '../../ui/Page';
import { Badge } from '../../ui/StateBadge';
import { OwnUse } from './OwnUse';
import { Resources } from './Resources';
import { Children, Gaps, Summary } from './Summary';

type Bill = BillQuery['bill'];

function Standing({ bill }: { bill: Bill }) {
  const { t } = useTranslation();
  const isClosed = bill.state === 'CLOSED';
  return (
    <p className="standing">
      <Badge tone={isClosed ? 'good' : 'warn'} state={bill.state} testid="bill-state">
        {t(isClosed ? 'bill.closed' : 'bill.provisional')}
      </Badge>
      {bill.number && <span>{t('bill.number', { number: bill.number })}</span>}
      {bill.closedAt && <span>{t('bill.closedAt', { at: zonedInstant(bill.closedAt) })}</span>}
      {!isClosed && <span>{t('bill.provisionalHelp')}</span>}
      <span data-testid="bill-complete-to">
        {bill.completeTo
          ? t('bill.completeTo', { at: zonedInstant(bill.completeTo) })
          : t('bill.completeNothing')}
      </span>
      {bill.stayStart && bill.stayEnd && (
        <span className="muted">
          {t('bill.stay', { start: zonedInstant(bill.stayStart), end: zonedInstant(bill.stayEnd) })}
        </span>
      )}
    </p>
  );
}

/** One bill that an accountant can add up: every line exact, every sum shown. */
export default function BillPage() {
  const { t } = useTranslation();
  const { organization = '', period = '' } = useParams();
  const [result, ask] = useQuery({ query: BillDocument, variables: { organization, period } });
  const found = result.data?.bill;

  return (
    <Page
      title={
        found ? t('bill.title', { organization: found.organization.title, period }) : t('bill.list')
      }
      above={
        <>
          <Link to="/bills">{t('bill.list')}</Link>
          {found?.organization.path.slice(0, -1).map((one) => (
            <Fragment key={one.id}>
              {' / '}
              <Link to={`/bills/${one.id}/${period}`}>{one.title}</Link>
            </Fragment>
          ))}
        </>
      }
    >
      <Answer
        result={result}
        retry={() => {
          ask({ requestPolicy: 'network-only' });
        }}
      >
        {({ bill }) => (
          <>
            <Standing bill={bill} />
            <Summary bill={bill} />
            <Section title={t('bill.own')} testid="bill-own">
              <OwnUse bill={bill} />
            </Section>
            <Section title={t('bill.children')}>
              <Children bill={bill} />
            </Section>
            <Section title={t('bill.resources')}>
              <Resources organization={organization} period={period} />
            </Section>
            {bill.gaps.length > 0 && (
              <Section title={t('bill.gaps')}>
                <Gaps gaps={bill.gaps} />
              </Section>
            )}
            {bill.hash && (
              <p className="muted">
                {t('bill.hash')} <code>{bill.hash}</code>
              </p>
            )}
          </>
        )}
      </Answer>
    </Page>
  );
}
