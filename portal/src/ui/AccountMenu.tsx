import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';

import { chooseLanguage, languageNames, languages } from '../language/language';
import { Disclosure } from './Disclosure';
import { useRights } from './Rights';
import { signOut } from './signOut';
import { zonedInstant } from './instant';
import { useWord } from './text';

const CommandLine = lazy(() => import('./CommandLine'));

function Roles() {
  const { t } = useTranslation();
  const word = useWord();
  const { viewer } = useRights();
  return (
    <ul className="plain account-facts">
      {viewer.roles.map(({ role, effect, at }, index) => {
        const title = role.isOwn ? role.title : word('role', role.id);
        const held = effect === 'DENY' ? t('role.denied', { role: title }) : title;
        return (
          <li key={`${role.id}-${String(index)}`}>
            {at && 'title' in at
              ? t('role.at', { role: held, place: at.title })
              : t('role.everywhere', { role: held })}
          </li>
        );
      })}
      <li className="muted">
        {t('account.sessionUntil', { at: zonedInstant(viewer.sessionExpiresAt) })}
      </li>
    </ul>
  );
}

/** Language, command line and sign-out, below the user's name. */
export function AccountMenu() {
  const { t, i18n } = useTranslation();
  const { viewer } = useRights();
  const { pathname } = useLocation();
  const [commandLine, setCommandLine] = useState(false);

  return (
    <>
      <Disclosure
        key={pathname}
        label={t('account.label', { name: viewer.title })}
        title={viewer.title}
        testid="account"
      >
        <Roles />
        {languages.map((language) => (
          <button
            key={language}
            type="button"
            lang={language === 'zh' ? 'zh-CN' : 'en'}
            aria-pressed={i18n.language === language}
            data-testid={`language-${language}`}
            onClick={() => void chooseLanguage(language)}
          >
            {languageNames[language]}
            {i18n.language === language && <span aria-hidden="true"> ✓</span>}
          </button>
        ))}
        <hr />
        {!viewer.impersonatedBy && (
          <>
            <button
              type="button"
              data-testid="command-line"
              onClick={() => {
                setCommandLine(true);
              }}
            >
              {t('account.commandLine')}
            </button>
            <Link to="/tokens" data-testid="account-tokens">
              {t('account.tokens')}
            </Link>
            <Link to="/sessions" data-testid="account-sessions">
              {t('account.sessions')}
            </Link>
          </>
        )}
        <button type="button" data-testid="sign-out" onClick={() => void signOut()}>
          {t('account.signOut')}
        </button>
      </Disclosure>
      {commandLine && (
        <Suspense>
          <CommandLine
            close={() => {
              setCommandLine(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
