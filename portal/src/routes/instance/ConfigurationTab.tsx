import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';

import {
  InstanceConfigurationDocument,
  type InstanceConfigurationQuery,
} from '../../gql/configuration.generated';
import { Answer } from '../../ui/Answer';
import { useLive } from '../../ui/EventFeed';
import { instant } from '../../ui/instant';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { OperationBadge } from '../../ui/StateBadge';
import { useText } from '../../ui/text';
import { byField, useSlips } from '../parameter/messages';
import { ParameterFields } from '../parameter/ParameterFields';
import { useShown } from '../parameter/ParameterControl';
import { readSchema, type Group } from '../parameter/schema';
import type { Draft } from '../parameter/value';
import { changesOf, draftOf } from './change';
import { ChangePreview } from './ChangePreview';
import { useOrigin } from './ChangeTable';
import type { Instance } from './InstancePage';
import { TemplatePicker } from './TemplatePicker';
import { useChange } from './useChange';

type Configuration = InstanceConfigurationQuery['instance']['configuration'];

/** The values in force, by group. */
function Values({ groups, configuration }: { groups: Group[]; configuration: Configuration }) {
  const text = useText();
  const shown = useShown();
  const origin = useOrigin();
  const values = configuration.parameters as Record<string, unknown>;
  const from = (name: string) => {
    const kept = configuration.values.find((one) => one.parameter === name);
    return kept && kept.origin !== 'DEFAULT' ? origin(kept.origin, kept.template) : '';
  };
  return groups.map((group) => (
    <section key={group.parameters[0]?.name} className="section">
      {group.title && <h3>{text(group.title)}</h3>}
      <dl className="facts">
        {group.parameters.map((parameter) => (
          <div key={parameter.name}>
            <dt>{text(parameter.title)}</dt>
            <dd data-testid={`value-${parameter.name}`}>
              {shown(parameter, values[parameter.name])}
            </dd>
            {from(parameter.name) && <dd className="muted">{from(parameter.name)}</dd>}
          </div>
        ))}
      </dl>
    </section>
  ));
}

function Editor({
  id,
  groups,
  before,
  done,
}: {
  id: string;
  groups: Group[];
  before: Draft;
  done: (applied: boolean) => void;
}) {
  const { t } = useTranslation();
  const slips = useSlips();
  const change = useChange();
  const [draft, setDraft] = useState(before);
  const changes = changesOf(groups, before, draft);
  const isNothing = Object.keys(changes).length === 0;
  const slipped = slips(groups, draft);
  const told = byField(change.problem?.fields ?? []);
  const isWrong = Object.keys(slipped).length > 0;

  return (
    <>
      <form
        noValidate
        aria-label={t('instance.configuration')}
        onSubmit={(event) => {
          event.preventDefault();
          if (!isNothing && !isWrong) void change.preview({ instance: id, parameters: changes });
        }}
      >
        {change.problem && !change.previewed && <ProblemNotice problem={change.problem} />}
        <ParameterFields
          running
          groups={groups}
          draft={draft}
          errors={{ ...told.parameters, ...slipped }}
          change={(name, value) => {
            change.forget();
            setDraft((past) => {
              const { [name]: _, ...others } = past;
              return value === undefined ? others : { ...others, [name]: value };
            });
          }}
        />
        <div className="actions">
          <Button
            type="primary"
            htmlType="submit"
            disabled={isNothing || isWrong}
            loading={change.busy}
            data-testid="review-change"
          >
            {t('configuration.review')}
          </Button>
          <Button
            onClick={() => {
              done(false);
            }}
          >
            {t('action.cancel')}
          </Button>
          {isNothing && <span className="muted">{t('configuration.nothing')}</span>}
          {isWrong && <span className="field-error">{t('order.fix')}</span>}
        </div>
      </form>
      {change.previewed && (
        <ChangePreview
          preview={change.previewed.preview}
          groups={groups}
          isNew={change.previewed.isNew}
          busy={change.busy}
          problem={change.problem}
          close={change.forget}
          apply={(reason) =>
            void change.apply(reason).then((applied) => {
              if (applied) done(true);
            })
          }
        />
      )}
    </>
  );
}

/** The desired configuration; a change is previewed before it is applied. */
export function ConfigurationTab({
  instance,
  changed,
}: {
  instance: Instance;
  changed: () => void;
}) {
  const { t } = useTranslation();
  const { id, wish, viewerCan } = instance;
  const text = useText();
  const [editing, setEditing] = useState(false);
  const [result, ask] = useQuery({ query: InstanceConfigurationDocument, variables: { id } });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  useLive(() => {
    // What is being edited must not change below the reader's hands; the preview compares anyway.
    if (!editing) refresh();
  }, id);

  return (
    <Answer result={result} retry={refresh}>
      {({ instance: { configuration, parameterSchema, templates } }) => {
        const groups = readSchema(parameterSchema);
        return (
          <>
            <div className="history-head">
              <h3 data-testid="configuration-number" data-number={configuration.number}>
                {t('configuration.number', { number: String(configuration.number) })}
              </h3>
              <span className="muted">
                {t('configuration.by', {
                  name: configuration.createdBy,
                  at: instant(configuration.createdAt),
                })}
              </span>
              {configuration.operation && (
                <Link to={`/operations/${configuration.operation.id}`}>
                  <OperationBadge
                    state={configuration.operation.state}
                    testid="configuration-operation"
                  />
                </Link>
              )}
              {!editing && wish !== 'DELETED' && viewerCan.includes('CHANGE') && (
                <>
                  <Button
                    data-testid="edit-configuration"
                    onClick={() => {
                      setEditing(true);
                    }}
                  >
                    {t('configuration.edit')}
                  </Button>
                  {templates.length > 0 && (
                    <TemplatePicker
                      id={id}
                      templates={templates}
                      groups={groups}
                      done={() => {
                        changed();
                        refresh();
                      }}
                    />
                  )}
                </>
              )}
            </div>
            {!editing && templates.length > 0 && (
              <p className="muted">
                {t('compare.withTemplate')}{' '}
                {templates.map((one) => (
                  <Link
                    key={one.name}
                    className="compare-link"
                    data-testid={`compare-${one.name}`}
                    to={`/compare?${new URLSearchParams({ instance: id, template: one.name }).toString()}`}
                  >
                    {t('configuration.fromTemplate', { template: text(one.title) })}
                  </Link>
                ))}
              </p>
            )}
            {editing ? (
              <Editor
                id={id}
                groups={groups}
                before={draftOf(groups, configuration.parameters)}
                done={(applied) => {
                  setEditing(false);
                  if (applied) {
                    changed();
                    refresh();
                  }
                }}
              />
            ) : (
              <Values groups={groups} configuration={configuration} />
            )}
          </>
        );
      }}
    </Answer>
  );
}
