import { Tag, Tooltip } from 'antd';
import { useTranslation } from 'react-i18next';

import type { OperationState, State, StepState } from '../gql/schema.generated';
import { instant } from './instant';

const stateColour: Record<State, string> = {
  PROVISIONING: 'processing',
  RUNNING: 'success',
  DEGRADED: 'warning',
  UPDATING: 'processing',
  STOPPED: 'default',
  DETACHED: 'default',
  FAILED: 'error',
  UNKNOWN: 'warning',
  DELETING: 'processing',
  DELETED: 'default',
};

/** A state as its cell reported it, covered by "unknown since …" while the cell is silent. */
export function StateBadge({ state, unknownSince }: { state: State; unknownSince?: string | null }) {
  const { t } = useTranslation();
  if (unknownSince && state !== 'DELETED') {
    const at = instant(unknownSince);
    return (
      <Tooltip title={t('state.unknownHelp', { at, state: t(`state.${state}`) })}>
        <Tag color="warning" data-testid="state" data-state="UNKNOWN" tabIndex={0}>
          {t('state.unknownSince', { at })}
        </Tag>
      </Tooltip>
    );
  }
  return (
    <Tag color={stateColour[state]} data-testid="state" data-state={state}>
      {t(`state.${state}`)}
    </Tag>
  );
}

const workColour: Record<OperationState | StepState, string> = {
  PENDING: 'default',
  RUNNING: 'processing',
  SUCCEEDED: 'success',
  FAILED: 'error',
  SUPERSEDED: 'default',
  SKIPPED: 'default',
};

export function OperationBadge({ state, testid }: { state: OperationState; testid?: string }) {
  const { t } = useTranslation();
  return (
    <Tag color={workColour[state]} data-testid={testid} data-state={state}>
      {t(`operationState.${state}`)}
    </Tag>
  );
}

export function StepBadge({ state }: { state: StepState }) {
  const { t } = useTranslation();
  return (
    <Tag color={workColour[state]} data-state={state}>
      {t(`stepState.${state}`)}
    </Tag>
  );
}
