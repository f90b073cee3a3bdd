import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';

import { problemCode } from '../../gql/problem';
import { zonedInstant } from '../../ui/instant';
import { useWord } from '../../ui/text';
import type { Entry } from './trail';

/** What else was written down, by name; the text as a whole if it is no object. */
function contentOf(text: string): [string, string][] {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) {
      return Object.entries(read)
        .filter(([, value]) => value !== null)
        .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]);
    }
  } catch {
    // Shown as it is.
  }
  return [['content', text]];
}

/** All that one record says. */
export function Details({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <dl className="facts" data-testid={`record-${String(entry.number)}`}>
      <div>
        <dt>{t('audit.at')}</dt>
        <dd>{zonedInstant(entry.at)}</dd>
      </div>
      {entry.code && (
        <div>
          <dt>{t('audit.why')}</dt>
          <dd>
            {t(`problem.code.${problemCode(entry.code)}`)} <code>{entry.code}</code>
          </dd>
        </div>
      )}
      {contentOf(entry.content).map(([name, value]) => (
        <div key={name}>
          <dt>{word('audit.contentOf', name)}</dt>
          <dd>{name === 'approval' ? <Link to={`/approvals/${value}`}>{value}</Link> : value}</dd>
        </div>
      ))}
      {entry.operation && (
        <div>
          <dt>{t('audit.operation')}</dt>
          <dd>
            <Link to={`/operations/${entry.operation}`}>{entry.operation}</Link>
          </dd>
        </div>
      )}
      <div>
        <dt>{t('audit.request')}</dt>
        <dd>{entry.requestId ? <code>{entry.requestId}</code> : t('audit.noRequest')}</dd>
      </div>
      {entry.address && (
        <div>
          <dt>{t('audit.address')}</dt>
          <dd>
            <code>{entry.address}</code>
          </dd>
        </div>
      )}
      {entry.subjectId && (
        <div>
          <dt>{t('audit.subjectId')}</dt>
          <dd>
            <code>{entry.subjectId}</code>
          </dd>
        </div>
      )}
      <div>
        <dt>{t('audit.hash')}</dt>
        <dd>
          <code>{entry.hash}</code>
        </dd>
      </div>
      <div>
        <dt>{t('audit.previousHash')}</dt>
        <dd>
          <code>{entry.previousHash}</code>
        </dd>
      </div>
    </dl>
  );
}
