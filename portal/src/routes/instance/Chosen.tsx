import { Button } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';

import type { BatchWork } from '../../gql/schema.generated';
import { useRights } from '../../ui/Rights';

// Most visits of the list choose nothing.
const BatchDialog = lazy(() => import('../batch/BatchDialog'));

/** The most instances that the plane compares at once. */
const COMPARED_MAX = 20;

/** What can be done with the chosen instances. */
export function Chosen({
  instances,
  clear,
  changed,
}: {
  instances: string[];
  clear: () => void;
  changed: () => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { canSomewhere } = useRights();
  const [work, setWork] = useState<BatchWork>();
  const begin = (work: BatchWork) => () => {
    setWork(work);
  };
  return (
    <div className="chosen-bar" role="status" data-testid="chosen">
      <strong>{t('batch.chosen', { number: String(instances.length) })}</strong>
      {canSomewhere('CHANGE') && (
        <Button data-testid="batch-change" onClick={begin('CHANGE')}>
          {t('batch.doChange')}
        </Button>
      )}
      {canSomewhere('OPERATE') && (
        <>
          <Button data-testid="batch-start" onClick={begin('START')}>
            {t('batch.doStart')}
          </Button>
          <Button data-testid="batch-stop" onClick={begin('STOP')}>
            {t('batch.doStop')}
          </Button>
        </>
      )}
      <Button
        disabled={instances.length < 2 || instances.length > COMPARED_MAX}
        data-testid="to-compare"
        onClick={() => {
          const search = new URLSearchParams(instances.map((id) => ['instance', id]));
          void navigate(`/compare?${search.toString()}`);
        }}
      >
        {t('compare.with')}
      </Button>
      <Button type="link" onClick={clear}>
        {t('batch.clear')}
      </Button>
      {work && (
        <Suspense fallback={null}>
          <BatchDialog
            work={work}
            instances={instances}
            close={(done) => {
              setWork(undefined);
              if (!done) return;
              clear();
              changed();
            }}
          />
        </Suspense>
      )}
    </div>
  );
}
