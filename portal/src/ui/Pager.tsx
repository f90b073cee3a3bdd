import { Button } from 'antd';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';

export interface Pages {
  after: string | null;
  number: number;
  forward: (cursor: string) => void;
  back: () => void;
  reset: () => void;
}

/** Where a reader of a connection is; cursors lead forward only, so the way back is remembered. */
export function usePages(): Pages {
  const [trail, setTrail] = useState<string[]>([]);
  const forward = useCallback((cursor: string) => {
    setTrail((past) => [...past, cursor]);
  }, []);
  const back = useCallback(() => {
    setTrail((past) => past.slice(0, -1));
  }, []);
  const reset = useCallback(() => {
    setTrail((past) => (past.length === 0 ? past : []));
  }, []);
  return { after: trail.at(-1) ?? null, number: trail.length + 1, forward, back, reset };
}

export interface PagerProps {
  pages: Pages;
  pageInfo: { hasNextPage: boolean; endCursor?: string | null };
  /** Whether rows are ordered by time, newest first. */
  byTime?: boolean;
}

/** Nothing while everything fits on one page. */
export function Pager({ pages, pageInfo, byTime = false }: PagerProps) {
  const { t } = useTranslation();
  const { hasNextPage, endCursor } = pageInfo;
  if (pages.number === 1 && !hasNextPage) return null;
  return (
    <nav className="pager" aria-label={t('action.page', { number: pages.number })}>
      <Button size="small" disabled={pages.number === 1} onClick={pages.back}>
        {t(byTime ? 'action.previous' : 'action.back')}
      </Button>
      <span className="muted">{t('action.page', { number: pages.number })}</span>
      <Button
        size="small"
        disabled={!hasNextPage || !endCursor}
        onClick={() => {
          if (endCursor) pages.forward(endCursor);
        }}
      >
        {t(byTime ? 'action.next' : 'action.forward')}
      </Button>
    </nav>
  );
}
