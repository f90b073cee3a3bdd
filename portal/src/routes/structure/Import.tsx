import { Alert, Button, Checkbox, Input, Progress } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Problem } from '../../gql/problem';
import type { StructureInput } from '../../gql/structure.generated';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useImport, type Previewed } from './useImport';

/** What a request may hold beside the document, in bytes of 64 KiB. */
const LONGEST = 60_000;

const lengthOf = (text: string) => new TextEncoder().encode(JSON.stringify(text)).length;

/** What is wrong: all of it, where it is the document. */
function Wrong({ problem }: { problem: Problem }) {
  const { t } = useTranslation();
  const isUnfit =
    problem.fields.length > 0 && problem.fields.every((one) => one.problem === 'unfit');
  if (!isUnfit) return <ProblemNotice problem={problem} />;
  return (
    <Alert
      type="error"
      showIcon
      className="notice"
      role="alert"
      title={t('structure.unfit')}
      description={
        <ul data-testid="unfit">
          {problem.fields.map((one) => (
            <li key={one.message}>{one.message}</li>
          ))}
        </ul>
      }
    />
  );
}

/** The document, and what is taken of it. */
function Form({
  busy,
  problem,
  review,
}: {
  busy: boolean;
  problem: Problem | undefined;
  review: (structure: StructureInput) => void;
}) {
  const { t } = useTranslation();
  const [document, setDocument] = useState('');
  const [withoutInstances, setWithoutInstances] = useState(false);
  const [skipMissingPeople, setSkipMissingPeople] = useState(false);
  const isLong = lengthOf(document) > LONGEST;
  const read = async (file: File | undefined) => {
    if (file) setDocument(await file.text());
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        review({ document, withoutInstances, skipMissingPeople });
      }}
    >
      <p className="muted">{t('structure.importHelp')}</p>
      <div className="fields first">
        <Field label={t('structure.file')}>
          <input
            type="file"
            accept=".yaml,.yml,text/yaml"
            data-testid="structure-file"
            onChange={(event) => void read(event.target.files?.[0])}
          />
        </Field>
      </div>
      <Field label={t('structure.document')} error={isLong ? t('structure.long') : undefined}>
        <Input.TextArea
          rows={12}
          className="document"
          spellCheck={false}
          data-testid="structure-document"
          value={document}
          onChange={(event) => {
            setDocument(event.target.value);
          }}
        />
      </Field>
      <p>
        <Checkbox
          checked={withoutInstances}
          data-testid="without-instances"
          onChange={(event) => {
            setWithoutInstances(event.target.checked);
          }}
        >
          {t('structure.withoutInstances')}
        </Checkbox>
      </p>
      <p>
        <Checkbox
          checked={skipMissingPeople}
          data-testid="skip-missing-people"
          onChange={(event) => {
            setSkipMissingPeople(event.target.checked);
          }}
        >
          {t('structure.skipMissingPeople')}
        </Checkbox>
      </p>
      {problem && <Wrong problem={problem} />}
      <Button
        type="primary"
        htmlType="submit"
        loading={busy}
        disabled={document.trim() === '' || isLong}
        data-testid="preview-structure"
      >
        {t('structure.preview')}
      </Button>
    </form>
  );
}

/** What would be done, is being done, or was done. */
function Steps({
  previewed: { steps },
  done,
  busy,
  problem,
  apply,
  back,
}: {
  previewed: Previewed;
  done: number | undefined;
  busy: boolean;
  problem: Problem | undefined;
  apply: () => void;
  back: () => void;
}) {
  const { t } = useTranslation();
  const isBegun = busy || done !== undefined;
  const isDone = done === steps.length;
  return (
    <>
      {steps.length === 0 && (
        <Alert
          type="success"
          showIcon
          className="notice"
          role="status"
          title={t('structure.none')}
        />
      )}
      {isDone && steps.length > 0 && (
        <Alert
          type="success"
          showIcon
          className="notice"
          role="status"
          data-testid="structure-done"
          title={t('structure.done', { number: String(steps.length) })}
        />
      )}
      {isBegun && !isDone && (
        <Progress
          percent={Math.floor((100 * (done ?? 0)) / steps.length)}
          status={problem ? 'exception' : 'active'}
        />
      )}
      {problem && (
        <>
          <Wrong problem={problem} />
          {done !== undefined && (
            <p data-testid="structure-stopped">
              {t('structure.stopped', {
                done: String(done),
                left: String(steps.length - done),
                step: steps[done] ?? '',
              })}
            </p>
          )}
        </>
      )}
      <ol data-testid="structure-steps">
        {steps.map((step, index) => (
          <li key={step} className={done !== undefined && index < done ? 'muted' : ''}>
            {step}
          </li>
        ))}
      </ol>
      <div className="row-actions">
        <Button onClick={back} disabled={busy} data-testid="structure-back">
          {t('structure.back')}
        </Button>
        {steps.length > 0 && !isBegun && (
          <Button type="primary" data-testid="import-structure" onClick={apply}>
            {t('structure.apply', { number: String(steps.length) })}
          </Button>
        )}
      </div>
    </>
  );
}

/** Takes a document: say which, look at the steps, do them. */
export function Import() {
  const { t } = useTranslation();
  const work = useImport();
  return (
    <section className="section">
      <h2>{t('structure.import')}</h2>
      {work.previewed && (
        <Steps
          previewed={work.previewed}
          done={work.done}
          busy={work.busy}
          problem={work.problem}
          apply={() => void work.apply()}
          back={work.forget}
        />
      )}
      {/* What was written stays for whoever comes back. */}
      <div hidden={work.previewed !== undefined}>
        <Form
          busy={work.busy}
          problem={work.previewed ? undefined : work.problem}
          review={(structure) => void work.preview(structure)}
        />
      </div>
    </section>
  );
}
