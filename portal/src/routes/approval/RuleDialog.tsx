import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { CreateApprovalRuleDocument } from '../../gql/approval.generated';
import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import type { ApprovalMutationKind } from '../../gql/schema.generated';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import type { Choice } from '../../ui/Picker';
import { PlacePicker } from '../../ui/PlacePicker';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { PlanBoxes } from './PlanBoxes';

const kinds: ApprovalMutationKind[] = [
  'PLACE_ORDER',
  'CHANGE_CONFIGURATION',
  'START_INSTANCE',
  'STOP_INSTANCE',
  'DELETE_INSTANCE',
];

/** Makes a rule for the whole tenant, or at an organization or project for all below. */
export function RuleDialog({ close }: { close: () => void }) {
  const { t } = useTranslation();
  const [place, setPlace] = useState<Choice>();
  const [mutations, setMutations] = useState<ApprovalMutationKind[]>(['PLACE_ORDER']);
  const [above, setAbove] = useState('');
  const [packages, setPackages] = useState('');
  const [plans, setPlans] = useState<string[]>([]);
  const [approvers, setApprovers] = useState('1');
  const [days, setDays] = useState('7');
  const [{ error, fetching }, create] = useKeyed(CreateApprovalRuleDocument);
  const wrong = (field: string) =>
    error && problemOf(error).fields.find((one) => one.field === field)?.message;
  const send = async () => {
    const names = packages.split(/[\s,]+/).filter(Boolean);
    const made = await create({
      input: {
        at: place?.id ?? '',
        mutations,
        abovePerMonth: above || null,
        packages: names,
        plans,
        approvers: Number(approvers),
        days: Number(days),
      },
    });
    if (made.data) close();
  };
  return (
    <Dialog
      title={t('approval.createRule')}
      close={close}
      confirm={{
        label: t('approval.createRule'),
        testid: 'confirm-rule',
        busy: fetching,
        disabled: !place || mutations.length === 0,
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <PlacePicker
        label={t('approval.at')}
        testid="rule-place"
        action="MANAGE_APPROVALS"
        kinds={['tenant', 'organization', 'project']}
        value={place}
        change={setPlace}
      />
      <fieldset className="choices">
        <legend>{t('approval.what')}</legend>
        <div className="choices-options">
          {kinds.map((kind) => (
            <label key={kind} className="choice">
              <input
                type="checkbox"
                checked={mutations.includes(kind)}
                onChange={(event) => {
                  const others = mutations.filter((one) => one !== kind);
                  setMutations(event.target.checked ? [...others, kind] : others);
                }}
              />
              <span>{t(`approval.mutation.${kind}`)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <Field
        label={t('approval.above')}
        help={t('approval.aboveHelp')}
        error={wrong('abovePerMonth')}
      >
        <Input
          value={above}
          inputMode="decimal"
          data-testid="rule-above"
          onChange={(event) => {
            setAbove(event.target.value.trim());
          }}
        />
      </Field>
      <Field
        label={t('approval.packages')}
        help={t('approval.packagesHelp')}
        error={wrong('packages')}
      >
        <Input
          value={packages}
          onChange={(event) => {
            setPackages(event.target.value);
          }}
        />
      </Field>
      <PlanBoxes chosen={plans} choose={setPlans} error={wrong('plans')} />
      <Field label={t('approval.approvers')} error={wrong('approvers')}>
        <select
          className="plain-select"
          value={approvers}
          data-testid="rule-approvers"
          onChange={(event) => {
            setApprovers(event.target.value);
          }}
        >
          <option value="1">1</option>
          <option value="2">2</option>
        </select>
      </Field>
      <Field label={t('approval.days')} error={wrong('days')}>
        <Input
          value={days}
          inputMode="numeric"
          onChange={(event) => {
            setDays(event.target.value.replaceAll(/\D/g, ''));
          }}
        />
      </Field>
    </Dialog>
  );
}
