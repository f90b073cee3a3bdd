import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { Choices } from '../../ui/Choices';
import { Dialog } from '../../ui/Dialog';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useText, type Text } from '../../ui/text';
import type { Group } from '../parameter/schema';
import { ChangePreview } from './ChangePreview';
import { useChange } from './useChange';

export interface TemplatePickerProps {
  id: string;
  templates: { name: string; title: Text; summary: Text }[];
  groups: Group[];
  done: () => void;
}

/** Takes a template's values: choose, look, apply; own values are replaced only when asked for. */
export function TemplatePicker({ id, templates, groups, done }: TemplatePickerProps) {
  const { t } = useTranslation();
  const text = useText();
  const change = useChange();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState(templates[0]?.name ?? '');
  const preview = (replaceOwn: boolean) =>
    void change.preview({ instance: id, parameters: {}, template: name, replaceOwn });
  const close = () => {
    change.forget();
    setOpen(false);
  };
  return (
    <>
      <Button
        data-testid="take-template"
        onClick={() => {
          setOpen(true);
        }}
      >
        {t('configuration.template')}
      </Button>
      {open && !change.previewed && (
        <Dialog
          wide
          title={t('configuration.templateTitle')}
          close={close}
          confirm={{
            label: t('configuration.templateReview'),
            testid: 'review-template',
            busy: change.busy,
            act: () => {
              preview(false);
            },
          }}
        >
          {change.problem && <ProblemNotice problem={change.problem} />}
          <p className="muted">{t('configuration.templateIntro')}</p>
          <Choices
            label={t('order.template')}
            name="template"
            value={name}
            options={templates.map((one) => ({
              value: one.name,
              title: text(one.title),
              help: text(one.summary),
            }))}
            change={setName}
          />
        </Dialog>
      )}
      {open && change.previewed && (
        <ChangePreview
          preview={change.previewed.preview}
          groups={groups}
          isNew={change.previewed.isNew}
          busy={change.busy}
          problem={change.problem}
          close={close}
          replaceOwn={() => {
            preview(true);
          }}
          apply={(reason) =>
            void change.apply(reason).then((applied) => {
              if (!applied) return;
              close();
              done();
            })
          }
        />
      )}
    </>
  );
}
