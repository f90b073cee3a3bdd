import { Button } from 'antd';
import Markdown from 'react-markdown';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { useQuery } from 'urql';

import { OfferingDocument, type OfferingQuery } from '../../gql/offering.generated';
import { Answer } from '../../ui/Answer';
import { Listing } from '../../ui/Listing';
import { Page, Section } from '../../ui/Page';
import { useRights } from '../../ui/Rights';
import { mebibytes, vcpu } from '../../ui/size';
import { useText, useWord } from '../../ui/text';

type Offering = OfferingQuery['offering'];

function Topologies({ offering }: { offering: Offering }) {
  const { t } = useTranslation();
  const text = useText();
  const word = useWord();
  return (
    <Listing
      label={t('catalogue.topologies')}
      rows={offering.topologies}
      rowKey={(row) => row.name}
      columns={[
        {
          key: 'title',
          title: t('instance.topology'),
          render: (row) => <strong>{text(row.title)}</strong>,
        },
        { key: 'summary', title: t('catalogue.about'), render: (row) => text(row.summary) },
        {
          key: 'members',
          title: t('catalogue.members'),
          render: (row) => row.memberRoles.map((role) => word('memberRole', role)).join(' + '),
        },
      ]}
    />
  );
}

function Plans({ offering }: { offering: Offering }) {
  const { t } = useTranslation();
  const text = useText();
  return (
    <>
      <Listing
        label={t('catalogue.plans')}
        rows={offering.plans}
        rowKey={(row) => row.id}
        testid="plans"
        columns={[
          {
            key: 'plan',
            title: t('catalogue.plan'),
            render: (row) => <strong>{text(row.title)}</strong>,
          },
          {
            key: 'vcpu',
            title: t('catalogue.vcpu'),
            exact: true,
            render: (row) => `${vcpu(row.size.millivcpu)} vCPU`,
          },
          {
            key: 'memory',
            title: t('catalogue.memory'),
            exact: true,
            render: (row) => mebibytes(row.size.memoryMib),
          },
          {
            key: 'storage',
            title: t('catalogue.storage'),
            exact: true,
            render: (row) => mebibytes(row.size.storageMib),
          },
        ]}
      />
      <p className="muted">{t('catalogue.perMember')}</p>
    </>
  );
}

/** One offering: what it is, how it can be built, how large it can be. */
export default function OfferingPage() {
  const { t } = useTranslation();
  const text = useText();
  const word = useWord();
  const navigate = useNavigate();
  const { canSomewhere } = useRights();
  const { offering: name = '' } = useParams();
  const [result, ask] = useQuery({ query: OfferingDocument, variables: { name } });
  const offering = result.data?.offering;

  return (
    <Page
      title={offering ? text(offering.title) : t('catalogue.title')}
      above={
        <>
          <Link to="/catalogue">{t('catalogue.title')}</Link>
          {offering && <> · {word('offeringClass', offering.class)}</>}
        </>
      }
      extra={
        offering &&
        canSomewhere('ORDER') && (
          <Button
            type="primary"
            data-testid="order"
            onClick={() => void navigate(`/order/${offering.name}`)}
          >
            {t('catalogue.order', { title: text(offering.title) })}
          </Button>
        )
      }
    >
      <Answer
        result={result}
        retry={() => {
          ask({ requestPolicy: 'network-only' });
        }}
      >
        {(answer) => (
          <>
            <p className="lead">{text(answer.offering.summary)}</p>
            <p className="muted">
              {t('catalogue.versions', { versions: answer.offering.softwareVersions.join(', ') })}
              {' · '}
              {t('catalogue.package', { version: answer.offering.packageVersion })}
            </p>
            <Section title={t('catalogue.topologies')}>
              <Topologies offering={answer.offering} />
            </Section>
            <Section title={t('catalogue.plans')}>
              <Plans offering={answer.offering} />
            </Section>
            <Section title={t('catalogue.about')}>
              <div className="prose" data-testid="description">
                <Markdown disallowedElements={['img', 'h1']} components={{ h2: 'h3', h3: 'h4' }}>
                  {text(answer.offering.description)}
                </Markdown>
              </div>
            </Section>
          </>
        )}
      </Answer>
    </Page>
  );
}
