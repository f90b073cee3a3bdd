import { Button, Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useParams } from 'react-router';
import { useQuery } from 'urql';

import {
  AddGroupMemberDocument,
  ChangeGroupDocument,
  DeleteGroupDocument,
  GroupDocument,
  RemoveGroupMemberDocument,
  type GroupQuery,
  type SubjectRowFragment,
} from '../../gql/access.generated';
import { Answer } from '../../ui/Answer';
import { Confirmation } from '../../ui/Confirmation';
import { Field } from '../../ui/Field';
import { Page, Section } from '../../ui/Page';
import { Pager, usePages } from '../../ui/Pager';
import type { Choice } from '../../ui/Picker';
import { useRights } from '../../ui/Rights';
import { Bindings } from './Bindings';
import { HolderPicker } from './HolderPicker';
import { SubjectListing } from './SubjectListing';

const PAGE = 50;

type Open = 'rename' | 'delete' | 'add' | SubjectRowFragment;

interface DialogProps {
  group: GroupQuery['group'];
  close: () => void;
  done: () => void;
}

function Rename({ group, close, done }: DialogProps) {
  const { t } = useTranslation();
  const [name, setName] = useState(group.name);
  const [title, setTitle] = useState(group.title);
  return (
    <Confirmation
      title={t('group.renameTitle', { name: group.title })}
      label={t('group.rename')}
      testid="confirm-rename"
      danger={false}
      document={ChangeGroupDocument}
      input={{ group: group.id, name, title }}
      close={close}
      done={done}
    >
      <Field label={t('member.name')} help={t('group.nameHelp')} required>
        <Input
          data-testid="group-name"
          autoComplete="off"
          value={name}
          onChange={(event) => {
            setName(event.target.value);
          }}
        />
      </Field>
      <Field label={t('member.shown')} required>
        <Input
          data-testid="group-title"
          autoComplete="off"
          value={title}
          onChange={(event) => {
            setTitle(event.target.value);
          }}
        />
      </Field>
    </Confirmation>
  );
}

function Add({ group, close, done }: DialogProps) {
  const { t } = useTranslation();
  const [who, setWho] = useState<Choice>();
  return (
    <Confirmation
      title={t('group.addTitle', { name: group.title })}
      label={t('group.add')}
      testid="confirm-add"
      danger={false}
      disabled={!who}
      document={AddGroupMemberDocument}
      input={{ group: group.id, subject: who?.id ?? '' }}
      close={close}
      done={done}
    >
      <HolderPicker
        label={t('group.who')}
        testid="group-member"
        withGroups={false}
        value={who}
        change={setWho}
      />
    </Confirmation>
  );
}

/** One group: who is in it, and the roles that all of them have. */
export default function GroupPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const navigate = useNavigate();
  const { canInTenant } = useRights();
  const pages = usePages();
  const [open, setOpen] = useState<Open>();
  const [result, ask] = useQuery({
    query: GroupDocument,
    variables: { id, first: PAGE, after: pages.after },
  });
  const may = canInTenant('MANAGE_ACCESS');
  const close = () => {
    setOpen(undefined);
  };
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  const done = () => {
    close();
    refresh();
  };
  const button = (what: 'rename' | 'delete' | 'add') => (
    <Button
      danger={what === 'delete'}
      size={what === 'add' ? 'small' : 'middle'}
      data-testid={`${what}-group`}
      onClick={() => {
        setOpen(what);
      }}
    >
      {t(`group.${what}`)}
    </Button>
  );
  const out = (row: SubjectRowFragment) => (
    <Button
      size="small"
      danger
      data-testid={`remove-${row.name}`}
      onClick={() => {
        setOpen(row);
      }}
    >
      {t('group.remove')}
    </Button>
  );
  return (
    <Page
      title={result.data?.group.title ?? t('group.title')}
      above={<Link to="/groups">{t('group.title')}</Link>}
      extra={
        may && (
          <>
            {button('rename')}
            {button('delete')}
          </>
        )
      }
    >
      <Answer result={result} retry={refresh}>
        {({ group }) => (
          <>
            <Section title={t('group.members')} extra={may && button('add')}>
              {group.subjects.nodes.length === 0 ? (
                <p className="muted">{t('group.nobody')}</p>
              ) : (
                <>
                  <SubjectListing
                    label={t('group.members')}
                    rows={group.subjects.nodes}
                    {...(may ? { act: out } : {})}
                  />
                  <Pager pages={pages} pageInfo={group.subjects.pageInfo} />
                </>
              )}
            </Section>
            <Bindings holder={{ id: group.id, title: group.title }} />
            {open === 'rename' && <Rename group={group} close={close} done={done} />}
            {open === 'add' && <Add group={group} close={close} done={done} />}
            {open === 'delete' && (
              <Confirmation
                title={t('group.deleteTitle', { name: group.title })}
                label={t('group.delete')}
                testid="confirm-delete"
                document={DeleteGroupDocument}
                input={{ group: group.id }}
                close={close}
                done={() => void navigate('/groups')}
              >
                <p>{t('group.deleteHelp')}</p>
              </Confirmation>
            )}
            {typeof open === 'object' && (
              <Confirmation
                title={t('group.removeTitle', { who: open.title, name: group.title })}
                label={t('group.remove')}
                testid="confirm-remove"
                document={RemoveGroupMemberDocument}
                input={{ group: group.id, subject: open.id }}
                close={close}
                done={done}
              >
                <p>{t('group.removeHelp')}</p>
              </Confirmation>
            )}
          </>
        )}
      </Answer>
    </Page>
  );
}
