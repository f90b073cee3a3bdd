import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient, type CombinedError } from 'urql';

import type { AuditVerificationQuery } from '../../gql/audit.generated';
import { Copyable } from '../../ui/Copyable';
import { ProblemNotice } from '../../ui/ProblemNotice';
import type { Source } from './source';

export interface Verification {
  isAsked: boolean;
  found: AuditVerificationQuery['auditVerification'] | undefined;
  error: CombinedError | undefined;
  ask: () => void;
}

/** Lets the plane look at every record of an audit, only when somebody asks for it. */
export function useVerification(source: Source): Verification {
  const client = useClient();
  const [isAsked, setAsked] = useState(false);
  const [found, setFound] = useState<Verification['found']>();
  const [error, setError] = useState<CombinedError>();
  const ask = () => {
    setAsked(true);
    setFound(undefined);
    void client
      .query(source.verification, {}, { requestPolicy: 'network-only' })
      .toPromise()
      .then((answer) => {
        setAsked(false);
        setFound(answer.data?.auditVerification);
        setError(answer.error);
      });
  };
  return { isAsked, found, error, ask };
}

export function VerificationButton({ of }: { of: Verification }) {
  const { t } = useTranslation();
  return (
    <Button loading={of.isAsked} onClick={of.ask} data-testid="verify-audit">
      {t('audit.verify')}
    </Button>
  );
}

/** Whether every record is as it was written, or which is the first that is not. */
export function VerificationNotice({ of: { found, error, ask } }: { of: Verification }) {
  const { t } = useTranslation();
  if (error) return <ProblemNotice error={error} retry={ask} />;
  if (!found) return null;
  const { holds, records, brokenAt, hash } = found;
  return (
    <Alert
      type={holds ? 'success' : 'error'}
      showIcon
      className="notice"
      role={holds ? 'status' : 'alert'}
      data-testid="verification"
      data-holds={holds}
      title={holds ? t('audit.holds', { records }) : t('audit.broken', { number: brokenAt ?? '' })}
      description={
        holds ? (
          <>
            <div>{t('audit.holdsHelp')}</div>
            <Copyable text={hash} label={t('audit.hash')} testid="verification-hash" />
          </>
        ) : (
          t('audit.brokenHelp')
        )
      }
    />
  );
}
