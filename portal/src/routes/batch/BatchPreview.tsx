import { Alert, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Problem } from '../../gql/problem';
import type { BatchWork } from '../../gql/schema.generated';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { Listing } from '../../ui/Listing';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { StateBadge } from '../../ui/StateBadge';
import { Ahead } from '../approval/Ahead';
import { useShown } from '../parameter/ParameterControl';
import type { PreviewedBatch } from './useBatch';

/** Longest reason that the plane takes. */
const REASON_MAX = 500;

type Item = PreviewedBatch['preview']['items'][number];

/** What would change of an instance, or why it is left out. */
function Effect({ item, work }: { item: Item; work: BatchWork }) {
  const { t } = useTranslation();
  const shown = useShown();
  if (item.refusal) {
    return (
      <span data-testid="left-out" data-code={item.refusal.why ?? item.refusal.code}>
        <strong>{t('batch.leftOut')}</strong> {item.refusal.message}
        {item.ownValues.map((one) => (
          <div key={one.parameter} className="muted">
            <code>{one.parameter}</code> {shown(undefined, one.own)} ≠{' '}
            {shown(undefined, one.template)}
          </div>
        ))}
      </span>
    );
  }
  if (work !== 'CHANGE') return t(work === 'STOP' ? 'batch.stops' : 'batch.starts');
  return (
    <>
      {item.changes.map((change) => (
        <div key={change.parameter}>
          <code>{change.parameter}</code> <del>{shown(undefined, change.before)}</del> →{' '}
          <ins>{shown(undefined, change.after)}</ins>
        </div>
      ))}
      {item.restarts.length > 0 && (
        <div className="muted">
          {t('batch.restarts', { members: item.restarts.map((one) => one.name).join(', ') })}
        </div>
      )}
    </>
  );
}

export interface BatchPreviewProps {
  title: string;
  previewed: PreviewedBatch;
  busy: boolean;
  problem: Problem | undefined;
  apply: (reason: string) => void;
  close: () => void;
}

/** What would be done to each instance and which are left out, before anything is done. */
export function BatchPreview(props: BatchPreviewProps) {
  const { title, previewed, busy, problem, apply, close } = props;
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const { items } = previewed.preview;
  const taken = items.filter((item) => !item.refusal).length;
  return (
    <Dialog
      wide
      title={title}
      close={close}
      confirm={{
        label: t('batch.apply', { number: taken }),
        testid: 'apply-batch',
        busy,
        disabled: taken === 0,
        danger: previewed.batch.work === 'STOP',
        act: () => {
          apply(reason.trim());
        },
      }}
    >
      {previewed.isNew && (
        <Alert type="warning" showIcon className="notice" title={t('configuration.again')} />
      )}
      {problem && <ProblemNotice problem={problem} />}
      <p className="muted">
        {t('batch.summary', { taken: String(taken), all: String(items.length) })}
      </p>
      <Ahead rules={items.flatMap((item) => item.approvals)} />
      <Listing
        label={title}
        rows={items}
        rowKey={(item) => item.instance.id}
        rowTestid={(item) => `batch-${item.instance.name}`}
        testid="batch-preview"
        columns={[
          {
            key: 'name',
            title: t('instance.name'),
            render: ({ instance }) => (
              <>
                <strong>{instance.name}</strong>
                <div className="muted">{instance.project.title}</div>
              </>
            ),
          },
          {
            key: 'state',
            title: t('instance.state'),
            render: ({ instance }) => (
              <StateBadge state={instance.state} unknownSince={instance.unknownSince} />
            ),
          },
          {
            key: 'effect',
            title: t('batch.effect'),
            render: (item) => <Effect item={item} work={previewed.batch.work} />,
          },
        ]}
      />
      {previewed.batch.work === 'CHANGE' && (
        <div className="fields first reason">
          <Field label={t('configuration.reason')} help={t('configuration.reasonHelp')}>
            <Input
              data-testid="batch-reason"
              maxLength={REASON_MAX}
              value={reason}
              onChange={(event) => {
                setReason(event.target.value);
              }}
            />
          </Field>
        </div>
      )}
    </Dialog>
  );
}
