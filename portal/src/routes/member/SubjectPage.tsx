import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useQuery, type TypedDocumentNode } from 'urql';

import {
  DisableUserDocument,
  EnableUserDocument,
  SubjectDocument,
} from '../../gql/access.generated';
import { Answer } from '../../ui/Answer';
import { Confirmation } from '../../ui/Confirmation';
import { instant } from '../../ui/instant';
import { Page } from '../../ui/Page';
import { useRights } from '../../ui/Rights';
import { Bindings } from './Bindings';
import { SubjectState } from './SubjectListing';
import { SubjectSessions } from './SubjectSessions';
import { CodeDialog } from './UserDialogs';
import { Why } from './Why';

interface UserInput {
  user: string;
  idempotencyKey: string;
}

/** What lets somebody in or keeps them out. */
const DOCUMENTS: Record<'enable' | 'disable', TypedDocumentNode<unknown, { input: UserInput }>> = {
  enable: EnableUserDocument,
  disable: DisableUserDocument,
};

type Open = 'code' | 'enable' | 'disable';

/** One person or program: the groups and roles it has, and why it may do what. */
export default function SubjectPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const { canInTenant, viewer } = useRights();
  const [open, setOpen] = useState<Open>();
  const [result, ask] = useQuery({ query: SubjectDocument, variables: { id } });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const close = () => {
    setOpen(undefined);
  };
  const done = () => {
    close();
    refresh();
  };
  const subject = result.data?.subject;
  const isPerson = subject?.kind === 'USER';
  const may = isPerson && canInTenant('MANAGE_ACCESS');
  const button = (what: Open, danger = false) => (
    <Button
      danger={danger}
      data-testid={`${what}-user`}
      onClick={() => {
        setOpen(what);
      }}
    >
      {t(`member.${what}`)}
    </Button>
  );
  return (
    <Page
      title={subject?.title ?? t('member.people')}
      above={<Link to="/members">{t('member.people')}</Link>}
      extra={
        subject && (
          <>
            <SubjectState state={subject.state} />
            {may && subject.state === 'ACTIVE' && button('code')}
            {/* Who keeps themselves out cannot let themselves in again. */}
            {may && subject.state === 'ACTIVE' && id !== viewer.id && button('disable', true)}
            {may && subject.state === 'DISABLED' && button('enable')}
          </>
        )
      }
    >
      <Answer result={result} retry={refresh}>
        {({ subject: one }) => (
          <>
            <dl className="facts">
              <div>
                <dt>{t('member.name')}</dt>
                <dd>{one.name}</dd>
              </div>
              <div>
                <dt>{t('member.kind')}</dt>
                <dd>{t(`member.kindOf.${one.kind}`)}</dd>
              </div>
              <div>
                <dt>{t('member.made')}</dt>
                <dd>{instant(one.createdAt)}</dd>
              </div>
              <div>
                <dt>{t('member.groups')}</dt>
                <dd>
                  {one.memberOf.length === 0 && t('member.noGroups')}
                  {one.memberOf.map((group, index) => (
                    <span key={group.id}>
                      {index > 0 && ', '}
                      <Link to={`/groups/${group.id}`}>{group.title}</Link>
                    </span>
                  ))}
                </dd>
              </div>
            </dl>
            <Bindings holder={{ id: one.id, title: one.title }} />
            {may && <SubjectSessions key={one.id} subject={one.id} name={one.title} />}
            <Why subject={one.id} />
            {open === 'code' && <CodeDialog user={one.id} name={one.name} close={close} />}
            {open && open !== 'code' && (
              <Confirmation
                title={t(`member.${open}Title`, { name: one.title })}
                label={t(`member.${open}`)}
                testid={`confirm-${open}`}
                danger={open === 'disable'}
                document={DOCUMENTS[open]}
                input={{ user: one.id }}
                close={close}
                done={done}
              >
                <p>{t(`member.${open}Help`)}</p>
              </Confirmation>
            )}
          </>
        )}
      </Answer>
    </Page>
  );
}
