import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import { instant } from '../../ui/instant';
import { Section } from '../../ui/Page';
import { sizeParts } from '../../ui/size';
import { useText } from '../../ui/text';
import { Connect } from './Connect';
import type { Instance } from './InstancePage';
import { Members } from './Members';

function Facts({ instance }: { instance: Instance }) {
  const { t } = useTranslation();
  const text = useText();
  const topology = instance.offering?.topologies.find((one) => one.name === instance.topology);
  const facts: [string, React.ReactNode][] = [
    [
      t('instance.software'),
      <>
        {instance.offering ? (
          <Link to={`/catalogue/${instance.offering.name}`}>{text(instance.offering.title)}</Link>
        ) : (
          instance.package
        )}{' '}
        {instance.installedVersion ?? instance.softwareVersion}
      </>,
    ],
    [t('instance.packageVersion'), `${instance.package} ${instance.packageVersion}`],
    [t('instance.topology'), topology ? text(topology.title) : instance.topology],
    [
      t('instance.plan'),
      <>
        {text(instance.plan.title)}{' '}
        <span className="muted">{t('size.of', sizeParts(instance.plan.size))}</span>
      </>,
    ],
    [t('instance.cell'), instance.cell],
    [t('instance.created'), instant(instance.createdAt)],
    [t('instance.createdBy'), instance.createdBy],
  ];
  if (instance.deletedAt) facts.push([t('instance.deleted'), instant(instance.deletedAt)]);
  return (
    <dl className="facts">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** State, members, how to connect, and what it is. */
export function Overview({ instance }: { instance: Instance }) {
  const { t } = useTranslation();
  return (
    <>
      <Section title={t('member.title')}>
        <Members instance={instance} />
      </Section>
      {instance.state !== 'DELETED' && (
        <Section title={t('connect.title')} testid="connect">
          <Connect instance={instance} />
        </Section>
      )}
      <Section title={t('instance.facts')}>
        <Facts instance={instance} />
      </Section>
    </>
  );
}
