import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { VisibilityDocument, WithdrawOfferingDocument } from '../../gql/tenant.generated';
import { Answer } from '../../ui/Answer';
import { Confirmation } from '../../ui/Confirmation';
import { Listing } from '../../ui/Listing';
import { Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { Offered, type Offerable, type Offering } from './Offered';
import { Plans } from './Plans';
import { Publishable } from './Publishable';

/** Who may order which offering. */
export function Visibility() {
  const { t } = useTranslation();
  const pages = usePages();
  const [open, setOpen] = useState<Offerable>();
  const [planned, setPlanned] = useState<string>();
  const [ending, setEnding] = useState<Offering>();
  const [result, ask] = useQuery({
    query: VisibilityDocument,
    variables: { after: pages.after },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const nodes = result.data?.managedOfferings.nodes;
  const withPlans = nodes?.find((offering: Offering) => offering.id === planned);
  return (
    <Section title={t('tenant.offerings')}>
      <p className="muted">{t('tenant.offeringsHelp')}</p>
      <Answer result={result} retry={refresh}>
        {({ managedOfferings, packages }) => (
          <>
            <Listing
              label={t('tenant.offerings')}
              rows={managedOfferings.nodes}
              rowKey={(offering) => offering.id}
              rowTestid={(offering) => `visibility-${offering.name}`}
              testid="visibility"
              columns={[
                { key: 'name', title: t('tenant.offering'), render: (offering) => offering.name },
                {
                  key: 'version',
                  title: t('tenant.version'),
                  render: (offering) => offering.packageVersion,
                },
                {
                  key: 'audience',
                  title: t('tenant.audience'),
                  render: (offering) =>
                    t(
                      offering.withdrawnAt
                        ? 'tenant.nobody'
                        : `tenant.audienceOf.${offering.audience}`,
                    ),
                },
                {
                  key: 'count',
                  title: t('tenant.offeredTo'),
                  exact: true,
                  render: (offering) => offering.tenantCount,
                },
                {
                  key: 'do',
                  title: t('tenant.do'),
                  render: (offering) =>
                    offering.withdrawnAt === null && (
                      <>
                        <Button
                          size="small"
                          data-testid={`change-visibility-${offering.name}`}
                          onClick={() => {
                            setOpen({ offering });
                          }}
                        >
                          {t('tenant.change')}
                        </Button>{' '}
                        <Button
                          size="small"
                          data-testid={`plans-${offering.name}`}
                          onClick={() => {
                            setPlanned(offering.id);
                          }}
                        >
                          {t('tenant.plans')}
                        </Button>{' '}
                        <Button
                          size="small"
                          danger
                          data-testid={`withdraw-offering-${offering.name}`}
                          onClick={() => {
                            setEnding(offering);
                          }}
                        >
                          {t('tenant.withdraw')}
                        </Button>
                      </>
                    ),
                },
              ]}
            />
            <Pager pages={pages} pageInfo={managedOfferings.pageInfo} />
            <Publishable packages={packages} done={refresh} />
          </>
        )}
      </Answer>
      {ending && (
        <Confirmation
          title={t('tenant.withdrawTitle', { name: ending.name })}
          label={t('tenant.withdraw')}
          testid="confirm-withdraw"
          document={WithdrawOfferingDocument}
          input={{ offering: ending.id }}
          close={() => {
            setEnding(undefined);
          }}
          done={() => {
            setEnding(undefined);
            refresh();
          }}
        >
          <p>{t('tenant.withdrawHelp')}</p>
        </Confirmation>
      )}
      {withPlans && !open && (
        <Plans
          offering={withPlans}
          choose={(plan) => {
            setOpen({ offering: withPlans, plan });
          }}
          added={refresh}
          close={() => {
            setPlanned(undefined);
          }}
        />
      )}
      {open && (
        <Offered
          what={open}
          close={() => {
            setOpen(undefined);
            refresh();
          }}
        />
      )}
    </Section>
  );
}
