import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { CombinedError } from 'urql';

import { problemOf, type BudgetReached, type Problem, type QuotaReached } from '../gql/problem';
import { usePlace } from '../routes/quota/usePlace';
import { grouped, trimmed } from './decimal';
import { useWord } from './text';

/** It is no failure that others have to approve; it leads to what waits. */
function Waiting({ approval }: { approval: string }) {
  const { t } = useTranslation();
  return (
    <Alert
      type="info"
      showIcon
      className="notice"
      role="status"
      data-testid="waiting"
      title={t('approval.waiting')}
      description={
        <>
          <div>{t('approval.waitingHelp')}</div>
          <Link to={`/approvals/${approval}`}>{t('approval.follow')}</Link>
        </>
      }
    />
  );
}

/** Which quota is reached, and where it is set. */
function Quota({ of }: { of: QuotaReached }) {
  const { t } = useTranslation();
  const word = useWord();
  const placed = usePlace();
  const { meter, place, ...numbers } = of;
  return (
    <div>
      {t('quota.reached', {
        meter: word('quota.meterOf', meter),
        place: placed(place),
        used: grouped(numbers.used),
        limit: grouped(numbers.limit),
        added: grouped(numbers.added),
      })}
    </div>
  );
}

/** Which budget is reached, and where it is set. */
function Budget({ of }: { of: BudgetReached }) {
  const { t } = useTranslation();
  const placed = usePlace();
  return (
    <div>
      {t('budget.reached', {
        place: placed(of.place),
        currency: of.currency,
        committed: grouped(trimmed(of.committed)),
        amount: grouped(trimmed(of.amount)),
        added: grouped(trimmed(of.added)),
      })}
    </div>
  );
}

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
  const { message, requestId, retryAfter, fields, approval, quota, budget } = problem;
  if (approval) return <Waiting approval={approval} />;
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
          {quota && <Quota of={quota} />}
          {budget && <Budget of={budget} />}
          {message && !quota && !budget && <div>{t('problem.detail', { message })}</div>}
          {fields.length > 1 && (
            <ul>
              {fields.map((one) => (
                <li key={`${one.field} ${one.message}`}>
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
