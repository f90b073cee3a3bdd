import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { GroupsDocument, SubjectsDocument, type GroupsQuery } from '../../gql/access.generated';
import { Picker, type Choice } from '../../ui/Picker';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useEvery } from '../../ui/useEvery';
import { useSettled } from '../../ui/useSettled';

const PAGE = 20;

const groupsOf = (result: GroupsQuery) => result.groups;

export interface HolderPickerProps {
  label: string;
  testid: string;
  /** Whether groups can be chosen as well. */
  withGroups: boolean;
  value: Choice | undefined;
  change: (holder: Choice) => void;
}

/** A person or program, found by how its name begins, or a group. */
export function HolderPicker({ label, testid, withGroups, value, change }: HolderPickerProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const settled = useSettled(search.trim().toLowerCase());
  const [{ data, error, fetching }] = useQuery({
    query: SubjectsDocument,
    variables: { first: PAGE, search: settled || null },
  });
  const { data: groups } = useEvery(GroupsDocument, groupsOf);
  const choices: Choice[] = (data?.subjects.nodes ?? []).map(({ id, name, title, kind }) => ({
    id,
    title,
    detail: `${t(`member.kindOf.${kind}`)} · ${name}`,
  }));
  if (withGroups) {
    const fitting = (groups ?? []).filter(({ name }) => name.startsWith(settled)).slice(0, PAGE);
    choices.unshift(
      ...fitting.map(({ id, name, title }) => ({
        id,
        title,
        detail: `${t('member.group')} · ${name}`,
      })),
    );
  }
  const note = error ? (
    <ProblemNotice error={error} />
  ) : (
    fetching && !data && <p className="muted">{t('app.loading')}</p>
  );
  return (
    <Picker
      label={label}
      testid={testid}
      search={search}
      setSearch={setSearch}
      choices={choices}
      hasMore={data?.subjects.pageInfo.hasNextPage ?? false}
      note={note || undefined}
      value={value}
      change={change}
    />
  );
}
