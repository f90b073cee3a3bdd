import { Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useQuery } from 'urql';

import type { OfferingQuery } from '../../gql/offering.generated';
import { OrderFormDocument } from '../../gql/order.generated';
import type { ProjectsQuery } from '../../gql/project.generated';
import { Answer } from '../../ui/Answer';
import { Section } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { ParameterFields } from '../parameter/ParameterFields';
import { byField, useSlips } from '../parameter/messages';
import { readSchema } from '../parameter/schema';
import { nameSlip, orderOf, type OrderDraft } from './draft';
import { OrderFields } from './OrderFields';
import { OrderPreview } from './OrderPreview';
import { usePlacing } from './usePlacing';

export interface OrderFormProps {
  offering: OfferingQuery['offering'];
  projects: ProjectsQuery['projects']['nodes'];
}

function firstDraft({ offering, projects }: OrderFormProps): OrderDraft {
  return {
    project: projects.length === 1 ? projects[0]?.id : undefined,
    name: '',
    topology: offering.topologies[0]?.name ?? '',
    softwareVersion: offering.softwareVersions[0] ?? '',
    plan: offering.plans[0]?.id ?? '',
    template: '',
    parameters: {},
  };
}

/** The form, the preview beside it, and the order. */
export function OrderForm({ offering, projects }: OrderFormProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const slips = useSlips();
  const placing = usePlacing();
  const [draft, setDraft] = useState(() => firstDraft({ offering, projects }));
  const [tried, setTried] = useState(false);

  const { topology, softwareVersion, plan } = draft;
  const [result, ask] = useQuery({
    query: OrderFormDocument,
    variables: { offering: offering.name, topology, softwareVersion, plan },
  });
  const schema = result.data?.offering.parameterSchema;
  const groups = useMemo(() => readSchema(schema), [schema]);

  const change = (part: Partial<OrderDraft>) => {
    setDraft((past) => ({ ...past, ...part }));
    placing.forget();
  };
  const changeParameter = (name: string, text: string | undefined) => {
    setDraft((past) => {
      const { [name]: _, ...others } = past.parameters;
      return { ...past, parameters: text === undefined ? others : { ...others, [name]: text } };
    });
    placing.forget();
  };

  const wrongName = nameSlip(draft.name);
  const own: Record<string, string> = {};
  if (tried && !draft.project) own.project = t('order.problem.required');
  if (wrongName && (tried || wrongName !== 'required')) own.name = t(`order.problem.${wrongName}`);
  const slipped = slips(groups, draft.parameters);
  const told = byField(placing.problem?.fields ?? []);
  const isWrong = !draft.project || wrongName !== undefined || Object.keys(slipped).length > 0;

  const submit = () => {
    setTried(true);
    if (!isWrong) void placing.preview(orderOf(offering.id, draft, groups));
  };
  const place = async () => {
    const operation = await placing.place();
    if (operation) await navigate(`/operations/${operation}`);
  };

  return (
    <div className="columns">
      <form
        noValidate
        aria-label={t('order.what')}
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <Section title={t('order.what')}>
          <OrderFields
            offering={offering}
            projects={projects}
            draft={draft}
            errors={{ ...told.fields, ...own }}
            change={change}
          />
        </Section>
        <Section title={t('order.parameters')}>
          <p className="muted">{t('order.parametersHelp')}</p>
          <Answer
            result={result}
            retry={() => {
              ask({ requestPolicy: 'network-only' });
            }}
          >
            {() => (
              <ParameterFields
                groups={groups}
                draft={draft.parameters}
                errors={{ ...told.parameters, ...slipped }}
                change={changeParameter}
              />
            )}
          </Answer>
        </Section>
        <div className="actions">
          <Button
            type={placing.previewed ? 'default' : 'primary'}
            size="large"
            htmlType="submit"
            loading={placing.busy}
            disabled={placing.problem?.approval !== undefined}
            data-testid="preview-order"
          >
            {t('order.preview')}
          </Button>
          <span className={tried && isWrong ? 'field-error' : 'muted'} role="status">
            {t(tried && isWrong ? 'order.fix' : 'order.previewHelp')}
          </span>
        </div>
      </form>
      <aside className="side">
        {placing.problem && <ProblemNotice problem={placing.problem} />}
        {!placing.problem && !placing.previewed && (
          <p className="hint-panel">{t('order.previewHint')}</p>
        )}
        {placing.previewed && (
          <OrderPreview
            preview={placing.previewed.preview}
            groups={groups}
            isNew={placing.previewed.isNew}
            busy={placing.busy}
            approval={placing.problem?.approval}
            place={() => void place()}
          />
        )}
      </aside>
    </div>
  );
}
