import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { instant } from '../../ui/instant';
import { Listing, type Column } from '../../ui/Listing';
import { useWord } from '../../ui/text';
import { Details } from './Details';
import type { Question } from './question';
import type { Entry } from './trail';

/** One line for each record, that opens to all it says; who, what and on what narrow to the like. */
export function Records({
  label,
  rows,
  narrow,
}: {
  label: string;
  rows: readonly Entry[];
  narrow: (part: keyof Question, to: string) => void;
}) {
  const { t } = useTranslation();
  const word = useWord();
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const turn = (number: number) => {
    setOpen((past) => {
      const next = new Set(past);
      if (!next.delete(number)) next.add(number);
      return next;
    });
  };
  const link = (part: 'subject' | 'action' | 'target', text: string, isWord = false) => (
    <Button
      type="link"
      size="small"
      aria-label={t('audit.only', { what: t(`audit.${part}`), text })}
      onClick={() => {
        narrow(part, text);
      }}
    >
      {isWord ? text : <code>{text}</code>}
    </Button>
  );
  const columns: Column<Entry>[] = [
    {
      key: 'open',
      title: null,
      render: ({ number }) => (
        <button
          type="button"
          className="unfold"
          aria-expanded={open.has(number)}
          aria-label={t('audit.details', { number: String(number) })}
          data-testid={`details-${String(number)}`}
          onClick={() => {
            turn(number);
          }}
        >
          <span aria-hidden="true">{open.has(number) ? '▾' : '▸'}</span>
        </button>
      ),
    },
    { key: 'number', title: t('audit.number'), exact: true, render: (row) => row.number },
    { key: 'at', title: t('audit.at'), render: (row) => instant(row.at) },
    {
      key: 'subject',
      title: t('audit.subject'),
      render: (row) => link('subject', row.subject, true),
    },
    { key: 'action', title: t('audit.action'), render: (row) => link('action', row.action) },
    {
      key: 'target',
      title: t('audit.target'),
      render: (row) => row.target && link('target', row.target),
    },
    { key: 'address', title: t('audit.address'), render: (row) => row.address },
    {
      key: 'outcome',
      title: t('audit.outcome'),
      render: (row) => (
        <>
          <span className={row.outcome === 'refused' ? 'badge badge-warn' : 'badge badge-good'}>
            {word('audit.outcomeOf', row.outcome)}
          </span>{' '}
          {row.code && <code>{row.code}</code>}
        </>
      ),
    },
  ];
  return (
    <Listing
      label={label}
      rows={rows}
      rowKey={(row) => String(row.number)}
      rowTestid={(row) => `audit-${String(row.number)}`}
      testid="audit"
      columns={columns}
      below={(row) => open.has(row.number) && <Details entry={row} />}
    />
  );
}
