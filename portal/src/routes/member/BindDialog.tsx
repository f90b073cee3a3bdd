import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useQuery } from 'urql';

import { BindRoleDocument, RolesDocument } from '../../gql/access.generated';
import { useKeyed } from '../../gql/useKeyed';
import { Choices } from '../../ui/Choices';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import type { Choice } from '../../ui/Picker';
import { PlacePicker } from '../../ui/PlacePicker';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useWord } from '../../ui/text';
import { HolderPicker } from './HolderPicker';
import { useRoleTitle } from './useRoleTitle';

/** Roles that concern the installation; no tenant can give them. */
const NOT_OURS = ['operator'];

/** Gives or denies a role: whom or where are asked for unless they are known. */
export function BindDialog({
  holder,
  at,
  close,
  done,
}: {
  holder?: Choice | undefined;
  at?: Choice | undefined;
  close: () => void;
  done: () => void;
}) {
  const { t } = useTranslation();
  const word = useWord();
  const roleTitle = useRoleTitle();
  const [whom, setWhom] = useState(holder);
  const [where, setWhere] = useState(at);
  const [role, setRole] = useState('');
  const [effect, setEffect] = useState<'ALLOW' | 'DENY'>('ALLOW');
  const [{ data }] = useQuery({ query: RolesDocument });
  const [{ error, fetching }, bind] = useKeyed(BindRoleDocument);
  const roles = data?.roles.filter(({ id }) => !NOT_OURS.includes(id)) ?? [];
  const chosen = roles.find(({ id }) => id === role);
  const send = async () => {
    if (!whom || !where) return;
    const answer = await bind({
      input: { holder: whom.id, role, at: where.id, effect },
    });
    if (!answer.error) done();
  };
  return (
    <Dialog
      wide
      title={
        holder
          ? t('binding.giveTo', { name: holder.title })
          : t('binding.giveAt', { name: at?.title ?? '' })
      }
      close={close}
      confirm={{
        label: t(effect === 'DENY' ? 'binding.deny' : 'binding.give'),
        testid: 'confirm-bind',
        danger: effect === 'DENY',
        busy: fetching,
        disabled: !whom || !where || role === '',
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      {!holder && (
        <HolderPicker
          label={t('binding.holder')}
          testid="bind-holder"
          withGroups
          value={whom}
          change={setWhom}
        />
      )}
      <Field
        label={t('binding.role')}
        help={chosen?.actions.map((action) => word('right', action)).join(' · ')}
        required
      >
        <select
          className="plain-select"
          data-testid="bind-role"
          value={role}
          onChange={(event) => {
            setRole(event.target.value);
          }}
        >
          <option value="">{t('binding.choose')}</option>
          {roles.map((one) => (
            <option key={one.id} value={one.id}>
              {roleTitle(one)}
            </option>
          ))}
        </select>
      </Field>
      {!at && (
        <PlacePicker
          label={t('binding.at')}
          testid="bind-at"
          action="MANAGE_ACCESS"
          kinds={['tenant', 'organization', 'project', 'application']}
          value={where}
          change={setWhere}
        />
      )}
      <Choices
        label={t('binding.effect')}
        name="bind-effect"
        value={effect}
        options={[
          { value: 'ALLOW', title: t('binding.allow'), help: t('binding.allowHelp') },
          { value: 'DENY', title: t('binding.deny'), help: t('binding.denyHelp') },
        ]}
        change={(value) => {
          setEffect(value === 'DENY' ? 'DENY' : 'ALLOW');
        }}
      />
    </Dialog>
  );
}
