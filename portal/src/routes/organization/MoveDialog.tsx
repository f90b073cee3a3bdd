import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import { MoveOrganizationDocument, MoveProjectDocument } from '../../gql/organization.generated';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { instantOf, zonedInstant } from '../../ui/instant';
import type { Choice } from '../../ui/Picker';
import { PlacePicker } from '../../ui/PlacePicker';
import { ProblemNotice } from '../../ui/ProblemNotice';
import type { Row } from './branch';

/**
 * Moves something below an organization. Names what it leaves and where it goes before it does; if
 * it was not dropped anywhere yet, the place is chosen here. With an instant to come, the move is
 * planned.
 */
export function MoveDialog({
  what,
  from,
  into,
  close,
  done,
}: {
  what: Row;
  /** Title of the organization that it is in. */
  from: string;
  into?: Choice | undefined;
  close: () => void;
  done: (into: string) => void;
}) {
  const { t } = useTranslation();
  const [place, setPlace] = useState(into);
  const [local, setLocal] = useState('');
  const at = instantOf(local);
  // What was sent last: a refusal of it says nothing of another instant.
  const [sent, setSent] = useState<string>();
  const [moved, moveOrganization] = useKeyed(MoveOrganizationDocument);
  const [taken, moveProject] = useKeyed(MoveProjectDocument);
  const isProject = what.kind === 'project';
  const { error, fetching } = isProject ? taken : moved;
  const wrongAt = error && problemOf(error).fields.find(({ field }) => field === 'at')?.message;
  const send = async () => {
    if (!place) return;
    setSent(local);
    const answer = isProject
      ? await moveProject({
          input: { project: what.id, organization: place.id, at },
        })
      : await moveOrganization({
          input: { organization: what.id, parent: place.id, at },
        });
    if (!answer.error) done(place.id);
  };
  return (
    <Dialog
      title={t('organization.moveTitle', { name: what.title })}
      close={close}
      confirm={{
        label: t(at ? 'organization.movePlan' : 'organization.move'),
        testid: 'confirm-move',
        busy: fetching,
        disabled: !place,
        act: () => void send(),
      }}
    >
      {error && !wrongAt && <ProblemNotice error={error} />}
      {!into && (
        <PlacePicker
          label={t('organization.moveTo')}
          testid="move-to"
          action="MANAGE_TREE"
          kinds={['organization']}
          without={what.id}
          value={place}
          change={setPlace}
        />
      )}
      {place && (
        <p data-testid="move-places">
          {t('organization.moveSentence', { name: what.title, from, to: place.title })}
        </p>
      )}
      <Field
        label={t('organization.moveAt')}
        help={t('organization.moveAtHelp')}
        error={sent === local ? wrongAt : undefined}
      >
        <Input
          type="datetime-local"
          value={local}
          data-testid="move-at"
          onChange={(change) => {
            setLocal(change.target.value);
          }}
        />
      </Field>
      {at && (
        <p data-testid="move-instant">
          {t('organization.moveAtSentence', { at: zonedInstant(at) })}
        </p>
      )}
      <p className="muted">{t('organization.moveHelp')}</p>
    </Dialog>
  );
}
