import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import { instant } from '../../ui/instant';
import type { Instance } from './InstancePage';

/** What is being done with the instance now, or why the last thing failed. */
export function Progress({ instance }: { instance: Instance }) {
  const { t } = useTranslation();
  const [newest] = instance.operations.nodes;
  const { unknownSince, state } = instance;
  const isRunning = newest?.state === 'PENDING' || newest?.state === 'RUNNING';
  const kind = newest && t(`operationKind.${newest.kind}`);
  const link = newest && (
    <Link to={`/operations/${newest.id}`} data-testid="newest-operation">
      {t(isRunning ? 'instance.follow' : 'instance.why')}
    </Link>
  );
  return (
    <>
      {unknownSince && state !== 'DELETED' && (
        <Alert
          type="warning"
          showIcon
          role="alert"
          className="notice"
          data-testid="unknown-since"
          title={t('state.unknownSince', { at: instant(unknownSince) })}
          description={t('state.unknownHelp', {
            at: instant(unknownSince),
            state: t(`state.${state}`),
          })}
        />
      )}
      {isRunning && (
        <Alert
          type="info"
          showIcon
          role="status"
          className="notice"
          data-testid="in-progress"
          title={t('instance.inProgress', { kind })}
          action={link}
        />
      )}
      {newest?.state === 'FAILED' && (
        <Alert
          type="error"
          showIcon
          role="alert"
          className="notice"
          data-testid="last-failed"
          title={t('instance.lastFailed', { kind, message: newest.problem?.message ?? '' })}
          action={link}
        />
      )}
    </>
  );
}
