import { useTranslation } from 'react-i18next';

import { Listing } from '../../ui/Listing';
import { useShown } from '../parameter/ParameterControl';
import type { Group } from '../parameter/schema';
import { ParameterName, useParameter } from './ChangeTable';

export interface OwnValue {
  parameter: string;
  own: unknown;
  template: unknown;
}

/** Values of an instance's own that stand against a template's. */
export function OwnValues({ values, groups }: { values: OwnValue[]; groups: Group[] }) {
  const { t } = useTranslation();
  const shown = useShown();
  const find = useParameter(groups);
  return (
    <Listing
      label={t('configuration.own')}
      rows={values}
      rowKey={(one) => one.parameter}
      rowTestid={(one) => `own-${one.parameter}`}
      columns={[
        {
          key: 'parameter',
          title: t('configuration.parameter'),
          render: ({ parameter }) => <ParameterName name={parameter} of={find(parameter)} />,
        },
        {
          key: 'own',
          title: t('configuration.own'),
          render: (one) => shown(find(one.parameter), one.own),
        },
        {
          key: 'template',
          title: t('configuration.ofTemplate'),
          render: (one) => shown(find(one.parameter), one.template),
        },
      ]}
    />
  );
}
