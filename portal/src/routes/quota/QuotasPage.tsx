import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useQuery } from 'urql';

import { OrganizationQuotasDocument, QuotaTopsDocument } from '../../gql/quota.generated';
import { Answer } from '../../ui/Answer';
import { Field } from '../../ui/Field';
import { Nothing } from '../../ui/Nothing';
import { Page, Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { Budgets } from '../budget/Budgets';
import { Quotas } from './Quotas';

function OfOrganization({ of }: { of: string }) {
  const { t } = useTranslation();
  const pages = usePages();
  const [result, ask] = useQuery({
    query: OrganizationQuotasDocument,
    variables: { of, after: pages.after },
    requestPolicy: 'cache-and-network',
  });
  const again = () => {
    ask({ requestPolicy: 'network-only' });
  };
  return (
    <Answer result={result} retry={again}>
      {({ organization }) => (
        <>
          <Section title={t('quota.organization', { name: organization.name })}>
            <Quotas node={organization} changed={again} />
            <Budgets node={organization} changed={again} />
          </Section>
          {organization.projects.nodes.map((project) => (
            <Section key={project.id} title={t('quota.project', { name: project.name })}>
              <Quotas node={project} changed={again} />
              <Budgets node={project} changed={again} />
            </Section>
          ))}
          {(organization.projects.pageInfo.hasNextPage || pages.after) && (
            <Pager pages={pages} pageInfo={organization.projects.pageInfo} />
          )}
        </>
      )}
    </Answer>
  );
}

/** Limits of an organization and of what is directly in it. */
export default function QuotasPage() {
  const { t } = useTranslation();
  const [parameters, setParameters] = useSearchParams();
  const pages = usePages();
  const [result, ask] = useQuery({
    query: QuotaTopsDocument,
    variables: { after: pages.after },
    requestPolicy: 'cache-and-network',
  });
  const again = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const given = parameters.get('organization') ?? '';
  const [typed, setTyped] = useState(given);
  return (
    <Page title={t('quota.pageTitle')}>
      <p className="muted">{t('quota.help')}</p>
      <Answer result={result} retry={again}>
        {({ tenant: { tops, topProjects } }) => {
          // What is not below an organization that the viewer sees stands by itself.
          const alone = given ? [] : topProjects.nodes;
          const of = given || (tops[0]?.id ?? '');
          return (
            <>
              <Field label={t('quota.choose')} help={t('quota.chooseHelp')}>
                <Input.Search
                  data-testid="quota-organization"
                  placeholder={tops[0]?.name ?? ''}
                  value={typed}
                  onChange={(event) => {
                    setTyped(event.target.value);
                  }}
                  onSearch={(text) => {
                    setParameters(text.trim() ? { organization: text.trim() } : {});
                  }}
                />
              </Field>
              {of && <OfOrganization key={of} of={of} />}
              {alone.map((project) => (
                <Section key={project.id} title={t('quota.project', { name: project.name })}>
                  <Quotas node={project} changed={again} />
                  <Budgets node={project} changed={again} />
                </Section>
              ))}
              {!given && (topProjects.pageInfo.hasNextPage || pages.after) && (
                <Pager pages={pages} pageInfo={topProjects.pageInfo} />
              )}
              {!of && alone.length === 0 && <Nothing title={t('quota.empty')} />}
            </>
          );
        }}
      </Answer>
    </Page>
  );
}
