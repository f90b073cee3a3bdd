import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { QuotaRowFragment } from '../../gql/quota.generated';
import { grouped } from '../../ui/decimal';
import { Listing } from '../../ui/Listing';
import { QuotaDialog } from './QuotaDialog';
import { usePlace } from './usePlace';

interface QuotasProps {
  node: {
    id: string;
    name: string;
    viewerCan: readonly string[];
    quotas: readonly QuotaRowFragment[];
  };
  /** Reads again. */
  changed: () => void;
}

/** Limits, use and what is left of one organization or project. */
export function Quotas({ node, changed }: QuotasProps) {
  const { t } = useTranslation();
  const placed = usePlace();
  const [chosen, setChosen] = useState<QuotaRowFragment>();
  const { id, name } = node;
  const mayLimit = node.viewerCan.includes('MANAGE_LIMITS');
  const close = () => {
    setChosen(undefined);
  };
  return (
    <>
      <Listing
        label={t('quota.of', { name })}
        testid={`quotas-${name}`}
        rows={node.quotas}
        rowKey={(row) => row.meter}
        rowTestid={(row) => `quota-${name}-${row.meter}`}
        columns={[
          {
            key: 'meter',
            title: t('quota.meter'),
            render: (row) => t(`quota.meterOf.${row.meter}`),
          },
          {
            key: 'limit',
            title: t('quota.limit'),
            exact: true,
            render: (row) => (row.limit === null ? '–' : grouped(row.limit)),
          },
          {
            key: 'used',
            title: t('quota.used'),
            exact: true,
            render: (row) => grouped(row.used),
          },
          {
            key: 'free',
            title: t('quota.free'),
            exact: true,
            render: (row) => (row.free === null ? '–' : grouped(row.free)),
          },
          {
            key: 'tightest',
            title: t('quota.tightest'),
            render: ({ tightest }) =>
              tightest &&
              t('quota.tightestOf', {
                place: placed(tightest.place),
                used: grouped(tightest.used),
                limit: grouped(tightest.limit),
              }),
          },
          {
            key: 'do',
            title: '',
            render: (row) =>
              mayLimit && (
                <Button
                  type="link"
                  size="small"
                  data-testid={`limit-${name}-${row.meter}`}
                  onClick={() => {
                    setChosen(row);
                  }}
                >
                  {t('quota.change')}
                </Button>
              ),
          },
        ]}
      />
      {chosen && (
        <QuotaDialog
          at={id}
          name={name}
          quota={chosen}
          close={close}
          done={() => {
            close();
            changed();
          }}
        />
      )}
    </>
  );
}
