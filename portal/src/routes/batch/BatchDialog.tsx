import { Checkbox } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';

import { InstanceConfigurationDocument } from '../../gql/configuration.generated';
import type { BatchWork } from '../../gql/schema.generated';
import { Answer } from '../../ui/Answer';
import { Choices } from '../../ui/Choices';
import { Dialog } from '../../ui/Dialog';
import { Listing } from '../../ui/Listing';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { OperationBadge } from '../../ui/StateBadge';
import { useText, type Text } from '../../ui/text';
import { changesOf } from '../instance/change';
import { useSlips } from '../parameter/messages';
import { ParameterFields } from '../parameter/ParameterFields';
import { readSchema, type Group } from '../parameter/schema';
import type { Draft } from '../parameter/value';
import { BatchPreview } from './BatchPreview';
import { useBatch, type Outcomes } from './useBatch';

export interface BatchDialogProps {
  work: BatchWork;
  instances: string[];
  close: (done: boolean) => void;
}

interface Wanted {
  parameters: Record<string, unknown>;
  template: string | null;
  replaceOwn: boolean;
}

/** Values and a template for all; what is left empty stays as it is. */
function ChangeForm({
  groups,
  templates,
  busy,
  children,
  review,
  close,
}: {
  groups: Group[];
  templates: { name: string; title: Text; summary: Text }[];
  busy: boolean;
  children: React.ReactNode;
  review: (wanted: Wanted) => void;
  close: () => void;
}) {
  const { t } = useTranslation();
  const text = useText();
  const slips = useSlips();
  const [draft, setDraft] = useState<Draft>({});
  const [template, setTemplate] = useState('');
  const [replaceOwn, setReplaceOwn] = useState(false);
  const slipped = slips(groups, draft);
  const parameters = changesOf(groups, {}, draft);
  const isNothing = Object.keys(parameters).length === 0 && template === '';
  return (
    <Dialog
      wide
      title={t('batch.change')}
      close={close}
      confirm={{
        label: t('configuration.review'),
        testid: 'review-batch',
        busy,
        disabled: isNothing || Object.keys(slipped).length > 0,
        act: () => {
          review({ parameters, template: template || null, replaceOwn });
        },
      }}
    >
      {children}
      <p className="muted">{t('batch.changeHelp')}</p>
      {templates.length > 0 && (
        <Choices
          label={t('order.template')}
          name="batch-template"
          value={template}
          options={[
            { value: '', title: t('order.noTemplate') },
            ...templates.map((one) => ({
              value: one.name,
              title: text(one.title),
              help: text(one.summary),
            })),
          ]}
          change={setTemplate}
        />
      )}
      {template !== '' && (
        <p>
          <Checkbox
            checked={replaceOwn}
            data-testid="batch-replace-own"
            onChange={(event) => {
              setReplaceOwn(event.target.checked);
            }}
          >
            {t('batch.replaceOwn')}
          </Checkbox>
        </p>
      )}
      <h3>{t('order.parameters')}</h3>
      <ParameterFields
        running
        blank={t('batch.stays')}
        groups={groups}
        draft={draft}
        errors={slipped}
        change={(name, value) => {
          setDraft((past) => {
            const { [name]: _, ...others } = past;
            return value === undefined ? others : { ...others, [name]: value };
          });
        }}
      />
    </Dialog>
  );
}

/** What became of each instance. */
function Results({ outcomes, close }: { outcomes: Outcomes; close: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog wide title={t('batch.results')} close={close}>
      <Listing
        label={t('batch.results')}
        rows={outcomes}
        rowKey={(one, index) => one.instance?.id ?? String(index)}
        testid="batch-results"
        columns={[
          {
            key: 'name',
            title: t('instance.name'),
            render: (one) => <strong>{one.instance?.name}</strong>,
          },
          {
            key: 'result',
            title: t('batch.effect'),
            render: (one) =>
              one.operation ? (
                <Link to={`/operations/${one.operation.id}`}>
                  <OperationBadge state={one.operation.state} />
                </Link>
              ) : (
                <>
                  <strong>{t('batch.leftOut')}</strong> {one.refusal?.message}
                </>
              ),
          },
        ]}
      />
    </Dialog>
  );
}

/** The same work on the chosen instances: say what, look at what it does to each, do it. */
export default function BatchDialog({ work, instances, close }: BatchDialogProps) {
  const { t } = useTranslation();
  const batch = useBatch();
  const [form, ask] = useQuery({
    query: InstanceConfigurationDocument,
    variables: { id: instances[0] ?? '' },
    pause: work !== 'CHANGE',
  });
  const review = (wanted?: Wanted) =>
    void batch.preview({ selection: { instances }, work, ...wanted });
  useEffect(() => {
    // To start and to stop there is nothing to fill in.
    if (work !== 'CHANGE') review();
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, when it is opened
  }, []);

  const title = { CHANGE: 'batch.change', START: 'batch.start', STOP: 'batch.stop' } as const;
  if (batch.outcomes) {
    return (
      <Results
        outcomes={batch.outcomes}
        close={() => {
          close(true);
        }}
      />
    );
  }
  const cancel = () => {
    close(false);
  };
  if (batch.previewed) {
    return (
      <BatchPreview
        title={t(title[work])}
        previewed={batch.previewed}
        busy={batch.busy}
        problem={batch.problem}
        close={work === 'CHANGE' ? batch.forget : cancel}
        apply={(reason) => void batch.apply(reason)}
      />
    );
  }
  const told = batch.problem && <ProblemNotice problem={batch.problem} />;
  if (work !== 'CHANGE') {
    return told ? (
      <Dialog title={t(title[work])} close={cancel}>
        {told}
      </Dialog>
    ) : null;
  }
  return (
    <Answer
      result={form}
      retry={() => {
        ask({ requestPolicy: 'network-only' });
      }}
    >
      {({ instance }) => (
        <ChangeForm
          groups={readSchema(instance.parameterSchema)}
          templates={instance.templates}
          busy={batch.busy}
          review={review}
          close={cancel}
        >
          {told}
        </ChangeForm>
      )}
    </Answer>
  );
}
