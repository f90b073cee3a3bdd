import { Alert, Button, Input } from 'antd';
import { useEffect, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';

import type { Refused } from './obstacle';
import { seePlace } from './place';

interface Provider {
  name: string;
  title: string;
}

type Trouble = 'none' | 'tooMany' | 'unreachable';

const TENANT = 'cellplane.tenant';

/** What people of a tenant can sign in through; a tenant that is not there has nothing. */
async function ask(tenant: string): Promise<Provider[] | Trouble> {
  try {
    const response = await fetch(`/sign-in/providers?tenant=${encodeURIComponent(tenant)}`);
    if (response.status === 429) return 'tooMany';
    if (!response.ok) return 'unreachable';
    const body = (await response.json()) as { providers: Provider[] };
    return body.providers.length > 0 ? body.providers : 'none';
  } catch {
    return 'unreachable';
  }
}

function Reason({ refused }: { refused: Refused }) {
  const { t } = useTranslation();
  const { obstacle, word } = refused;
  return (
    <Alert
      type="error"
      showIcon
      role="alert"
      className="notice"
      data-testid="provider-problem"
      data-word={word}
      title={t(`signIn.obstacle.${obstacle}`)}
      description={
        <>
          {t(`signIn.obstacleHelp.${obstacle}`)} <code>{word}</code>
        </>
      }
    />
  );
}

/** Sign-in through a provider of the reader's tenant, whose name they know. */
export default function Providers({
  refused,
  of,
}: {
  refused: Refused | undefined;
  of: string | undefined;
}) {
  const { t } = useTranslation();
  const [tenant, setTenant] = useState(() => of ?? localStorage.getItem(TENANT) ?? '');
  const [found, setFound] = useState<Provider[] | Trouble>();
  const [busy, setBusy] = useState(false);

  const look = async (name: string) => {
    setBusy(true);
    const answer = await ask(name);
    if (Array.isArray(answer)) localStorage.setItem(TENANT, name);
    setFound(answer);
    setBusy(false);
  };

  // Who was here before sees at once what they can sign in through.
  useEffect(() => {
    let here = true;
    if (tenant) {
      void ask(tenant).then((answer) => {
        if (here) setFound(answer);
      });
    }
    return () => {
      here = false;
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- once, with what was remembered
  }, []);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (tenant.trim()) void look(tenant.trim());
  };

  const leave = (provider: string) => {
    const query = new URLSearchParams({ tenant: tenant.trim(), provider, return: seePlace() });
    location.assign(`/sign-in/start?${query.toString()}`);
  };

  return (
    <section className="sign-in-providers">
      {refused && <Reason refused={refused} />}
      <form onSubmit={submit}>
        <label htmlFor="tenant">{t('signIn.tenant')}</label>
        <div className="sign-in-tenant">
          <Input
            id="tenant"
            value={tenant}
            maxLength={40}
            autoCapitalize="none"
            autoComplete="organization"
            spellCheck={false}
            data-testid="tenant"
            onChange={({ target }) => {
              setTenant(target.value);
              setFound(undefined);
            }}
          />
          <Button htmlType="submit" loading={busy} data-testid="find-providers">
            {t('signIn.find')}
          </Button>
        </div>
      </form>
      {Array.isArray(found)
        ? found.map(({ name, title }) => (
            <Button
              key={name}
              type="primary"
              size="large"
              block
              data-testid={`provider-${name}`}
              onClick={() => {
                leave(name);
              }}
            >
              {t('signIn.with', { title })}
            </Button>
          ))
        : found && (
            <p role="status" className="muted" data-testid={`providers-${found}`}>
              {t(`signIn.providers.${found}`)}
            </p>
          )}
    </section>
  );
}
