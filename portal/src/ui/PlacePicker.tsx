import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { PlacesDocument } from '../gql/access.generated';
import type { Action } from '../gql/schema.generated';
import { Picker, type Choice } from './Picker';
import { ProblemNotice } from './ProblemNotice';
import { useRights } from './Rights';
import { useSettled } from './useSettled';

export interface PlacePickerProps {
  label: string;
  testid: string;
  /** What the viewer must be allowed to do there. */
  action: Action;
  /** What can be chosen. */
  kinds: readonly ('tenant' | 'organization' | 'project' | 'application')[];
  /** Left out, e.g. what is moved. */
  without?: string | undefined;
  value: Choice | undefined;
  change: (place: Choice) => void;
}

/** A place of the tenant's tree, found by name; at most a page of them is read. */
export function PlacePicker(props: PlacePickerProps) {
  const { label, testid, action, kinds, without, value, change } = props;
  const { t } = useTranslation();
  const { viewer, canInTenant } = useRights();
  const [search, setSearch] = useState('');
  const settled = useSettled(search.trim());
  const [{ data, error, fetching }] = useQuery({
    query: PlacesDocument,
    variables: { search: settled || null },
  });
  const choices: Choice[] = [];
  if (kinds.includes('tenant') && viewer.tenant && settled === '') {
    const { id, title } = viewer.tenant;
    const detail = t('picker.tenant');
    choices.push({ id, title, detail, disabled: !canInTenant(action) });
  }
  if (kinds.includes('organization')) {
    for (const { id, title, path, viewerCan } of data?.organizations.nodes ?? []) {
      if (path.some((above) => above.id === without)) continue;
      const above = path.slice(0, -1).map((one) => one.title);
      const detail = [t('picker.organization'), ...(above.length > 0 ? [above.join(' / ')] : [])];
      const disabled = !viewerCan.includes(action);
      choices.push({ id, title, detail: detail.join(' · '), disabled });
    }
  }
  if (kinds.includes('project')) {
    for (const { id, title, organization, viewerCan } of data?.projects.nodes ?? []) {
      const above = organization ? [organization.title] : [];
      const detail = [t('picker.project'), ...above].join(' · ');
      choices.push({ id, title, detail, disabled: !viewerCan.includes(action) });
    }
  }
  if (kinds.includes('application')) {
    for (const { id, title, organization, viewerCan } of data?.applications.nodes ?? []) {
      const above = organization ? [organization.title] : [];
      const detail = [t('picker.application'), ...above].join(' · ');
      choices.push({ id, title, detail, disabled: !viewerCan.includes(action) });
    }
  }
  const more =
    (kinds.includes('application') && data?.applications.pageInfo.hasNextPage) ||
    (kinds.includes('organization') && data?.organizations.pageInfo.hasNextPage) ||
    (kinds.includes('project') && data?.projects.pageInfo.hasNextPage);
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
      hasMore={more ?? false}
      note={note || undefined}
      value={value}
      change={change}
    />
  );
}
