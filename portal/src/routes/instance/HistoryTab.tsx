import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useQuery } from 'urql';

import {
  InstanceConfigurationDocument,
  InstanceHistoryDocument,
} from '../../gql/configuration.generated';
import { Answer } from '../../ui/Answer';
import { useLive } from '../../ui/EventFeed';
import { instant } from '../../ui/instant';
import { Nothing } from '../../ui/Nothing';
import { Pager, usePages } from '../../ui/Pager';
import { OperationBadge } from '../../ui/StateBadge';
import { readSchema } from '../parameter/schema';
import { ChangeTable } from './ChangeTable';

const PAGE = 10;

/** Who changed what and when; each entry shows what differs from the one before. */
export function HistoryTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const pages = usePages();
  const [result, ask] = useQuery({
    query: InstanceHistoryDocument,
    variables: { id, first: PAGE, after: pages.after },
  });
  // Only for titles and units; the history is readable without.
  const [form] = useQuery({
    query: InstanceConfigurationDocument,
    variables: { id },
    requestPolicy: 'cache-first',
  });
  const groups = readSchema(form.data?.instance.parameterSchema);
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  useLive(refresh, id);
  return (
    <Answer result={result} retry={refresh}>
      {({ instance: { configurations } }) =>
        configurations.nodes.length === 0 ? (
          <Nothing title={t('configuration.emptyHistory')} />
        ) : (
          <>
            <ol className="history" data-testid="history">
              {configurations.nodes.map((one) => (
                <li key={one.number} data-testid={`configuration-${String(one.number)}`}>
                  <div className="history-head">
                    <h3>{t('configuration.number', { number: String(one.number) })}</h3>
                    <span className="muted">
                      {t('configuration.by', { name: one.createdBy, at: instant(one.createdAt) })}
                    </span>
                    {one.operation && (
                      <Link to={`/operations/${one.operation.id}`}>
                        <OperationBadge state={one.operation.state} />
                      </Link>
                    )}
                  </div>
                  {one.changes.length === 0 ? (
                    <p className="muted">{t('configuration.first')}</p>
                  ) : (
                    <ChangeTable changes={one.changes} groups={groups} />
                  )}
                </li>
              ))}
            </ol>
            <Pager pages={pages} pageInfo={configurations.pageInfo} byTime />
          </>
        )
      }
    </Answer>
  );
}
