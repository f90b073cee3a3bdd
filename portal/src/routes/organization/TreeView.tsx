import { Button, Tree as AntTree, type TreeDataNode } from 'antd';
import { useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

import { problemOf } from '../../gql/problem';
import { mayDrop, TOP, type Branch, type Row } from './branch';
import { TreeRow } from './TreeRow';
import type { Tree } from './useTree';

interface Node extends TreeDataNode {
  key: string;
  row?: Row;
  children?: Node[];
}

export interface TreeViewProps {
  tree: Tree;
  expanded: readonly string[];
  setExpanded: (ids: string[]) => void;
  chosen: string | undefined;
  choose: (row: Row) => void;
  /** Something was dropped on something; nothing is moved yet. */
  drop: (what: Row, into: Row) => void;
}

/** The tree with a branch below each organization that was opened. */
export function TreeView(props: TreeViewProps) {
  const { tree, expanded, setExpanded, chosen, choose, drop } = props;
  const { t } = useTranslation();
  const { branches } = tree;
  const dragged = useRef<Row>(undefined);

  const note = (id: string, what: string, title: ReactNode): Node => ({
    key: `${what}:${id}`,
    title,
    isLeaf: true,
    selectable: false,
  });
  const behind = (id: string, branch: Branch): Node[] => {
    if (branch.error) {
      const { code } = problemOf(branch.error);
      return [
        note(
          id,
          'problem',
          <span role="alert">
            {t(`problem.code.${code}`)}{' '}
            <Button
              size="small"
              type="link"
              onClick={() => {
                tree.open(id);
              }}
            >
              {t('action.retry')}
            </Button>
          </span>,
        ),
      ];
    }
    if (branch.isReading) {
      return [note(id, 'reading', <span className="muted">{t('app.loading')}</span>)];
    }
    if (branch.organizations.after === null && branch.projects.after === null) return [];
    return [
      note(
        id,
        'more',
        <Button
          size="small"
          type="link"
          data-testid="tree-more"
          onClick={() => {
            tree.more(id);
          }}
        >
          {t('action.more')}
        </Button>,
      ),
    ];
  };
  const nodesOf = (id: string): Node[] => {
    const branch = branches.get(id);
    if (!branch) return [];
    const rows = [...branch.organizations.rows];
    // Projects come behind all organizations, so not before those are all there.
    if (branch.organizations.after === null) rows.push(...branch.projects.rows);
    return [...rows.map(nodeOf), ...behind(id, branch)];
  };
  const nodeOf = (row: Row): Node => {
    const isOrganization = row.kind === 'organization';
    return {
      key: row.id,
      row,
      isLeaf: !isOrganization || row.isLeaf,
      title: (
        <TreeRow
          row={row}
          isDraggable={row.viewerCan.includes('MANAGE_TREE')}
          mayTake={() => dragged.current !== undefined && mayDrop(branches, dragged.current, row)}
          drag={(what) => {
            dragged.current = what;
          }}
          drop={() => {
            if (dragged.current) drop(dragged.current, row);
            dragged.current = undefined;
          }}
          unfold={() => {
            if (row.isLeaf || expanded.includes(row.id)) return;
            tree.open(row.id);
            setExpanded([...expanded, row.id]);
          }}
        />
      ),
      ...(isOrganization && expanded.includes(row.id) ? { children: nodesOf(row.id) } : {}),
    };
  };
  return (
    <AntTree<Node>
      className="tree"
      aria-label={t('organization.title')}
      data-testid="organizations"
      blockNode
      virtual={false}
      treeData={nodesOf(TOP)}
      expandedKeys={[...expanded]}
      selectedKeys={chosen ? [chosen] : []}
      onExpand={(keys, { expanded: isOpen, node }) => {
        if (isOpen) tree.open(node.key);
        setExpanded(keys.map(String));
      }}
      onSelect={(_, { node }) => {
        if (node.row) choose(node.row);
      }}
    />
  );
}
