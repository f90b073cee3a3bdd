import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { ExplainAccessDocument, type ExplainAccessQuery } from '../../gql/access.generated';
import { Answer } from '../../ui/Answer';
import { Listing } from '../../ui/Listing';
import { Section } from '../../ui/Page';
import type { Choice } from '../../ui/Picker';
import { PlacePicker } from '../../ui/PlacePicker';
import { useWord } from '../../ui/text';
import { useRoleTitle } from './useRoleTitle';

type Reason = ExplainAccessQuery['explainAccess'][number];

function Because({ reason }: { reason: Reason }) {
  const { t } = useTranslation();
  const roleTitle = useRoleTitle();
  if (reason.because.length === 0) return <span className="muted">{t('why.nothing')}</span>;
  return (
    <ul className="plain">
      {reason.because.map(({ holder, role, at, effect }, index) => (
        <li key={`${role.id}-${String(index)}`}>
          {t(effect === 'DENY' ? 'why.denied' : 'why.given', {
            role: roleTitle(role),
            holder: holder.title,
            at: at && 'title' in at ? at.title : t('binding.tenant'),
          })}
        </li>
      ))}
    </ul>
  );
}

function Reasons({ subject, at }: { subject: string; at: string }) {
  const { t } = useTranslation();
  const word = useWord();
  const [result, ask] = useQuery({
    query: ExplainAccessDocument,
    variables: { subject, at },
    requestPolicy: 'network-only',
  });
  return (
    <Answer
      result={result}
      retry={() => {
        ask({ requestPolicy: 'network-only' });
      }}
    >
      {({ explainAccess }) => (
        <Listing
          label={t('why.title')}
          testid="reasons"
          rows={explainAccess}
          rowKey={({ action }) => action}
          rowTestid={({ action }) => `why-${action}`}
          columns={[
            {
              key: 'action',
              title: t('why.action'),
              render: ({ action }) => word('right', action),
            },
            {
              key: 'may',
              title: t('why.may'),
              render: ({ isAllowed }) => (
                <span className={isAllowed ? 'badge badge-good' : 'badge badge-calm'}>
                  {t(isAllowed ? 'why.yes' : 'why.no')}
                </span>
              ),
            },
            { key: 'because', title: t('why.because'), render: (row) => <Because reason={row} /> },
          ]}
        />
      )}
    </Answer>
  );
}

/** Why somebody may or may not do what at a place that the viewer chooses. */
export function Why({ subject }: { subject: string }) {
  const { t } = useTranslation();
  const [at, setAt] = useState<Choice>();
  return (
    <Section title={t('why.title')} testid="why">
      <p className="muted">{t('why.help')}</p>
      <PlacePicker
        label={t('binding.at')}
        testid="why-at"
        action="MANAGE_ACCESS"
        kinds={['tenant', 'organization', 'project', 'application']}
        value={at}
        change={setAt}
      />
      {at && <Reasons subject={subject} at={at.id} />}
    </Section>
  );
}
