import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useClient } from 'urql';

import {
  OrganizationDetailDocument,
  ProjectDetailDocument,
} from '../../gql/organization.generated';
import { Loading } from '../../ui/Loading';
import { Nothing } from '../../ui/Nothing';
import { Page } from '../../ui/Page';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useSettled } from '../../ui/useSettled';
import { parentOf, rowOf, TOP, type Row } from './branch';
import type { Work } from './Change';
import { Detail } from './Detail';
import { Found } from './Found';
import { MoveDialog } from './MoveDialog';
import { TreeView } from './TreeView';
import { organizationRow, useTree } from './useTree';

interface Move {
  what: Row;
  into: Row;
}

/** The tree of organizations, as far as the viewer may see it; branches are read when opened. */
export default function OrganizationPage() {
  const { t } = useTranslation();
  const client = useClient();
  const tree = useTree();
  const [expanded, setExpanded] = useState<string[]>([]);
  const [chosen, setChosen] = useState<Row>();
  const [move, setMove] = useState<Move>();
  const [search, setSearch] = useState('');
  const settled = useSettled(search.trim());
  const top = tree.branches.get(TOP);
  const isBare = !top || top.organizations.rows.length + top.projects.rows.length === 0;

  const expand = (ids: readonly string[]) => {
    setExpanded((past) => [...new Set([...past, ...ids])]);
    ids.forEach(tree.open);
  };
  const changed = (work: Work | 'move', row: Row, places: readonly string[]) => {
    void tree.refresh(places).then(() => {
      if (work === 'create' || work === 'createProject') expand([row.id]);
      if (work === 'move') expand(places.slice(-1));
    });
    if (work === 'delete') setChosen(undefined);
  };
  /** Shows what was found where it stands in the tree. */
  const show = async (row: Row) => {
    setSearch('');
    setChosen(row);
    const isProject = row.kind === 'project';
    const asked = isProject
      ? (await client.query(ProjectDetailDocument, { id: row.id })).data?.project.organization?.path
      : (await client.query(OrganizationDetailDocument, { id: row.id })).data?.organization.path;
    const above = (asked ?? []).map(organizationRow).filter(({ id }) => id !== row.id);
    await tree.reveal([...above, row]);
    setExpanded((past) => [...new Set([...past, ...above.map(({ id }) => id)])]);
  };
  const from = (row: Row) => {
    const parent = parentOf(tree.branches, row.id);
    return (parent && rowOf(tree.branches, parent)?.title) ?? '';
  };

  return (
    <Page
      title={t('organization.title')}
      extra={
        <Input
          type="search"
          className="search"
          allowClear
          autoComplete="off"
          placeholder={t('organization.search')}
          aria-label={t('organization.search')}
          data-testid="search-organizations"
          value={search}
          onChange={(event) => {
            setSearch(event.target.value);
          }}
        />
      }
    >
      <p className="muted">{t('organization.help')}</p>
      {top?.error && (
        <ProblemNotice
          error={top.error}
          retry={() => {
            tree.open(TOP);
          }}
        />
      )}
      <div className="tree-page">
        <div className="tree-side">
          {settled !== '' && search !== '' ? (
            <Found search={settled} choose={(row) => void show(row)} />
          ) : !top || (top.isReading && isBare) ? (
            <Loading />
          ) : isBare && !top.error ? (
            <Nothing title={t('organization.empty')} help={t('organization.emptyHelp')} />
          ) : (
            <TreeView
              tree={tree}
              expanded={expanded}
              setExpanded={setExpanded}
              chosen={chosen?.id}
              choose={setChosen}
              drop={(what, into) => {
                setMove({ what, into });
              }}
            />
          )}
        </div>
        {chosen ? (
          <Detail
            key={chosen.id}
            id={chosen.id}
            kind={chosen.kind}
            changed={changed}
            choose={(row) => void show(row)}
          />
        ) : (
          <p className="hint-panel" data-testid="no-place">
            {t('organization.choose')}
          </p>
        )}
      </div>
      {move && (
        <MoveDialog
          what={move.what}
          from={from(move.what)}
          into={{ id: move.into.id, title: move.into.title }}
          close={() => {
            setMove(undefined);
          }}
          done={(into) => {
            const before = parentOf(tree.branches, move.what.id);
            setMove(undefined);
            changed('move', move.what, [...(before ? [before] : []), into]);
          }}
        />
      )}
    </Page>
  );
}
