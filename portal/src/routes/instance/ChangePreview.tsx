import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';

import type { PreviewChangeQuery } from '../../gql/configuration.generated';
import type { Problem } from '../../gql/problem';
import { Dialog } from '../../ui/Dialog';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useWord } from '../../ui/text';
import type { Group } from '../parameter/schema';
import { ChangeTable } from './ChangeTable';

export interface ChangePreviewProps {
  preview: PreviewChangeQuery['previewChange'];
  groups: Group[];
  isNew: boolean;
  busy: boolean;
  problem: Problem | undefined;
  apply: () => void;
  close: () => void;
}

/** What a change does, before it is done: hot, or which members restart in which order. */
export function ChangePreview(props: ChangePreviewProps) {
  const { preview, groups, isNew, busy, problem, apply, close } = props;
  const { t } = useTranslation();
  const word = useWord();
  const { restarts } = preview;
  const sentence = !preview.apply
    ? 'configuration.unchanged'
    : preview.apply === 'HOT'
      ? 'configuration.hot'
      : restarts.length === 1
        ? 'configuration.restartOne'
        : 'configuration.restart';
  return (
    <Dialog
      wide
      title={t('configuration.previewTitle')}
      close={close}
      confirm={{
        label: t(
          preview.apply === 'RESTART' ? 'configuration.applyRestart' : 'configuration.applyHot',
        ),
        testid: 'apply-change',
        busy,
        disabled: !preview.apply,
        act: apply,
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
      <Alert
        type={preview.apply === 'RESTART' ? 'warning' : 'info'}
        showIcon
        className="notice"
        data-testid="change-effect"
        data-apply={preview.apply ?? ''}
        title={t(sentence)}
      />
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
      {preview.changes.length > 0 && <ChangeTable changes={preview.changes} groups={groups} />}
    </Dialog>
  );
}
