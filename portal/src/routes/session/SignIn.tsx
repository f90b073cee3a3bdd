import { Alert, Button } from 'antd';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'react-router';

import { problemCode } from '../../gql/problem';
import { chooseLanguage, languageNames, languages } from '../../language/language';
import { isOutOfUse, refusedBy } from './obstacle';
import { takePlace } from './place';
import Providers from './Providers';

type Refusal = 'used' | 'foreign' | 'tooMany' | 'unreachable' | 'tenant';

async function post(code: string): Promise<Refusal | undefined> {
  try {
    const response = await fetch('/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-cellplane': 'portal' },
      body: JSON.stringify({ code }),
    });
    if (response.ok) return undefined;
    const body: unknown = await response.json().catch(() => undefined);
    const error = (body as { error?: { code?: unknown; why?: unknown } } | undefined)?.error;
    if (response.status === 429 || problemCode(error?.code) === 'TOO_MANY') return 'tooMany';
    if (isOutOfUse(error?.why)) return 'tenant';
    if (response.status === 403) return 'foreign';
    return response.status < 500 ? 'used' : 'unreachable';
  } catch {
    return 'unreachable';
  }
}

function LanguageChoice() {
  const { i18n } = useTranslation();
  return (
    <div className="sign-in-languages">
      {languages.map((language) => (
        <Button
          key={language}
          type="link"
          size="small"
          lang={language === 'zh' ? 'zh-CN' : 'en'}
          aria-pressed={i18n.language === language}
          disabled={i18n.language === language}
          data-testid={`language-${language}`}
          onClick={() => void chooseLanguage(language)}
        >
          {languageNames[language]}
        </Button>
      ))}
    </div>
  );
}

/**
 * Sign-in through a provider of one's tenant, or by a one-time link. The code of a link stays in the
 * fragment, unseen by logs.
 */
export default function SignIn() {
  const { t } = useTranslation();
  const { hash, search, state } = useLocation();
  const code = hash.slice(1);
  const ended = (state as { ended?: boolean } | null)?.ended === true;
  const [refusal, setRefusal] = useState<Refusal>();
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    document.title = `${t('signIn.title')} · cellplane`;
  }, [t]);

  const signIn = async () => {
    setBusy(true);
    const refused = await post(code);
    // A new page, so that nothing of an earlier session stays in memory.
    if (!refused) location.replace(takePlace());
    else {
      setRefusal(refused);
      setBusy(false);
    }
  };

  const dead = refusal === 'used';
  const explained = !code || dead;
  const heading = code
    ? t('signIn.welcome')
    : t(ended ? 'signIn.again' : search === '?signed-out' ? 'signIn.signedOut' : 'signIn.noCode');

  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <img src="/favicon.svg" alt="" width="48" height="48" />
        <h1 data-testid="page-title">{heading}</h1>
        {refusal && (
          <Alert
            type={dead ? 'warning' : 'error'}
            showIcon
            role="alert"
            className="notice"
            data-testid={`sign-in-${refusal}`}
            title={refusal === 'tenant' ? t('signIn.obstacle.tenant') : t(`signIn.${refusal}`)}
            description={
              refusal === 'tenant' ? t('signIn.obstacleHelp.tenant') : t(`signIn.${refusal}Help`)
            }
          />
        )}
        {!code && (
          <Providers
            refused={refusedBy(search)}
            of={new URLSearchParams(search).get('tenant') ?? undefined}
          />
        )}
        {!code && (
          <p data-testid="sign-in-no-code">{t(ended ? 'signIn.againHelp' : 'signIn.noCodeHelp')}</p>
        )}
        {explained && <code className="sign-in-command">cellplane-plane sign-in --as USER</code>}
        {code && !dead && (
          <>
            <p className="muted">{t('signIn.ready')}</p>
            <Button
              type="primary"
              size="large"
              block
              loading={busy}
              data-testid="sign-in"
              onClick={() => void signIn()}
            >
              {t('signIn.button')}
            </Button>
          </>
        )}
        <LanguageChoice />
      </div>
    </main>
  );
}
