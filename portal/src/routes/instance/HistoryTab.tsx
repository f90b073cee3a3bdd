import { Button } from 'antd';
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
import { ProblemNotice } from '../../ui/ProblemNotice';
import { OperationBadge } from '../../ui/StateBadge';
import { readSchema } from '../parameter/schema';
import { ChangePreview } from './ChangePreview';
import { ChangeTable } from './ChangeTable';
import { useChange } from './useChange';

const PAGE = 10;

/** Who changed what, when and why, and the way back to an earlier one; each entry shows what differs from the one before. */
export function HistoryTab({ id, changed }: { id: string; changed: () => void }) {
  const { t } = useTranslation();
  const pages = usePages();
  const change = useChange();
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
      {({ instance: { configurations, configuration, wish, viewerCan } }) =>
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
                    {one.number === configuration.number && (
                      <span className="apply" data-testid="in-force">
                        {t('configuration.current')}
                      </span>
                    )}
                    {one.operation && (
                      <Link to={`/operations/${one.operation.id}`}>
                        <OperationBadge state={one.operation.state} />
                      </Link>
                    )}
                    {one.number !== configuration.number &&
                      wish !== 'DELETED' &&
                      viewerCan.includes('CHANGE') && (
                        <Button
                          size="small"
                          loading={change.busy}
                          data-testid={`restore-${String(one.number)}`}
                          onClick={() =>
                            void change.preview({
                              instance: id,
                              parameters: {},
                              restore: one.number,
                            })
                          }
                        >
                          {t('configuration.restore')}
                        </Button>
                      )}
                  </div>
                  {one.restoredFrom && (
                    <p className="muted">
                      {t('configuration.restoredFrom', { number: String(one.restoredFrom) })}
                    </p>
                  )}
                  {one.reason && (
                    <p className="reason-text" data-testid="history-reason">
                      {one.reason}
                    </p>
                  )}
                  {one.changes.length === 0 ? (
                    one.number === 1 && <p className="muted">{t('configuration.first')}</p>
                  ) : (
                    <ChangeTable changes={one.changes} groups={groups} />
                  )}
                </li>
              ))}
            </ol>
            <Pager pages={pages} pageInfo={configurations.pageInfo} byTime />
            {change.problem && !change.previewed && <ProblemNotice problem={change.problem} />}
            {change.previewed && (
              <ChangePreview
                title={t('configuration.restoreOf', {
                  number: String(change.previewed.change.restore),
                })}
                preview={change.previewed.preview}
                groups={groups}
                isNew={change.previewed.isNew}
                busy={change.busy}
                problem={change.problem}
                close={change.forget}
                apply={(reason) =>
                  void change.apply(reason).then((applied) => {
                    if (!applied) return;
                    change.forget();
                    changed();
                    refresh();
                  })
                }
              />
            )}
          </>
        )
      }
    </Answer>
  );
}
