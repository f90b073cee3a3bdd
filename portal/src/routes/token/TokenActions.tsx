import { InputNumber } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useKeyed } from '../../gql/useKeyed';
import { RevokeTokenDocument, RotateTokenDocument } from '../../gql/token.generated';
import { Dialog } from '../../ui/Dialog';
import { Field } from '../../ui/Field';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { Secret } from './Secret';

export interface Asked {
  token: { id: string; name: string };
  close: () => void;
}

/** Asks before a token gets another secret, and shows that. */
export function Rotation({ token, close }: Asked) {
  const { t } = useTranslation();
  const [minutes, setMinutes] = useState(60);
  const [{ data, error, fetching }, rotate] = useKeyed(RotateTokenDocument);
  const { id, name } = token;
  const secret = data?.rotateToken.secret;
  if (secret) return <Secret title={name} secret={secret} close={close} />;
  const input = { token: id, overlapMinutes: minutes, expiresAt: null };
  return (
    <Dialog
      title={t('token.rotateTitle', { name })}
      close={close}
      confirm={{
        label: t('token.rotate'),
        testid: 'confirm-rotate',
        busy: fetching,
        act: () => void rotate({ input }),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <p>{t('token.rotateHelp')}</p>
      <Field label={t('token.overlap')}>
        <InputNumber
          min={0}
          max={1440}
          value={minutes}
          onChange={(value) => {
            setMinutes(value ?? 0);
          }}
        />
      </Field>
    </Dialog>
  );
}

/** Asks before a token is ended. */
export function Revocation({ token, close }: Asked) {
  const { t } = useTranslation();
  const [{ error, fetching }, revoke] = useKeyed(RevokeTokenDocument);
  const { id, name } = token;
  const send = async () => {
    const { data } = await revoke({ input: { token: id } });
    if (data) close();
  };
  return (
    <Dialog
      title={t('token.revokeTitle', { name })}
      close={close}
      confirm={{
        label: t('token.revoke'),
        testid: 'confirm-revoke',
        danger: true,
        busy: fetching,
        act: () => void send(),
      }}
    >
      {error && <ProblemNotice error={error} />}
      <p>{t('token.revokeHelp')}</p>
    </Dialog>
  );
}
