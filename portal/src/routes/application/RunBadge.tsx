import { useTranslation } from 'react-i18next';

import type { ApplicationRun } from '../../gql/schema.generated';
import { Badge } from '../../ui/StateBadge';

const tones = {
  EMPTY: 'calm',
  RUNNING: 'good',
  DEGRADED: 'warn',
  CHANGING: 'busy',
  STOPPED: 'calm',
  FAILED: 'bad',
  UNKNOWN: 'warn',
} as const satisfies Record<ApplicationRun, string>;

/** What an application does as a whole. */
export function RunBadge({ run }: { run: ApplicationRun }) {
  const { t } = useTranslation();
  return (
    <Badge tone={tones[run]} state={run} testid="run">
      {t(`application.runOf.${run}`)}
    </Badge>
  );
}
