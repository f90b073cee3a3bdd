import { Alert } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';

import type { OperationPartsFragment } from '../../gql/operation.generated';
import { Answer } from '../../ui/Answer';
import { duration, instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Page, Section } from '../../ui/Page';
import { OperationBadge, StepBadge } from '../../ui/StateBadge';
import { useWord } from '../../ui/text';
import { OperationLog } from './OperationLog';
import { isFinal, useOperation } from './useOperation';

/** The present, once a second while `running`. */
function useNow(running: boolean): string {
  const [now, setNow] = useState(() => new Date().toISOString());
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => {
      setNow(new Date().toISOString());
    }, 1_000);
    return () => {
      clearInterval(timer);
    };
  }, [running]);
  return now;
}

function Steps({ operation }: { operation: OperationPartsFragment }) {
  const { t } = useTranslation();
  const word = useWord();
  const now = useNow(!isFinal(operation.state));
  const names = new Map(operation.instance.members.map((member) => [member.id, member.name]));
  if (operation.steps.length === 0) {
    return (
      <p className="muted">
        {t(operation.state === 'PENDING' ? 'operation.waiting' : 'operation.noSteps')}
      </p>
    );
  }
  return (
    <Listing
      label={t('operation.steps')}
      rows={operation.steps}
      rowKey={(step) => String(step.ordinal)}
      rowTestid={() => 'step'}
      testid="steps"
      columns={[
        {
          key: 'name',
          title: t('operation.step'),
          render: (step) => word('stepName', step.name),
        },
        {
          key: 'member',
          title: t('operation.member'),
          render: (step) =>
            step.member ? (names.get(step.member) ?? step.member) : t('operation.whole'),
        },
        {
          key: 'state',
          title: t('operation.state'),
          render: (step) => <StepBadge state={step.state} />,
        },
        {
          key: 'duration',
          title: t('operation.duration'),
          exact: true,
          render: (step) => step.startedAt && duration(step.startedAt, step.endedAt ?? now),
        },
      ]}
    />
  );
}

function Outcome({ operation }: { operation: OperationPartsFragment }) {
  const { t } = useTranslation();
  if (!operation.problem) return null;
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      className="notice"
      data-testid="operation-problem"
      title={t('operation.failed')}
      description={
        <>
          {operation.problem.message} <code>{operation.problem.code}</code>
        </>
      }
    />
  );
}

function WaitsFor({ operation }: { operation: OperationPartsFragment }) {
  const { t } = useTranslation();
  const word = useWord();
  if (!operation.waitingFor) return null;
  const { code, message } = operation.waitingFor;
  return (
    <p data-testid="waits-for">
      {t('operation.waitsFor')}: {word('operation.waitsForOf', code)}{' '}
      <span className="muted">{message}</span>
    </p>
  );
}

/** One run of work, step by step, with its log as it is written. */
export default function OperationPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const { data, error, reload } = useOperation(id);
  const operation = data?.operation;
  const title = operation
    ? t('operation.title', {
        kind: t(`operationKind.${operation.kind}`),
        name: operation.instance.name,
      })
    : t('instance.operations');

  return (
    <Page
      title={title}
      above={<Link to="/">{t('nav.instances')}</Link>}
      extra={
        operation && (
          <>
            <OperationBadge state={operation.state} testid="operation-state" />
            <Link
              to={`/instances/${operation.instance.id}`}
              className="button-link"
              data-testid="to-instance"
            >
              {t('operation.toInstance')}
            </Link>
          </>
        )
      }
    >
      <Answer result={{ data, error }} retry={reload}>
        {(progress) => (
          <>
            <p className="muted">
              {t('configuration.by', {
                name: progress.operation.createdBy,
                at: instant(progress.operation.createdAt),
              })}
              {!isFinal(progress.operation.state) && (
                <> · {t('operation.deadline', { at: instant(progress.operation.deadline) })}</>
              )}
            </p>
            <Outcome operation={progress.operation} />
            <WaitsFor operation={progress.operation} />
            <Section title={t('operation.steps')}>
              <Steps operation={progress.operation} />
            </Section>
            <Section title={t('operation.log')}>
              <OperationLog lines={progress.lines} />
            </Section>
          </>
        )}
      </Answer>
    </Page>
  );
}
