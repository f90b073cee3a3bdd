import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { useQuery } from 'urql';

import {
  ApplicationDocument,
  DeleteApplicationDocument,
  RemoveDependencyDocument,
  RemoveFromApplicationDocument,
} from '../../gql/application.generated';
import { Answer } from '../../ui/Answer';
import { Confirmation } from '../../ui/Confirmation';
import { Listing } from '../../ui/Listing';
import { Nothing } from '../../ui/Nothing';
import { Page, Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { StateBadge } from '../../ui/StateBadge';
import { AddPart, Depend, type Application, type Part } from './PartDialog';
import { RunBadge } from './RunBadge';

type Need = Part['needs'][number];
type Work =
  | { kind: 'add' }
  | { kind: 'delete' }
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

function Parts({ application, begin }: PartsProps) {
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

interface DoProps {
  application: Application;
  work: Work;
  close: () => void;
  done: () => void;
}

function Do({ application, work, close, done }: DoProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { id, name } = application;
  if (work.kind === 'add') return <AddPart application={application} close={close} done={done} />;
  if (work.kind === 'delete') {
    return (
      <Confirmation
        title={t('application.deleteTitle', { name })}
        label={t('application.delete')}
        testid="confirm-delete"
        document={DeleteApplicationDocument}
        input={{ application: id }}
        close={close}
        done={() => void navigate('/applications')}
      >
        <p>{t('application.deleteHelp')}</p>
      </Confirmation>
    );
  }
  const { part } = work;
  const { id: instance, name: called } = part.instance;
  if (work.kind === 'depend') {
    return <Depend application={application} part={part} close={close} done={done} />;
  }
  if (work.kind === 'free') {
    return (
      <Confirmation
        title={t('application.freeTitle', { part: called, needs: work.need.name })}
        label={t('application.forget')}
        testid="confirm-free"
        document={RemoveDependencyDocument}
        input={{ application: id, instance, needs: work.need.id }}
        close={close}
        done={done}
      >
        <p>{t('application.freeHelp')}</p>
      </Confirmation>
    );
  }
  return (
    <Confirmation
      title={t('application.removeTitle', { part: called, name })}
      label={t('application.remove')}
      testid="confirm-remove"
      document={RemoveFromApplicationDocument}
      input={{ application: id, instance }}
      close={close}
      done={done}
    >
      <p>{t('application.removeHelp')}</p>
    </Confirmation>
  );
}

/** One application: what is in it, what that does and needs. */
export default function ApplicationPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const pages = usePages();
  const [work, setWork] = useState<Work>();
  const [result, ask] = useQuery({
    query: ApplicationDocument,
    variables: { id, after: pages.after },
    requestPolicy: 'cache-and-network',
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const close = () => {
    setWork(undefined);
  };
  return (
    <Answer result={result} retry={refresh}>
      {({ application }) => {
        const { title, description, organization, parts, run, viewerCan } = application;
        return (
          <Page
            title={title}
            above={
              <>
                <Link to="/applications">{t('application.title')}</Link> / {organization.title}
              </>
            }
            extra={
              viewerCan.includes('MANAGE_TREE') && (
                <>
                  <Button
                    type="primary"
                    data-testid="add-part"
                    onClick={() => {
                      setWork({ kind: 'add' });
                    }}
                  >
                    {t('application.add')}
                  </Button>
                  <Button
                    danger
                    data-testid="delete-application"
                    onClick={() => {
                      setWork({ kind: 'delete' });
                    }}
                  >
                    {t('application.delete')}
                  </Button>
                </>
              )
            }
          >
            {description && <p className="muted">{description}</p>}
            <Section
              title={t('application.parts', { name: application.name })}
              extra={<RunBadge run={run} />}
            >
              {parts.nodes.length === 0 ? (
                <Nothing title={t('application.noParts')} />
              ) : (
                <Parts application={application} begin={setWork} />
              )}
              <Pager pages={pages} pageInfo={parts.pageInfo} />
            </Section>
            {work && (
              <Do
                application={application}
                work={work}
                close={close}
                done={() => {
                  close();
                  refresh();
                }}
              />
            )}
          </Page>
        );
      }}
    </Answer>
  );
}
