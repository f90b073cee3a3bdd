import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { RemoveBudgetDocument, SetBudgetDocument } from '../../gql/budget.generated';
import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import type { CommittedFragment } from '../../gql/quota.generated';
import type { BudgetAction } from '../../gql/schema.generated';
import { Choices } from '../../ui/Choices';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';

interface BudgetDialogProps {
  /** The organization or project. */
  at: string;
  name: string;
  budgets: CommittedFragment;
  close: () => void;
  done: () => void;
}

const ACTIONS: readonly BudgetAction[] = ['BLOCK', 'NOTE'];

/** Sets the budget of one place, or removes it when no amount is given. */
export function BudgetDialog({ at, name, budgets, close, done }: BudgetDialogProps) {
  const { t } = useTranslation();
  const own = budgets.holding.find((budget) => budget.at === at);
  const [amount, setAmount] = useState(own?.amount ?? '');
  const [action, setAction] = useState<BudgetAction>(own?.action ?? 'BLOCK');
  const [set, send] = useKeyed(SetBudgetDocument);
  const [removed, remove] = useKeyed(RemoveBudgetDocument);
  const isRemoval = amount === '';
  const { error, fetching } = isRemoval ? removed : set;
  const wrong = error && problemOf(error).fields.find((one) => one.field === 'amount')?.message;
  const act = async () => {
    const { data } = isRemoval
      ? await remove({ input: { at } })
      : await send({ input: { at, amount, action } });
    if (data) done();
  };
  return (
    <Dialog
      title={t('budget.setTitle', { name })}
      close={close}
      confirm={{
        label: t(isRemoval ? 'budget.remove' : 'budget.set'),
        testid: 'confirm-budget',
        busy: fetching,
        danger: isRemoval,
        disabled: isRemoval ? !own : !/^\d+(\.\d+)?$/.test(amount),
        act: () => void act(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <Field
        label={t('budget.amountIn', { currency: budgets.currency })}
        help={t('budget.amountHelp')}
        error={wrong}
      >
        <Input
          data-testid="budget-amount"
          autoComplete="off"
          inputMode="decimal"
          value={amount}
          onChange={(event) => {
            setAmount(event.target.value.trim());
          }}
        />
      </Field>
      {!isRemoval && (
        <Choices
          label={t('budget.action')}
          name="budget-action"
          value={action}
          options={ACTIONS.map((value) => ({
            value,
            title: t(`budget.actionOf.${value}`),
            help: t(`budget.actionHelp.${value}`),
          }))}
          change={(chosen) => {
            setAction(ACTIONS.find((one) => one === chosen) ?? 'BLOCK');
          }}
        />
      )}
    </Dialog>
  );
}
