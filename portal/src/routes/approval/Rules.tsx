import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import {
  ApprovalRulesDocument,
  DeleteApprovalRuleDocument,
  type ApprovalRulesQuery,
} from '../../gql/approval.generated';
import { useKeyed } from '../../gql/useKeyed';
import { Amount } from '../../ui/Amount';
import { Answer } from '../../ui/Answer';
import { trimmed } from '../../ui/decimal';
import { Dialog } from '../../ui/Dialog';
import { useLive } from '../../ui/EventFeed';
import { Listing } from '../../ui/Listing';
import { Pager, usePages } from '../../ui/Pager';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useRights } from '../../ui/Rights';
import { RuleDialog } from './RuleDialog';
import { usePlans } from './usePlans';

const PAGE = 25;
type Rule = ApprovalRulesQuery['approvalRules']['nodes'][number];

function Removal({ rule, close }: { rule: Rule; close: () => void }) {
  const { t } = useTranslation();
  const [{ error, fetching }, remove] = useKeyed(DeleteApprovalRuleDocument);
  const act = async () => {
    const { data } = await remove({ input: { rule: rule.id } });
    if (data) close();
  };
  return (
    <Dialog
      title={t('approval.deleteRule')}
      close={close}
      confirm={{
        label: t('approval.delete'),
        testid: 'confirm-delete',
        danger: true,
        busy: fetching,
        act: () => void act(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <p>{t('approval.deleteRuleHelp')}</p>
    </Dialog>
  );
}

/** What plans are called; by their ids while that is not known, and for what is offered no more. */
function PlanTitles({ of }: { of: readonly string[] }) {
  const offerings = usePlans().data ?? [];
  const titles = new Map(
    offerings.flatMap(({ title, plans }) =>
      plans.map((plan) => [plan.id, `${title}: ${plan.title}`] as const),
    ),
  );
  return <div>{of.map((plan) => titles.get(plan) ?? plan).join(', ')}</div>;
}

function Limits({ rule }: { rule: Rule }) {
  const { t } = useTranslation();
  const { viewer } = useRights();
  return (
    <>
      {rule.abovePerMonth && (
        <div>
          {t('approval.above')} <Amount value={trimmed(rule.abovePerMonth)} />{' '}
          {viewer.tenant?.currency}
        </div>
      )}
      {rule.packages.join(', ')}
      {rule.plans.length > 0 && <PlanTitles of={rule.plans} />}
    </>
  );
}

/** What takes an approval, where the viewer sets it or approves. */
export function Rules() {
  const { t } = useTranslation();
  const { canSomewhere } = useRights();
  const pages = usePages();
  const [open, setOpen] = useState<'create' | Rule>();
  const [result, ask] = useQuery({
    query: ApprovalRulesDocument,
    variables: { first: PAGE, after: pages.after },
  });
  const refresh = () => {
    ask({ requestPolicy: 'network-only' });
  };
  useLive(refresh);
  const close = () => {
    setOpen(undefined);
    refresh();
  };
  const mayManage = canSomewhere('MANAGE_APPROVALS');
  return (
    <>
      {mayManage && (
        <div className="actions above">
          <Button
            data-testid="create-rule"
            onClick={() => {
              setOpen('create');
            }}
          >
            {t('approval.createRule')}
          </Button>
        </div>
      )}
      <Answer result={result} retry={refresh}>
        {({ approvalRules }) =>
          approvalRules.nodes.length === 0 ? (
            <p className="muted">{t('approval.noRules')}</p>
          ) : (
            <>
              <Listing
                label={t('approval.rules')}
                rows={approvalRules.nodes}
                rowKey={(rule) => rule.id}
                testid="rules"
                columns={[
                  {
                    key: 'at',
                    title: t('approval.at'),
                    render: (rule) =>
                      rule.at && 'title' in rule.at ? rule.at.title : t('approval.wholeTenant'),
                  },
                  {
                    key: 'for',
                    title: t('approval.what'),
                    render: (rule) =>
                      rule.mutations.map((one) => t(`approval.mutation.${one}`)).join(', '),
                  },
                  {
                    key: 'only',
                    title: t('approval.only'),
                    render: (rule) => <Limits rule={rule} />,
                  },
                  {
                    key: 'approvers',
                    title: t('approval.approvers'),
                    exact: true,
                    render: (rule) => String(rule.approvers),
                  },
                  {
                    key: 'days',
                    title: t('approval.days'),
                    exact: true,
                    render: (rule) => String(rule.days),
                  },
                  {
                    key: 'do',
                    title: '',
                    render: (rule) =>
                      mayManage && (
                        <Button
                          size="small"
                          danger
                          data-testid="delete-rule"
                          onClick={() => {
                            setOpen(rule);
                          }}
                        >
                          {t('approval.delete')}
                        </Button>
                      ),
                  },
                ]}
              />
              <Pager pages={pages} pageInfo={approvalRules.pageInfo} />
            </>
          )
        }
      </Answer>
      {open === 'create' && <RuleDialog close={close} />}
      {open && open !== 'create' && <Removal rule={open} close={close} />}
    </>
  );
}
