import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from 'urql';

import { newKey } from '../../gql/key';
import { StartInstanceDocument, StopInstanceDocument } from '../../gql/instance.generated';
import { problemOf, type Problem } from '../../gql/problem';
import { Dialog } from '../../ui/Dialog';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Deletion } from './Deletion';
import type { Instance } from './InstancePage';

/** Stops or starts; one key per question asked, so that a repeated click does it once. */
function useWish(instance: Instance, done: () => void) {
  const client = useClient();
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const send = async (wish: 'stop' | 'start', key: string) => {
    setBusy(true);
    const document = wish === 'stop' ? StopInstanceDocument : StartInstanceDocument;
    const input = { instance: instance.id, idempotencyKey: key };
    const { error } = await client.mutation<unknown, { input: typeof input }>(document, { input });
    setBusy(false);
    setProblem(error && problemOf(error));
    if (!error) done();
  };
  return { problem, busy, send };
}

/** Stop, start and delete, where the viewer may and where it makes sense. */
export function Lifecycle({ instance, changed }: { instance: Instance; changed: () => void }) {
  const { t } = useTranslation();
  const [stopping, setStopping] = useState<string>();
  const [deleting, setDeleting] = useState(false);
  const { problem, busy, send } = useWish(instance, () => {
    setStopping(undefined);
    changed();
  });
  const { name, state, wish, viewerCan } = instance;
  if (wish === 'DELETED') return null;
  // A member that was given up is started again by a person only.
  const mayStart = wish === 'STOPPED' || state === 'FAILED' || state === 'DEGRADED';
  const mayOperate = viewerCan.includes('OPERATE');

  return (
    <>
      {mayOperate && wish === 'RUNNING' && (
        <Button
          data-testid="stop"
          onClick={() => {
            setStopping(newKey());
          }}
        >
          {t('lifecycle.stop')}
        </Button>
      )}
      {mayOperate && mayStart && (
        <Button
          type="primary"
          data-testid="start"
          loading={busy}
          onClick={() => void send('start', newKey())}
        >
          {t('lifecycle.start')}
        </Button>
      )}
      {viewerCan.includes('DELETE') && (
        <Button
          danger
          data-testid="delete"
          onClick={() => {
            setDeleting(true);
          }}
        >
          {t('lifecycle.delete')}
        </Button>
      )}
      {problem && !stopping && <ProblemNotice problem={problem} />}
      {stopping && (
        <Dialog
          title={t('lifecycle.stopTitle', { name })}
          close={() => {
            setStopping(undefined);
          }}
          confirm={{
            label: t('lifecycle.stop'),
            testid: 'confirm-stop',
            busy,
            act: () => void send('stop', stopping),
          }}
        >
          {problem && <ProblemNotice problem={problem} />}
          <p>{t('lifecycle.stopHelp')}</p>
        </Dialog>
      )}
      {deleting && (
        <Deletion
          instance={instance}
          close={() => {
            setDeleting(false);
          }}
        />
      )}
    </>
  );
}
