import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';

import { Link } from 'react-router';

import type { PreviewOrderQuery } from '../../gql/order.generated';
import { Amount } from '../../ui/Amount';
import { grouped, trimmed } from '../../ui/decimal';
import { Listing, SumRow } from '../../ui/Listing';
import { sizeParts } from '../../ui/size';
import { useWord } from '../../ui/text';
import { Ahead } from '../approval/Ahead';
import { useParameter } from '../instance/ChangeTable';
import { OwnValues } from '../instance/OwnValues';
import { useShown } from '../parameter/ParameterControl';
import type { Group } from '../parameter/schema';
import { ParameterNotes } from '../parameter/ParameterNotes';
import { PreviewBudgets, PreviewQuotas } from './PreviewLimits';

export type Preview = PreviewOrderQuery['previewOrder'];

function Members({ preview }: { preview: Preview }) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <ul className="plain" data-testid="preview-members">
      {preview.members.map((member) => (
        <li key={member.name}>
          <strong>{member.name}</strong> {word('memberRole', member.role)}
          <div className="muted">{t('size.of', sizeParts(member.size))}</div>
        </li>
      ))}
    </ul>
  );
}

/** What the template gives, and the given values that win over it. */
function FromTemplate({ preview, groups }: { preview: Preview; groups: Group[] }) {
  const { t } = useTranslation();
  const shown = useShown();
  const find = useParameter(groups);
  const taken = preview.values.filter((one) => one.origin === 'TEMPLATE');
  if (taken.length === 0 && preview.ownValues.length === 0) return null;
  return (
    <>
      <h2>{t('order.fromTemplate')}</h2>
      <ul className="plain" data-testid="preview-template">
        {taken.map((one) => (
          <li key={one.parameter} data-testid={`preview-${one.parameter}`}>
            <code>{one.parameter}</code> {shown(find(one.parameter), one.value)}
          </li>
        ))}
      </ul>
      {preview.ownValues.length > 0 && (
        <>
          <h2>{t('order.ownValues')}</h2>
          <OwnValues values={preview.ownValues} groups={groups} />
        </>
      )}
    </>
  );
}

function Price({ price }: { price: Preview['price'] }) {
  const { t } = useTranslation();
  const word = useWord();
  return (
    <>
      <dl className="figures">
        <dt>{t('order.perHour')}</dt>
        <dd>
          <Amount
            value={trimmed(price.perHour)}
            currency={price.currency}
            testid="preview-per-hour"
          />
        </dd>
        <dt>{t('order.perMonth')}</dt>
        <dd>
          <Amount
            value={trimmed(price.perMonth)}
            currency={price.currency}
            testid="preview-per-month"
          />
        </dd>
      </dl>
      <Listing
        label={t('order.price')}
        rows={price.lines}
        rowKey={(line, index) => `${line.meter}-${String(index)}`}
        columns={[
          {
            key: 'meter',
            title: t('order.meter'),
            render: (line) => (
              <>
                {word('meter', line.meter)}
                <div className="muted">
                  {line.unitPrice === null || line.per === null ? (
                    line.reason && t('order.noPrice')
                  ) : (
                    <>
                      <Amount value={line.quantityPerHour} /> ×{' '}
                      {t('order.per', { price: trimmed(line.unitPrice), per: grouped(line.per) })}{' '}
                      {word('meterUnit', line.meter)}
                    </>
                  )}
                </div>
              </>
            ),
          },
          {
            key: 'amount',
            title: t('order.perHour'),
            exact: true,
            render: (line) => <Amount value={trimmed(line.perHour)} />,
          },
        ]}
        foot={
          <SumRow
            columns={2}
            strong
            label={t('cost.sum')}
            value={<Amount value={trimmed(price.perHour)} />}
          />
        }
      />
      <p className="muted">{t('order.month')}</p>
    </>
  );
}

function Licence({ licence }: { licence: Preview['licence'] }) {
  const { t } = useTranslation();
  const word = useWord();
  const isOver = licence.used + licence.added > licence.limit;
  const effect = `${word('order.licenceUnit', licence.unit)}: ${t('order.licenceEffect', {
    used: String(licence.used),
    limit: String(licence.limit),
    added: String(licence.added),
  })}`;
  return isOver ? (
    <Alert type="warning" showIcon title={t('order.licenceOver')} description={effect} />
  ) : (
    <p data-testid="preview-licence">{effect}</p>
  );
}

/** What the order would make and cost, and the button that orders exactly this. */
export function OrderPreview({
  preview,
  groups,
  isNew,
  busy,
  approval,
  place,
}: {
  preview: Preview;
  groups: Group[];
  /** It replaces one that was outdated. */
  isNew: boolean;
  busy: boolean;
  /** What waits, if it was asked for and others have to approve it. */
  approval: string | undefined;
  place: () => void;
}) {
  const { t } = useTranslation();
  return (
    <section className="panel" aria-label={t('order.previewTitle')} data-testid="preview">
      {isNew && (
        <Alert
          type="warning"
          showIcon
          className="notice"
          role="alert"
          data-testid="outdated"
          title={t('order.again')}
        />
      )}
      <h2>{t('order.willMake')}</h2>
      <p className="muted">{t('order.inCell', { cell: preview.cell })}</p>
      <Members preview={preview} />
      <FromTemplate preview={preview} groups={groups} />
      <ParameterNotes notes={preview.notes} />
      <h2>{t('order.price')}</h2>
      <Price price={preview.price} />
      <h2>{t('order.licence')}</h2>
      <Licence licence={preview.licence} />
      <PreviewQuotas quotas={preview.quotas} />
      <PreviewBudgets budgets={preview.budgets} />
      <Ahead rules={preview.approvals} />
      {approval ? (
        // Asked for once; it can be ordered again when it is another order.
        <Link to={`/approvals/${approval}`} data-testid="to-approval">
          {t('approval.follow')}
        </Link>
      ) : (
        <Button
          type="primary"
          size="large"
          block
          loading={busy}
          data-testid="place-order"
          onClick={place}
        >
          {t('order.place')}
        </Button>
      )}
    </section>
  );
}
