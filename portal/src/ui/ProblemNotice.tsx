import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { CombinedError } from 'urql';

import { problemOf, type Problem } from '../gql/problem';

/** What went wrong, in the reader's language, with the plane's own sentence below. */
export function ProblemNotice({
  error,
  problem = error && problemOf(error),
  retry,
}: {
  error?: CombinedError | undefined;
  problem?: Problem | undefined;
  retry?: (() => void) | undefined;
}) {
  const { t } = useTranslation();
  if (!problem) return null;
  const { message, requestId, retryAfter, fields } = problem;
  return (
    <Alert
      type={problem.code === 'NOT_FOUND' ? 'info' : 'error'}
      showIcon
      className="notice"
      role="alert"
      data-testid="problem"
      data-code={problem.code}
      title={t(`problem.code.${problem.code}`)}
      description={
        <>
          {message && <div>{t('problem.detail', { message })}</div>}
          {fields.length > 1 && (
            <ul>
              {fields.map((one) => (
                <li key={one.field}>
                  <code>{one.field}</code> {one.message}
                </li>
              ))}
            </ul>
          )}
          {retryAfter && <div>{t('problem.retryAfter', { seconds: retryAfter })}</div>}
          {requestId && <div>{t('problem.request', { id: requestId })}</div>}
        </>
      }
      action={
        retry && (
          <Button size="small" onClick={retry}>
            {t('action.retry')}
          </Button>
        )
      }
    />
  );
}
