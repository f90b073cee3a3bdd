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
import { Nothing } from '../../ui/Nothing';
import { Page, Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import { useRights } from '../../ui/Rights';
import { Bindings } from '../member/Bindings';
import { AddPart, Depend, type Application } from './PartDialog';
import { Parts, type Work } from './Parts';
import { RenameApplication } from './RenameApplication';
import { RunBadge } from './RunBadge';

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
  if (work.kind === 'rename') {
    return <RenameApplication application={application} close={close} done={done} />;
  }
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
  const { viewer } = useRights();
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
        const { title, description, isExclusive, organization, parts, run, viewerCan } =
          application;
        return (
          <Page
            title={title}
            above={
              <>
                <Link to="/applications">{t('application.title')}</Link>
                {organization && ` / ${organization.title}`}
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
                    data-testid="rename-application"
                    onClick={() => {
                      setWork({ kind: 'rename' });
                    }}
                  >
                    {t('application.rename')}
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
            {description && <p className="muted lines">{description}</p>}
            <p className="muted">
              {t(isExclusive ? 'application.exclusiveHelp' : 'application.sharedHelp')}
            </p>
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
            {viewerCan.includes('MANAGE_ACCESS') && !viewer.impersonatedBy && (
              <Bindings at={{ id: application.id, title }} />
            )}
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
