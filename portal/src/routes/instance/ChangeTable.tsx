import { useTranslation } from 'react-i18next';

import type { Apply, Origin } from '../../gql/schema.generated';
import { Listing } from '../../ui/Listing';
import { useText } from '../../ui/text';
import { useShown } from '../parameter/ParameterControl';
import type { Group, Parameter } from '../parameter/schema';

export interface Change {
  parameter: string;
  before?: unknown;
  after?: unknown;
  beforeOrigin?: Origin | null;
  afterOrigin?: Origin | null;
  template?: string | null;
  apply: Apply;
}

/** Finds a parameter of the package by its name. */
export function useParameter(groups: Group[]): (name: string) => Parameter | undefined {
  const all = groups.flatMap((group) => group.parameters);
  return (name) => all.find((parameter) => parameter.name === name);
}

/** A parameter's title, if it is known, and its name. */
export function ParameterName({ name, of }: { name: string; of: Parameter | undefined }) {
  const text = useText();
  return (
    <>
      {of && <>{text(of.title)} </>}
      <code>{name}</code>
    </>
  );
}

/** Where a value comes from. */
export function useOrigin(): (
  origin: Origin | null | undefined,
  template?: string | null,
) => string {
  const { t } = useTranslation();
  return (origin, template) => {
    if (template) return t('configuration.fromTemplate', { template });
    return origin ? t(`configuration.origin.${origin}`) : '';
  };
}

/** What differs between two configurations. */
export function ChangeTable({ changes, groups }: { changes: Change[]; groups: Group[] }) {
  const { t } = useTranslation();
  const shown = useShown();
  const origin = useOrigin();
  const find = useParameter(groups);
  return (
    <Listing
      label={t('instance.configuration')}
      rows={changes}
      rowKey={(change) => change.parameter}
      rowTestid={(change) => `change-${change.parameter}`}
      columns={[
        {
          key: 'parameter',
          title: t('configuration.parameter'),
          render: ({ parameter }) => <ParameterName name={parameter} of={find(parameter)} />,
        },
        {
          key: 'before',
          title: t('configuration.before'),
          render: (change) => (
            <>
              <del>{shown(find(change.parameter), change.before)}</del>{' '}
              <span className="muted">{origin(change.beforeOrigin)}</span>
            </>
          ),
        },
        {
          key: 'after',
          title: t('configuration.after'),
          render: (change) => (
            <>
              <ins>{shown(find(change.parameter), change.after)}</ins>{' '}
              <span className="muted">{origin(change.afterOrigin, change.template)}</span>
            </>
          ),
        },
        {
          key: 'how',
          title: t('configuration.how'),
          render: ({ apply }) => t(apply === 'HOT' ? 'apply.hot' : 'apply.restart'),
        },
      ]}
    />
  );
}
