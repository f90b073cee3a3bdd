import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient, useQuery, type CombinedError } from 'urql';

import { useKeyed } from '../../gql/useKeyed';
import {
  OfferToTenantDocument,
  SetOfferingAudienceDocument,
  TenantNamedDocument,
  TenantsOfferedDocument,
  WithdrawFromTenantDocument,
  type VisibilityQuery,
} from '../../gql/tenant.generated';
import { Answer } from '../../ui/Answer';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { Listing } from '../../ui/Listing';
import { Pager, usePages } from '../../ui/Pager';
import { ProblemNotice } from '../../ui/ProblemNotice';

export type Offering = VisibilityQuery['managedOfferings']['nodes'][number];
export type Plan = Offering['plans'][number];

export interface Offerable {
  offering: Offering;
  /** Of the offering; it alone is meant. */
  plan?: Plan;
}

/** To whom an offering or a plan is offered, and whether that counts. */
export function Offered({ what, close }: { what: Offerable; close: () => void }) {
  const { offering, plan } = what;
  const { t } = useTranslation();
  const client = useClient();
  const pages = usePages();
  const [name, setName] = useState('');
  const [audience, setAudience] = useState((plan ?? offering).audience);
  const [error, setError] = useState<CombinedError>();
  const [, set] = useKeyed(SetOfferingAudienceDocument);
  const [, offer] = useKeyed(OfferToTenantDocument);
  const [, withdraw] = useKeyed(WithdrawFromTenantDocument);
  const [result, ask] = useQuery({
    query: TenantsOfferedDocument,
    variables: { offering: offering.id, plan: plan?.id, after: pages.after },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const of = () => ({ offering: offering.id, plan: plan?.id });
  const choose = async (next: Offering['audience']) => {
    const done = await set({ input: { ...of(), audience: next } });
    setError(done.error);
    if (done.data) setAudience(next);
  };
  const add = async () => {
    const found = await client.query(TenantNamedDocument, { name: name.trim() }).toPromise();
    const tenant = found.data?.managedTenant.id;
    const done = tenant ? await offer({ input: { ...of(), tenant } }) : undefined;
    setError(found.error ?? done?.error);
    if (done?.data) setName('');
    refresh();
  };
  const take = async (tenant: string) => {
    setError((await withdraw({ input: { ...of(), tenant } })).error);
    refresh();
  };
  const isChosen = audience === 'CHOSEN';
  return (
    <Dialog
      wide
      title={t(plan ? 'tenant.planOfferedTitle' : 'tenant.offeredTitle', {
        name: offering.name,
        plan: plan?.name,
      })}
      close={close}
    >
      {error && <ProblemNotice error={error} />}
      <Field
        label={t('tenant.audience')}
        help={t(`tenant.${plan ? 'planAudienceHelp' : 'audienceHelp'}.${audience}`)}
      >
        <select
          className="plain-select"
          data-testid="audience"
          value={audience}
          onChange={(event) => void choose(event.target.value as Offering['audience'])}
        >
          <option value="ALL">{t('tenant.audienceOf.ALL')}</option>
          <option value="CHOSEN">{t('tenant.audienceOf.CHOSEN')}</option>
        </select>
      </Field>
      <Field label={t('tenant.offerTo')}>
        <Input
          data-testid="offer-to"
          autoComplete="off"
          spellCheck={false}
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
          onPressEnter={(event) => {
            // The dialog itself has nothing to send.
            event.preventDefault();
            if (name.trim() !== '') void add();
          }}
        />
      </Field>
      <p>
        <Button disabled={name.trim() === ''} data-testid="offer" onClick={() => void add()}>
          {t('tenant.offer')}
        </Button>
      </p>
      <Answer result={result} retry={refresh}>
        {({ managedTenants }) => (
          <>
            <Listing
              label={t('tenant.offeredTo')}
              rows={managedTenants.nodes}
              rowKey={(tenant) => tenant.id}
              rowTestid={(tenant) => `offered-${tenant.name}`}
              testid="offered"
              columns={[
                { key: 'name', title: t('tenant.name'), render: (tenant) => tenant.name },
                { key: 'title', title: t('tenant.label'), render: (tenant) => tenant.title },
                {
                  key: 'do',
                  title: t('tenant.do'),
                  render: (tenant) => (
                    <Button
                      size="small"
                      danger
                      disabled={!isChosen}
                      data-testid={`withdraw-${tenant.name}`}
                      onClick={() => void take(tenant.id)}
                    >
                      {t('tenant.withdraw')}
                    </Button>
                  ),
                },
              ]}
            />
            <Pager pages={pages} pageInfo={managedTenants.pageInfo} />
          </>
        )}
      </Answer>
    </Dialog>
  );
}
