import { Input, Select } from 'antd';
import { useTranslation } from 'react-i18next';

import type { OfferingQuery } from '../../gql/offering.generated';
import type { ProjectsQuery } from '../../gql/project.generated';
import { Choices } from '../../ui/Choices';
import { Field } from '../../ui/Field';
import { sizeParts } from '../../ui/size';
import { useText, useWord } from '../../ui/text';
import type { OrderDraft } from './draft';

export interface OrderFieldsProps {
  offering: OfferingQuery['offering'];
  projects: ProjectsQuery['projects']['nodes'];
  draft: OrderDraft;
  errors: Record<string, string>;
  change: (part: Partial<OrderDraft>) => void;
}

/** What is ordered and where, before its parameters. */
export function OrderFields({ offering, projects, draft, errors, change }: OrderFieldsProps) {
  const { t } = useTranslation();
  const text = useText();
  const word = useWord();
  return (
    <>
      <div className="fields first">
        <Field
          label={t('order.project')}
          help={t('order.projectHelp')}
          error={errors.project}
          required
          testid="field-project"
        >
          <Select
            className="wide"
            data-testid="project"
            placeholder={t('order.choose')}
            value={draft.project ?? null}
            options={projects.map((project) => ({
              value: project.id,
              label: [...(project.organization?.path ?? []), project]
                .map((one) => one.title)
                .join(' / '),
            }))}
            onChange={(project: string | null) => {
              change({ project: project ?? undefined });
            }}
          />
        </Field>
        <Field
          label={t('order.name')}
          help={errors.name ? undefined : t('order.nameHelp')}
          error={errors.name}
          required
          testid="field-name"
        >
          <Input
            data-testid="name"
            autoComplete="off"
            spellCheck={false}
            maxLength={60}
            value={draft.name}
            onChange={(event) => {
              change({ name: event.target.value });
            }}
          />
        </Field>
        <Field
          label={t('order.softwareVersion')}
          error={errors.softwareVersion ?? errors.software_version}
          testid="field-software-version"
        >
          <Select
            className="wide"
            data-testid="software-version"
            value={draft.softwareVersion}
            options={offering.softwareVersions.map((version) => ({
              value: version,
              label: version,
            }))}
            onChange={(softwareVersion: string) => {
              change({ softwareVersion });
            }}
          />
        </Field>
      </div>
      <Choices
        name="topology"
        label={t('order.topology')}
        value={draft.topology}
        error={errors.topology}
        options={offering.topologies.map((topology) => ({
          value: topology.name,
          title: text(topology.title),
          help: `${text(topology.summary)} ${topology.memberRoles
            .map((role) => word('memberRole', role))
            .join(' + ')}`,
        }))}
        change={(topology) => {
          change({ topology });
        }}
      />
      <Choices
        name="plan"
        label={t('order.plan')}
        value={draft.plan}
        error={errors.plan ?? errors.size}
        options={offering.plans.map((plan) => ({
          value: plan.id,
          title: text(plan.title),
          help: t('size.of', sizeParts(plan.size)),
        }))}
        change={(plan) => {
          change({ plan });
        }}
      />
      {offering.templates.length > 0 && (
        <Choices
          name="template"
          label={t('order.template')}
          value={draft.template}
          error={errors.template}
          options={[
            { value: '', title: t('order.noTemplate'), help: t('order.noTemplateHelp') },
            ...offering.templates.map((template) => ({
              value: template.name,
              title: text(template.title),
              help: text(template.summary),
            })),
          ]}
          change={(template) => {
            change({ template });
          }}
        />
      )}
    </>
  );
}
