import { useTranslation } from 'react-i18next';

import type { Apply } from '../../gql/schema.generated';
import { Listing } from '../../ui/Listing';
import { useText } from '../../ui/text';
import { useShown } from '../parameter/ParameterControl';
import type { Group } from '../parameter/schema';

export interface Change {
  parameter: string;
  before?: unknown;
  after?: unknown;
  apply: Apply;
}

/** What differs between two configurations. */
export function ChangeTable({ changes, groups }: { changes: Change[]; groups: Group[] }) {
  const { t } = useTranslation();
  const text = useText();
  const shown = useShown();
  const find = (name: string) =>
    groups.flatMap((group) => group.parameters).find((parameter) => parameter.name === name);
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
          render: ({ parameter }) => {
            const title = find(parameter)?.title;
            return (
              <>
                {title && <>{text(title)} </>}
                <code>{parameter}</code>
              </>
            );
          },
        },
        {
          key: 'before',
          title: t('configuration.before'),
          render: (change) => <del>{shown(find(change.parameter), change.before)}</del>,
        },
        {
          key: 'after',
          title: t('configuration.after'),
          render: (change) => <ins>{shown(find(change.parameter), change.after)}</ins>,
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
