import { useTranslation } from 'react-i18next';

import type { ApprovalState } from '../../gql/schema.generated';
import { Badge } from '../../ui/StateBadge';

const tone = {
  OPEN: 'busy',
  PERFORMED: 'good',
  REJECTED: 'bad',
  WITHDRAWN: 'calm',
  EXPIRED: 'calm',
  OUTDATED: 'warn',
} as const;

/** Where something stands that takes an approval. */
export function ApprovalBadge({ state }: { state: ApprovalState }) {
  const { t } = useTranslation();
  return (
    <Badge tone={tone[state]} state={state} testid="approval-state">
      {t(`approval.state.${state}`)}
    </Badge>
  );
}
