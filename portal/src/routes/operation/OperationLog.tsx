import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

import type { LogLinePartsFragment } from '../../gql/operation.generated';
import { timeOfDay } from '../../ui/instant';

/** Log lines as they come; stays at the end unless the reader has scrolled up. */
export function OperationLog({ lines }: { lines: LogLinePartsFragment[] }) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);

  useEffect(() => {
    const element = box.current;
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [lines]);

  return (
    <div
      ref={box}
      className="log"
      role="log"
      aria-label={t('operation.log')}
      tabIndex={0}
      data-testid="log"
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < 24;
      }}
    >
      {lines.length === 0 && <div className="log-empty">{t('operation.noLog')}</div>}
      {lines.map((line) => (
        <div key={line.number} className="log-line" data-testid="log-line">
          <span className="log-number">{line.number}</span>
          <time dateTime={line.at}>{timeOfDay(line.at)}</time>
          <span className="log-text">{line.text}</span>
        </div>
      ))}
    </div>
  );
}
