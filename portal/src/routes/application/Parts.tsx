import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import { Listing } from '../../ui/Listing';
import { StateBadge } from '../../ui/StateBadge';
import type { Application, Part } from './PartDialog';

type Need = Part['needs'][number];

/** What can be done on an application's page. */
export type Work =
  | { kind: 'add' }
  | { kind: 'delete' }
  | { kind: 'rename' }
  | { kind: 'remove' | 'depend'; part: Part }
  | { kind: 'free'; part: Part; need: Need };

interface PartsProps {
  application: Application;
  begin: (work: Work) => void;
}

function Needs({ application, part, begin }: PartsProps & { part: Part }) {
  const { t } = useTranslation();
  const { name } = part.instance;
  if (!application.viewerCan.includes('MANAGE_TREE')) {
    return part.needs.map((need) => need.name).join(', ');
  }
  return part.needs.map((need) => (
    <Button
      key={need.id}
      size="small"
      type="link"
      data-testid={`free-${name}-${need.name}`}
      aria-label={t('application.free', { part: name, needs: need.name })}
      onClick={() => {
        begin({ kind: 'free', part, need });
      }}
    >
      {need.name} ×
    </Button>
  ));
}

/** What is in an application, with what each part does and needs. */
export function Parts({ application, begin }: PartsProps) {
  const { t } = useTranslation();
  const mayChange = application.viewerCan.includes('MANAGE_TREE');
  const works = ['depend', 'remove'] as const;
  return (
    <Listing
      label={t('application.parts', { name: application.name })}
      testid="parts"
      rows={application.parts.nodes}
      rowKey={(part) => part.instance.id}
      rowTestid={(part) => `part-${part.instance.name}`}
      columns={[
        {
          key: 'part',
          title: t('application.part'),
          render: ({ instance }) => (
            <Link to={`/instances/${instance.id}`} className="name">
              {instance.name}
            </Link>
          ),
        },
        {
          key: 'project',
          title: t('application.project'),
          render: ({ instance }) => instance.project.title,
        },
        {
          key: 'package',
          title: t('application.package'),
          render: ({ instance }) => instance.package,
        },
        {
          key: 'state',
          title: t('application.state'),
          render: ({ instance }) => (
            <StateBadge state={instance.state} unknownSince={instance.unknownSince} />
          ),
        },
        {
          key: 'needs',
          title: t('application.needs'),
          render: (part) => <Needs application={application} part={part} begin={begin} />,
        },
        {
          key: 'do',
          title: t('application.do'),
          render: (part) =>
            mayChange && (
              <div className="row-actions">
                {works.map((kind) => (
                  <Button
                    key={kind}
                    size="small"
                    danger={kind === 'remove'}
                    data-testid={`${kind}-${part.instance.name}`}
                    onClick={() => {
                      begin({ kind, part });
                    }}
                  >
                    {t(`application.${kind}`)}
                  </Button>
                ))}
              </div>
            ),
        },
      ]}
    />
  );
}
