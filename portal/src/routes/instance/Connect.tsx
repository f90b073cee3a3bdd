import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { useKeyed } from '../../gql/useKeyed';
import { RevealSecretDocument, type RevealSecretMutation } from '../../gql/instance.generated';
import { Copyable } from '../../ui/Copyable';
import { Dialog } from '../../ui/Dialog';
import { ProblemNotice } from '../../ui/ProblemNotice';
import { useText, useWord } from '../../ui/text';
import type { Instance } from './InstancePage';
import { address } from './Members';

type Revealed = RevealSecretMutation['revealSecret'];

/** Asks first, because revealing is recorded. */
function Reveal({ instance, show }: { instance: Instance; show: (secret: Revealed) => void }) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const [{ error, fetching }, reveal] = useKeyed(RevealSecretDocument);
  const confirm = async () => {
    const { data } = await reveal({
      input: { instance: instance.id },
    });
    if (!data) return;
    setAsking(false);
    show(data.revealSecret);
  };
  return (
    <>
      <Button
        data-testid="reveal"
        onClick={() => {
          setAsking(true);
        }}
      >
        {t('connect.reveal')}
      </Button>
      <span className="muted"> {t('connect.hidden')}</span>
      {asking && (
        <Dialog
          title={t('connect.confirmTitle', { name: instance.name })}
          close={() => {
            setAsking(false);
          }}
          confirm={{
            label: t('connect.reveal'),
            testid: 'confirm-reveal',
            busy: fetching,
            act: () => void confirm(),
          }}
        >
          {error && <ProblemNotice error={error} />}
          <p>{t('connect.confirm')}</p>
        </Dialog>
      )}
    </>
  );
}

/** Addresses, commands to copy, and the password on demand. */
export function Connect({ instance }: { instance: Instance }) {
  const { t } = useTranslation();
  const text = useText();
  const word = useWord();
  // Kept in memory of this page only; leaving it forgets.
  const [revealed, setRevealed] = useState<Revealed>();
  const { endpoints, examples, secrets } = instance.connection;
  if (endpoints.length === 0) return <p className="muted">{t('connect.none')}</p>;
  return (
    <>
      <dl className="facts">
        {endpoints.map((endpoint) => (
          <div key={`${endpoint.role}-${address(endpoint)}`}>
            <dt>{word('memberRole', endpoint.role)}</dt>
            <dd>
              <code>{address(endpoint)}</code>
            </dd>
          </div>
        ))}
      </dl>
      {secrets.length === 0 && <p className="muted">{t('connect.noSecret')}</p>}
      {secrets.length > 0 && instance.viewerCan.includes('REVEAL') && (
        <div className="secrets">
          {revealed ? (
            <>
              {revealed.secrets.map((secret) => {
                const label = word('connect.secret', secret.name);
                return (
                  <div key={secret.name} className="example">
                    <span className="example-title">{label}</span>
                    <Copyable label={label} text={secret.value} testid={`secret-${secret.name}`} />
                  </div>
                );
              })}
              <Button
                size="small"
                data-testid="hide-secret"
                onClick={() => {
                  setRevealed(undefined);
                }}
              >
                {t('connect.hide')}
              </Button>
            </>
          ) : (
            <Reveal instance={instance} show={setRevealed} />
          )}
        </div>
      )}
      {(revealed?.examples ?? examples).map((example, index) => (
        <div key={`${example.title.en}-${String(index)}`} className="example">
          <span className="example-title">{text(example.title)}</span>
          <Copyable
            label={text(example.title)}
            text={example.text}
            testid={`example-${String(index)}`}
          />
        </div>
      ))}
    </>
  );
}
