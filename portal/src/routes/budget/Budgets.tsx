import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { CommittedFragment } from '../../gql/quota.generated';
import { Amount } from '../../ui/Amount';
import { trimmed } from '../../ui/decimal';
import { Listing } from '../../ui/Listing';
import { usePlace } from '../quota/usePlace';
import { BudgetDialog } from './BudgetDialog';

interface BudgetsProps {
  node: {
    id: string;
    name: string;
    viewerCan: readonly string[];
    budgets: CommittedFragment;
  };
  /** Reads again. */
  changed: () => void;
}

/** What one organization or project costs in a month, and the budgets that hold for it. */
export function Budgets({ node, changed }: BudgetsProps) {
  const { t } = useTranslation();
  const placed = usePlace();
  const [isOpen, setOpen] = useState(false);
  const { id, name, budgets } = node;
  const { currency, committed, holding } = budgets;
  const close = () => {
    setOpen(false);
  };
  const money = (value: string) => <Amount value={trimmed(value)} />;
  return (
    <div data-testid={`budget-${name}`}>
      <p>
        {t('budget.committedHere')}{' '}
        <strong>
          <Amount value={trimmed(committed)} currency={currency} testid={`committed-${name}`} />
        </strong>
      </p>
      {holding.length > 0 && (
        <Listing
          label={t('budget.of', { name })}
          testid={`budgets-${name}`}
          rows={holding}
          rowKey={(row) => row.at}
          columns={[
            {
              key: 'place',
              title: t('budget.title'),
              render: (row) => (
                <>
                  {placed(row.place)}
                  <div className="muted">{t(`budget.actionOf.${row.action}`)}</div>
                </>
              ),
            },
            {
              key: 'amount',
              title: t('budget.amount'),
              exact: true,
              render: (row) => money(row.amount),
            },
            {
              key: 'committed',
              title: t('budget.committed'),
              exact: true,
              render: (row) => money(row.committed),
            },
            { key: 'free', title: t('budget.free'), exact: true, render: (row) => money(row.free) },
          ]}
        />
      )}
      {node.viewerCan.includes('MANAGE_LIMITS') && (
        <Button
          size="small"
          data-testid={`set-budget-${name}`}
          onClick={() => {
            setOpen(true);
          }}
        >
          {t('budget.change')}
        </Button>
      )}
      {isOpen && (
        <BudgetDialog
          at={id}
          name={name}
          budgets={budgets}
          close={close}
          done={() => {
            close();
            changed();
          }}
        />
      )}
    </div>
  );
}
