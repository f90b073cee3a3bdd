import { useTranslation } from 'react-i18next';

import type { OperationState, State, StepState } from '../gql/schema.generated';
import { instant } from './instant';

type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'calm';

/** A state as a word with a coloured dot; the word alone says it, for who sees no colours. */
export function Badge({
  tone,
  state,
  title,
  testid,
  children,
}: {
  tone: Tone;
  state: string;
  title?: string;
  testid?: string;
  children: string;
}) {
  return (
    <span className={`badge badge-${tone}`} title={title} data-testid={testid} data-state={state}>
      {children}
    </span>
  );
}

const stateTone: Record<State, Tone> = {
  PROVISIONING: 'busy',
  RUNNING: 'good',
  DEGRADED: 'warn',
  UPDATING: 'busy',
  STOPPED: 'calm',
  DETACHED: 'calm',
  FAILED: 'bad',
  UNKNOWN: 'warn',
  DELETING: 'busy',
  DELETED: 'calm',
};

/** A state as its cell reported it, covered by "unknown since …" while the cell is silent. */
export function StateBadge({
  state,
  unknownSince,
}: {
  state: State;
  unknownSince?: string | null;
}) {
  const { t } = useTranslation();
  if (unknownSince && state !== 'DELETED') {
    const at = instant(unknownSince);
    return (
      <Badge
        tone="warn"
        state="UNKNOWN"
        testid="state"
        title={t('state.unknownHelp', { at, state: t(`state.${state}`) })}
      >
        {t('state.unknownSince', { at })}
      </Badge>
    );
  }
  return (
    <Badge tone={stateTone[state]} state={state} testid="state">
      {t(`state.${state}`)}
    </Badge>
  );
}

const workTone: Record<OperationState | StepState, Tone> = {
  PENDING: 'calm',
  RUNNING: 'busy',
  SUCCEEDED: 'good',
  FAILED: 'bad',
  SUPERSEDED: 'calm',
  SKIPPED: 'calm',
};

export function OperationBadge({ state, testid }: { state: OperationState; testid?: string }) {
  const { t } = useTranslation();
  return (
    <Badge tone={workTone[state]} state={state} {...(testid ? { testid } : {})}>
      {t(`operationState.${state}`)}
    </Badge>
  );
}

export function StepBadge({ state }: { state: StepState }) {
  const { t } = useTranslation();
  return (
    <Badge tone={workTone[state]} state={state}>
      {t(`stepState.${state}`)}
    </Badge>
  );
}
