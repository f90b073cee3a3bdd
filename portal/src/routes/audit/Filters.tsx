import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { FieldProblem } from '../../gql/problem';
import { Field } from '../../ui/Field';
import { instantOf, localOf } from '../../ui/instant';
import { isNarrowed, type Question } from './question';
import type { Source } from './source';

/** Narrows what is shown; nothing happens before it is sent off, so that a word can be typed in peace. */
export function Filters({
  source,
  question,
  problems,
  show,
}: {
  source: Source;
  question: Question;
  problems: readonly FieldProblem[];
  show: (question: Question | undefined) => void;
}) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(question);
  const set = (part: keyof Question, text: string) => {
    setDraft((past) => ({ ...past, [part]: text }));
  };
  const wrong = (part: keyof Question) =>
    problems.find(({ field }) => field === `filter.${part}`)?.message;
  const typed = (part: 'subject' | 'action' | 'target' | 'operation' | 'address', help: string) => (
    <Field label={t(`audit.${part}`)} help={help} error={wrong(part)}>
      <Input
        allowClear
        autoComplete="off"
        spellCheck={false}
        value={draft[part]}
        data-testid={`audit-${part}`}
        onChange={(event) => {
          set(part, event.target.value);
        }}
      />
    </Field>
  );
  const when = (part: 'from' | 'to') => (
    <Field label={t(`audit.${part}`)} error={wrong(part)}>
      <Input
        type="datetime-local"
        step={1}
        value={localOf(draft[part])}
        data-testid={`audit-${part}`}
        onChange={(event) => {
          set(part, instantOf(event.target.value) ?? '');
        }}
      />
    </Field>
  );
  return (
    <form
      className="filters"
      aria-label={t('audit.filters')}
      onSubmit={(event) => {
        event.preventDefault();
        show(draft);
      }}
    >
      {typed('subject', t('audit.subjectHelp'))}
      {typed('action', t('audit.actionHelp', source.example))}
      {typed('target', t('audit.targetHelp', source.example))}
      {typed('operation', t('audit.operationHelp'))}
      {typed('address', t('audit.addressHelp'))}
      <Field label={t('audit.outcome')}>
        <select
          className="plain-select"
          value={draft.outcome}
          data-testid="audit-outcome"
          onChange={(event) => {
            set('outcome', event.target.value);
          }}
        >
          <option value="">{t('audit.anyOutcome')}</option>
          <option value="DONE">{t('audit.outcomeOf.done')}</option>
          <option value="REFUSED">{t('audit.outcomeOf.refused')}</option>
        </select>
      </Field>
      {when('from')}
      {when('to')}
      <div className="filters-do">
        <Button type="primary" htmlType="submit" data-testid="audit-show">
          {t('audit.show')}
        </Button>
        {isNarrowed(question) && (
          <Button
            data-testid="audit-all"
            onClick={() => {
              show(undefined);
            }}
          >
            {t('audit.all')}
          </Button>
        )}
      </div>
    </form>
  );
}
