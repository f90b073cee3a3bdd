import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';

import type { PreviewOrderQuery } from '../../gql/order.generated';
import { Amount } from '../../ui/Amount';
import { grouped, trimmed } from '../../ui/decimal';
import { Listing } from '../../ui/Listing';
import { usePlace } from '../quota/usePlace';

type Preview = PreviewOrderQuery['previewOrder'];

/** What the order takes of every meter that is limited. */
export function PreviewQuotas({ quotas }: { quotas: Preview['quotas'] }) {
  const { t } = useTranslation();
  const placed = usePlace();
  if (quotas.length === 0) return null;
  const isOver = quotas.some(({ remains }) => remains.startsWith('-'));
  return (
    <>
      <h2>{t('quota.title')}</h2>
      {isOver && <Alert type="warning" showIcon className="notice" title={t('quota.over')} />}
      <Listing
        label={t('quota.title')}
        testid="preview-quotas"
        rows={quotas}
        rowKey={(row) => row.meter}
        columns={[
          {
            key: 'meter',
            title: t('quota.meter'),
            render: ({ meter, tightest }) => (
              <>
                {t(`quota.meterOf.${meter}`)}
                <div className="muted">
                  {t('quota.tightestOf', {
                    place: placed(tightest.place),
                    used: grouped(tightest.used),
                    limit: grouped(tightest.limit),
                  })}
                </div>
              </>
            ),
          },
          {
            key: 'added',
            title: t('quota.added'),
            exact: true,
            render: (row) => grouped(row.added),
          },
          {
            key: 'remains',
            title: t('quota.remains'),
            exact: true,
            render: (row) => grouped(row.remains),
          },
        ]}
      />
    </>
  );
}

/** What the order takes of every budget above it. */
export function PreviewBudgets({ budgets }: { budgets: Preview['budgets'] }) {
  const { t } = useTranslation();
  const placed = usePlace();
  if (budgets.length === 0) return null;
  const over = budgets.filter(({ remains }) => remains.startsWith('-'));
  const isRefused = over.some(({ budget }) => budget.action === 'BLOCK');
  return (
    <>
      <h2>{t('budget.titles')}</h2>
      {over.length > 0 && (
        <Alert
          type="warning"
          showIcon
          className="notice"
          title={t(isRefused ? 'budget.over' : 'budget.overNoted')}
        />
      )}
      <Listing
        label={t('budget.titles')}
        testid="preview-budgets"
        rows={budgets}
        rowKey={({ budget }) => budget.at}
        columns={[
          {
            key: 'place',
            title: t('budget.title'),
            render: ({ budget }) => (
              <>
                {placed(budget.place)}
                <div className="muted">
                  {t('budget.committedOf', {
                    committed: grouped(trimmed(budget.committed)),
                    amount: grouped(trimmed(budget.amount)),
                  })}
                </div>
              </>
            ),
          },
          {
            key: 'added',
            title: t('quota.added'),
            exact: true,
            render: (row) => <Amount value={trimmed(row.added)} />,
          },
          {
            key: 'remains',
            title: t('quota.remains'),
            exact: true,
            render: (row) => <Amount value={trimmed(row.remains)} />,
          },
        ]}
      />
    </>
  );
}
