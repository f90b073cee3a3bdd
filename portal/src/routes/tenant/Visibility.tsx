import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient, useMutation, useQuery, type CombinedError } from 'urql';

import { newKey } from '../../gql/key';
import {
  OfferToTenantDocument,
  SetOfferingAudienceDocument,
  TenantNamedDocument,
  TenantsOfferedDocument,
  VisibilityDocument,
  WithdrawFromTenantDocument,
  WithdrawOfferingDocument,
  type VisibilityQuery,
} from '../../gql/tenant.generated';
import { Answer } from '../../ui/Answer';
import { Confirmation } from '../../ui/Confirmation';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { Listing } from '../../ui/Listing';
import { Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Publishable } from './Publishable';

type Offering = VisibilityQuery['managedOfferings']['nodes'][number];

/** To whom an offering is offered, and whether that counts. */
function Offered({ offering, close }: { offering: Offering; close: () => void }) {
  const { t } = useTranslation();
  const client = useClient();
  const pages = usePages();
  const [name, setName] = useState('');
  const [audience, setAudience] = useState(offering.audience);
  const [error, setError] = useState<CombinedError>();
  const [, set] = useMutation(SetOfferingAudienceDocument);
  const [, offer] = useMutation(OfferToTenantDocument);
  const [, withdraw] = useMutation(WithdrawFromTenantDocument);
  const [result, ask] = useQuery({
    query: TenantsOfferedDocument,
    variables: { offering: offering.id, after: pages.after },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const of = () => ({ offering: offering.id, idempotencyKey: newKey() });
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
    <Dialog wide title={t('tenant.offeredTitle', { name: offering.name })} close={close}>
      {error && <ProblemNotice error={error} />}
      <Field label={t('tenant.audience')} help={t(`tenant.audienceHelp.${audience}`)}>
        <select
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

/** Who may order which offering. */
export function Visibility() {
  const { t } = useTranslation();
  const pages = usePages();
  const [open, setOpen] = useState<Offering>();
  const [ending, setEnding] = useState<Offering>();
  const [result, ask] = useQuery({
    query: VisibilityDocument,
    variables: { after: pages.after },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
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
                            setOpen(offering);
                          }}
                        >
                          {t('tenant.change')}
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
      {open && (
        <Offered
          offering={open}
          close={() => {
            setOpen(undefined);
            refresh();
          }}
        />
      )}
    </Section>
  );
}
