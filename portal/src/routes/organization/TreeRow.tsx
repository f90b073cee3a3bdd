import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

import type { Row } from './branch';

/** How long something is held above a closed branch before it opens. */
const OPENS_AFTER_MS = 700;

export interface TreeRowProps {
  row: Row;
  isDraggable: boolean;
  /** Whether what is being dragged may be dropped on it. */
  mayTake: () => boolean;
  drag: (row: Row | undefined) => void;
  drop: () => void;
  unfold: () => void;
}

/**
 * One row: dropped on it means into it, wherever on the row. Ant Design's tree would take the upper
 * half for "before it", and siblings have no order here.
 */
export function TreeRow({ row, isDraggable, mayTake, drag, drop, unfold }: TreeRowProps) {
  const { t } = useTranslation();
  const [isOver, setOver] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const isProject = row.kind === 'project';
  const leave = () => {
    clearTimeout(timer.current);
    setOver(false);
  };
  useEffect(
    () => () => {
      clearTimeout(timer.current);
    },
    [],
  );
  return (
    <span
      className={isOver ? 'tree-row takes' : 'tree-row'}
      data-testid={`${row.kind}-${row.name}`}
      draggable={isDraggable}
      onDragStart={(event) => {
        event.dataTransfer.effectAllowed = 'move';
        event.dataTransfer.setData('text/plain', row.title);
        drag(row);
      }}
      onDragEnd={() => {
        drag(undefined);
      }}
      onDragEnter={() => {
        clearTimeout(timer.current);
        if (!isProject) timer.current = setTimeout(unfold, OPENS_AFTER_MS);
      }}
      onDragOver={(event) => {
        if (!mayTake()) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'move';
        setOver(true);
      }}
      onDragLeave={leave}
      onDrop={(event) => {
        event.preventDefault();
        leave();
        drop();
      }}
    >
      {row.title}
      {row.title !== row.name && <span className="muted"> {row.name}</span>}
      {isProject && <span className="tree-kind">{t('picker.project')}</span>}
    </span>
  );
}
