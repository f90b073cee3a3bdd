import { Alert, Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { PreviewChangeQuery } from '../../gql/configuration.generated';
import type { Problem } from '../../gql/problem';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useWord } from '../../ui/text';
import { Ahead } from '../approval/Ahead';
import { ParameterNotes } from '../parameter/ParameterNotes';
import type { Group } from '../parameter/schema';
import { ChangeTable } from './ChangeTable';
import { OwnValues } from './OwnValues';

/** Longest reason that the plane takes. */
const REASON_MAX = 500;

export interface ChangePreviewProps {
  title?: string;
  preview: PreviewChangeQuery['previewChange'];
  groups: Group[];
  isNew: boolean;
  busy: boolean;
  problem: Problem | undefined;
  apply: (reason: string) => void;
  /** Previews it again, with the instance's own values replaced. */
  replaceOwn?: () => void;
  close: () => void;
}

/** What a change does, before it is done: hot, or which members restart in which order. */
export function ChangePreview(props: ChangePreviewProps) {
  const { title, preview, groups, isNew, busy, problem, apply, replaceOwn, close } = props;
  const { t } = useTranslation();
  const word = useWord();
  const [reason, setReason] = useState('');
  const { restarts, ownValues } = preview;
  const sentence = !preview.apply
    ? 'configuration.unchanged'
    : preview.apply === 'HOT'
      ? 'configuration.hot'
      : restarts.length === 1
        ? 'configuration.restartOne'
        : 'configuration.restart';
  const isOpen = preview.apply && ownValues.length === 0;
  return (
    <Dialog
      wide
      title={title ?? t('configuration.previewTitle')}
      close={close}
      confirm={{
        label: t(
          preview.apply === 'RESTART' ? 'configuration.applyRestart' : 'configuration.applyHot',
        ),
        testid: 'apply-change',
        busy,
        disabled: !isOpen,
        act: () => {
          apply(reason.trim());
        },
      }}
    >
      {isNew && (
        <Alert
          type="warning"
          showIcon
          role="alert"
          className="notice"
          data-testid="outdated"
          title={t('configuration.again')}
        />
      )}
      {problem && <ProblemNotice problem={problem} />}
      {ownValues.length > 0 && (
        <Alert
          type="warning"
          showIcon
          className="notice"
          data-testid="own-values"
          title={t('configuration.ownValues')}
          description={
            <>
              <OwnValues values={ownValues} groups={groups} />
              {replaceOwn && (
                <Button loading={busy} data-testid="replace-own" onClick={replaceOwn}>
                  {t('configuration.replaceOwn')}
                </Button>
              )}
            </>
          }
        />
      )}
      {ownValues.length === 0 && (
        <Alert
          type={preview.apply === 'RESTART' ? 'warning' : 'info'}
          showIcon
          className="notice"
          data-testid="change-effect"
          data-apply={preview.apply ?? ''}
          title={t(sentence)}
        />
      )}
      {restarts.length > 0 && (
        <>
          <h3>{t('configuration.order')}</h3>
          <ol data-testid="restart-order">
            {restarts.map((member) => (
              <li key={member.id}>
                <strong>{member.name}</strong>{' '}
                <span className="muted">
                  {word('memberRole', member.observedRole ?? member.role)}
                </span>
              </li>
            ))}
          </ol>
        </>
      )}
      <ParameterNotes notes={preview.notes} />
      {isOpen && <Ahead rules={preview.approvals} />}
      {preview.changes.length > 0 && <ChangeTable changes={preview.changes} groups={groups} />}
      {isOpen && (
        <div className="fields first reason">
          <Field label={t('configuration.reason')} help={t('configuration.reasonHelp')}>
            <Input
              data-testid="reason"
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
