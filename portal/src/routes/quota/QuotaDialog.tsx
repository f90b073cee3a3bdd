import { Input } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useKeyed } from '../../gql/useKeyed';
import { problemOf } from '../../gql/problem';
import {
  RemoveQuotaDocument,
  SetQuotaDocument,
  type QuotaRowFragment,
} from '../../gql/quota.generated';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';

interface QuotaDialogProps {
  /** The organization or project. */
  at: string;
  name: string;
  quota: QuotaRowFragment;
  close: () => void;
  done: () => void;
}

/** Sets the limit of one meter, or removes it when nothing is given. */
export function QuotaDialog({ at, name, quota, close, done }: QuotaDialogProps) {
  const { t } = useTranslation();
  const [limit, setLimit] = useState(quota.limit ?? '');
  const [set, send] = useKeyed(SetQuotaDocument);
  const [removed, remove] = useKeyed(RemoveQuotaDocument);
  const isRemoval = limit === '';
  const { error, fetching } = isRemoval ? removed : set;
  const { meter } = quota;
  const wrong = error && problemOf(error).fields.find((one) => one.field === 'limit')?.message;
  const act = async () => {
    const { data } = isRemoval
      ? await remove({ input: { at, meter } })
      : await send({ input: { at, meter, limit } });
    if (data) done();
  };
  return (
    <Dialog
      title={t('quota.setTitle', { meter: t(`quota.meterOf.${meter}`), name })}
      close={close}
      confirm={{
        label: t(isRemoval ? 'quota.remove' : 'quota.set'),
        testid: 'confirm-quota',
        busy: fetching,
        danger: isRemoval,
        disabled: isRemoval ? quota.limit === null : !/^\d+$/.test(limit),
        act: () => void act(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <Field label={t('quota.limit')} help={t('quota.limitHelp')} error={wrong}>
        <Input
          data-testid="quota-limit"
          autoComplete="off"
          inputMode="numeric"
          value={limit}
          onChange={(event) => {
            setLimit(event.target.value.trim());
          }}
        />
      </Field>
    </Dialog>
  );
}
