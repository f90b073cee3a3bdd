import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Dialog } from '../../ui/Dialog';
import { Listing } from '../../ui/Listing';
import { sizeParts } from '../../ui/size';
import { useText } from '../../ui/text';
import { AddPlan } from './AddPlan';
import type { Offering, Plan } from './Offered';

export interface PlansProps {
  offering: Offering;
  /** Somebody wants to say who may order by it. */
  choose: (plan: Plan) => void;
  added: () => void;
  close: () => void;
}

/** The plans of an offering, who may order by each, and one more. */
export function Plans({ offering, choose, added, close }: PlansProps) {
  const { t } = useTranslation();
  const text = useText();
  const [adding, setAdding] = useState(false);
  if (adding) {
    return (
      <AddPlan
        offering={offering}
        close={() => {
          setAdding(false);
        }}
        done={() => {
          setAdding(false);
          added();
        }}
      />
    );
  }
  return (
    <Dialog wide title={t('tenant.plansTitle', { name: offering.name })} close={close}>
      <p className="muted">{t('tenant.plansHelp')}</p>
      <Listing
        label={t('tenant.plans')}
        rows={offering.plans}
        rowKey={(plan) => plan.id}
        rowTestid={(plan) => `plan-${plan.name}`}
        testid="managed-plans"
        columns={[
          { key: 'name', title: t('tenant.name'), render: (plan) => plan.name },
          { key: 'title', title: t('tenant.label'), render: (plan) => text(plan.title) },
          {
            key: 'size',
            title: t('tenant.size'),
            render: (plan) => <span className="words">{t('size.of', sizeParts(plan.size))}</span>,
          },
          {
            key: 'audience',
            title: t('tenant.audience'),
            render: (plan) => (
              <span className="whole">{t(`tenant.audienceOf.${plan.audience}`)}</span>
            ),
          },
          {
            key: 'count',
            title: t('tenant.offeredTo'),
            exact: true,
            render: (plan) => plan.tenantCount,
          },
          {
            key: 'do',
            title: t('tenant.do'),
            render: (plan) => (
              <Button
                size="small"
                data-testid={`change-plan-${plan.name}`}
                onClick={() => {
                  choose(plan);
                }}
              >
                {t('tenant.change')}
              </Button>
            ),
          },
        ]}
      />
      <p>
        <Button
          data-testid="add-plan"
          onClick={() => {
            setAdding(true);
          }}
        >
          {t('tenant.addPlan')}
        </Button>
      </p>
    </Dialog>
  );
}
