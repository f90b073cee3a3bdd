import { Button, Dropdown, type MenuProps } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';

import { chooseLanguage, languageNames, languages } from '../language/language';
import { useRights } from './Rights';
import { zonedInstant } from './instant';

const CommandLine = lazy(() => import('./CommandLine'));

async function signOut(): Promise<void> {
  await fetch('/sign-out', { method: 'POST', headers: { 'x-cellplane': 'portal' } }).catch(
    () => undefined,
  );
  // A new page, so that nothing of this session stays in memory.
  location.assign('/sign-in?signed-out');
}

/** The menu below the user's name. */
export function AccountMenu() {
  const { t, i18n } = useTranslation();
  const { viewer } = useRights();
  const [commandLine, setCommandLine] = useState(false);

  const roles = viewer.roles.map(({ role, at }, index) => ({
    key: `role-${String(index)}`,
    disabled: true,
    label:
      at && 'title' in at
        ? t('role.at', { role: t(`role.${role}`), place: at.title })
        : t('role.everywhere', { role: t(`role.${role}`) }),
  }));
  const items: MenuProps['items'] = [
    ...roles,
    {
      key: 'until',
      disabled: true,
      label: t('account.sessionUntil', { at: zonedInstant(viewer.sessionExpiresAt) }),
    },
    { type: 'divider' },
    ...languages.map((language) => ({
      key: `language-${language}`,
      label: (
        <span
          lang={language === 'zh' ? 'zh-CN' : 'en'}
          data-testid={`language-${language}`}
          aria-current={i18n.language === language}
        >
          {languageNames[language]}
          {i18n.language === language && ' ✓'}
        </span>
      ),
      onClick: () => void chooseLanguage(language),
    })),
    { type: 'divider' },
    {
      key: 'command-line',
      label: <span data-testid="command-line">{t('account.commandLine')}</span>,
      onClick: () => {
        setCommandLine(true);
      },
    },
    {
      key: 'sign-out',
      label: <span data-testid="sign-out">{t('account.signOut')}</span>,
      onClick: () => void signOut(),
    },
  ];

  return (
    <>
      <Dropdown menu={{ items }} trigger={['click']} placement="bottomRight">
        <Button
          type="text"
          aria-label={t('account.label', { name: viewer.title })}
          aria-haspopup="menu"
          data-testid="account"
        >
          {viewer.title} <span aria-hidden="true">▾</span>
        </Button>
      </Dropdown>
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
