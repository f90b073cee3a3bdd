import { useTranslation } from 'react-i18next';
import { Link, useParams } from 'react-router';
import { useQuery } from 'urql';

import { ApprovalDocument, type ApprovalQuery } from '../../gql/approval.generated';
import { Amount } from '../../ui/Amount';
import { Answer } from '../../ui/Answer';
import { trimmed } from '../../ui/decimal';
import { useLive } from '../../ui/EventFeed';
import { instant } from '../../ui/instant';
import { Listing } from '../../ui/Listing';
import { Page, Section } from '../../ui/Page';
import { useText } from '../../ui/text';
import { ApprovalBadge } from './ApprovalBadge';
import { Decision } from './Decision';

type Approval = ApprovalQuery['approval'];

function plain(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function Facts({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  const text = useText();
  const { price, plan, needs } = approval;
  return (
    <dl className="figures">
      <dt>{t('approval.standing')}</dt>
      <dd>
        <ApprovalBadge state={approval.state} />
      </dd>
      <dt>{t('approval.project')}</dt>
      <dd>{approval.projectTitle ?? approval.project}</dd>
      <dt>{t('approval.makes')}</dt>
      <dd>
        {String(approval.members)} × {approval.package} {approval.softwareVersion} ·{' '}
        {approval.topology} · {text(plan?.title)}
      </dd>
      <dt>{t('approval.perMonth')}</dt>
      <dd>
        <Amount value={trimmed(price.perMonth)} currency={price.currency} testid="approval-price" />
      </dd>
      <dt>{t('approval.by')}</dt>
      <dd>
        {approval.requestedBy} · {instant(approval.requestedAt)}
      </dd>
      <dt>{t('approval.until')}</dt>
      <dd>{instant(approval.expiresAt)}</dd>
      <dt>{t('approval.given')}</dt>
      <dd data-testid="approval-given">
        {needs
          .map(({ given, approvers }) =>
            t('approval.givenOf', { given: String(given), approvers: String(approvers) }),
          )
          .join(', ')}
      </dd>
    </dl>
  );
}

function Values({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  if (approval.values.length === 0) return null;
  return (
    <Section title={t('approval.values')}>
      <Listing
        label={t('approval.values')}
        rows={approval.values}
        rowKey={(row) => row.parameter}
        columns={[
          {
            key: 'parameter',
            title: t('approval.parameter'),
            render: (row) => <code>{row.parameter}</code>,
          },
          { key: 'before', title: t('approval.before'), render: (row) => plain(row.before) },
          { key: 'after', title: t('approval.after'), render: (row) => plain(row.after) },
        ]}
      />
    </Section>
  );
}

function History({ approval }: { approval: Approval }) {
  const { t } = useTranslation();
  return (
    <Section title={t('approval.history')}>
      <ul className="plain" data-testid="approval-history">
        {approval.history.map((line, index) => (
          <li key={`${line.at}-${String(index)}`}>
            <strong>{t(`approval.entry.${line.kind}`)}</strong> {line.by}
            <span className="muted"> {instant(line.at)}</span>
            {line.comment && <div>{line.comment}</div>}
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** What would be done, for whom, why, and the decision about it. */
export default function ApprovalPage() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const [result, ask] = useQuery({ query: ApprovalDocument, variables: { id } });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  useLive(refresh);
  const found = result.data?.approval;
  const title = found ? `${t(`approval.mutation.${found.mutation}`)} ${found.name}` : id;
  return (
    <Page title={title} above={<Link to="/approvals">{t('approval.title')}</Link>}>
      <Answer result={result} retry={refresh}>
        {({ approval }) => (
          <>
            {approval.problem && <p data-testid="approval-problem">{approval.problem}</p>}
            <Facts approval={approval} />
            {approval.operation && (
              <p>
                <Link to={`/operations/${approval.operation.id}`}>{t('approval.operation')}</Link>
              </p>
            )}
            <Decision approval={approval} done={refresh} />
            <Values approval={approval} />
            <History approval={approval} />
          </>
        )}
      </Answer>
    </Page>
  );
}
