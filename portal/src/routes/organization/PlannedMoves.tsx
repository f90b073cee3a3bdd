import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { useKeyed } from '../../gql/useKeyed';
import {
  CancelPlannedMoveDocument,
  PlannedMovesDocument,
  type PlannedMovesQuery,
} from '../../gql/organization.generated';
import { Answer } from '../../ui/Answer';
import { Dialog } from '../../ui/Dialog';
import { zonedInstant } from '../../ui/instant';
import { ProblemNotice } from '../../ui/ProblemNotice';

type Planned = PlannedMovesQuery['plannedMoves']['nodes'][number];

/** Asks once more, and calls a planned move off. */
function Cancel({ of, close, done }: { of: Planned; close: () => void; done: () => void }) {
  const { t } = useTranslation();
  const [{ error, fetching }, cancel] = useKeyed(CancelPlannedMoveDocument);
  const send = async () => {
    const answer = await cancel({ input: { plannedMove: of.id } });
    if (!answer.error) done();
  };
  return (
    <Dialog
      title={t('organization.plannedCancelTitle', { name: of.name })}
      close={close}
      confirm={{
        label: t('organization.plannedCancel'),
        testid: 'confirm-cancel-move',
        busy: fetching,
        disabled: false,
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <p>{t('organization.plannedCancelHelp')}</p>
    </Dialog>
  );
}

/** What is planned of a place and below it, or leads to there, and what became of it. */
export function PlannedMoves({ at }: { at: string }) {
  const { t } = useTranslation();
  const [cancelled, setCancelled] = useState<Planned>();
  const [result, ask] = useQuery({
    query: PlannedMovesDocument,
    variables: { at },
    requestPolicy: 'cache-and-network',
  });
  const retry = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const elsewhere = t('organization.plannedElsewhere');
  return (
    <Answer result={result} retry={retry}>
      {({ plannedMoves: { nodes } }) =>
        nodes.length > 0 && (
          <section className="planned-moves" data-testid="planned-moves">
            <h3>{t('organization.planned')}</h3>
            <ul>
              {nodes.map((one) => (
                <li key={one.id} data-testid="planned-move">
                  {t('organization.plannedLine', {
                    name: one.name,
                    from: one.from?.title ?? elsewhere,
                    to: one.to?.title ?? elsewhere,
                    at: zonedInstant(one.at),
                  })}{' '}
                  <span className="muted">
                    {t('organization.plannedBy', {
                      state: t(`organization.plannedState.${one.state}`),
                      name: one.requestedBy,
                    })}
                  </span>{' '}
                  {one.problem && <p className="muted">{one.problem}</p>}
                  {one.viewerCanCancel && (
                    <Button
                      size="small"
                      data-testid="cancel-move"
                      onClick={() => {
                        setCancelled(one);
                      }}
                    >
                      {t('organization.plannedCancel')}
                    </Button>
                  )}
                </li>
              ))}
            </ul>
            {cancelled && (
              <Cancel
                of={cancelled}
                close={() => {
                  setCancelled(undefined);
                }}
                done={() => {
                  setCancelled(undefined);
                  retry();
                }}
              />
            )}
          </section>
        )
      }
    </Answer>
  );
}
