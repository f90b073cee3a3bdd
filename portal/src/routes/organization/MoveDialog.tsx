import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMutation } from 'urql';

import { newKey } from '../../gql/key';
import { MoveOrganizationDocument, MoveProjectDocument } from '../../gql/organization.generated';
import { Dialog } from '../../ui/Dialog';
import type { Choice } from '../../ui/Picker';
import { PlacePicker } from '../../ui/PlacePicker';
import { ProblemNotice } from '../../ui/ProblemNotice';
import type { Row } from './branch';

/**
 * Moves something below an organization. Names what it leaves and where it goes before it does; if
 * it was not dropped anywhere yet, the place is chosen here.
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
  const [key, setKey] = useState(newKey);
  const [place, setPlace] = useState(into);
  const [moved, moveOrganization] = useMutation(MoveOrganizationDocument);
  const [taken, moveProject] = useMutation(MoveProjectDocument);
  const isProject = what.kind === 'project';
  const { error, fetching } = isProject ? taken : moved;
  const send = async () => {
    if (!place) return;
    const idempotencyKey = key;
    const answer = isProject
      ? await moveProject({ input: { project: what.id, organization: place.id, idempotencyKey } })
      : await moveOrganization({
          input: { organization: what.id, parent: place.id, idempotencyKey },
        });
    setKey(newKey());
    if (!answer.error) done(place.id);
  };
  return (
    <Dialog
      title={t('organization.moveTitle', { name: what.title })}
      close={close}
      confirm={{
        label: t('organization.move'),
        testid: 'confirm-move',
        busy: fetching,
        disabled: !place,
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
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
      <p className="muted">{t('organization.moveHelp')}</p>
    </Dialog>
  );
}
