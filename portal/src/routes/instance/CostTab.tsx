import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { InstanceCostDocument } from '../../gql/instance.generated';
import { Amount } from '../../ui/Amount';
import { Answer } from '../../ui/Answer';
import { useLive } from '../../ui/EventFeed';
import { zonedInstant } from '../../ui/instant';
import { Listing, SumRow } from '../../ui/Listing';
import { Section } from '../../ui/Page';
import { useWord } from '../../ui/text';

/** Usage and cost of the month so far, with the instant that they are complete to. */
export function CostTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const [result, ask] = useQuery({ query: InstanceCostDocument, variables: { id } });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  useLive(refresh, id);
  return (
    <Answer result={result} retry={refresh}>
      {({ instance: { cost } }) => (
        <Section title={t('cost.title', { period: cost.period })}>
          <p className="figure">
            <span className="muted">{t('cost.amount')}</span>
            <Amount value={cost.amount} currency={cost.currency} testid="cost-amount" />
          </p>
          <p data-testid="cost-complete-to" data-at={cost.completeTo ?? ''}>
            {cost.completeTo
              ? t('cost.completeTo', { at: zonedInstant(cost.completeTo) })
              : t('cost.nothing')}
          </p>
          <p className="muted">{t('cost.provisional')}</p>
          {cost.lines.length > 0 && (
            <Listing
              label={t('instance.usage')}
              rows={cost.lines}
              rowKey={(line, index) => `${line.meter}-${String(index)}`}
              testid="cost-lines"
              columns={[
                {
                  key: 'meter',
                  title: t('cost.meter'),
                  render: (line) => word('meter', line.meter),
                },
                {
                  key: 'quantity',
                  title: t('cost.quantity'),
                  exact: true,
                  render: (line) => (
                    <>
                      <Amount value={line.quantity} />{' '}
                      <span className="muted">{word('meterUnit', line.meter)}</span>
                    </>
                  ),
                },
                {
                  key: 'amount',
                  title: t('order.amount'),
                  exact: true,
                  render: (line) => <Amount value={line.amount} />,
                },
              ]}
              foot={
                <SumRow
                  columns={3}
                  strong
                  label={t('cost.sum')}
                  value={<Amount value={cost.amount} currency={cost.currency} />}
                />
              }
            />
          )}
        </Section>
      )}
    </Answer>
  );
}
