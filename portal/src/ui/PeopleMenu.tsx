import { useTranslation } from 'react-i18next';
import { NavLink, useLocation } from 'react-router';

import { Disclosure } from './Disclosure';
import { useRights } from './Rights';

/** The pages about who may do what, for those who may change it. */
export function PeopleMenu() {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const { canSomewhere, canInTenant, viewer } = useRights();
  const access = canSomewhere('MANAGE_ACCESS') && !viewer.impersonatedBy;
  const signIn = canInTenant('MANAGE_SIGN_IN') && !viewer.impersonatedBy;
  const pages = [
    ...(access ? (['members', 'groups', 'roles', 'service-accounts'] as const) : []),
    ...(signIn ? (['providers'] as const) : []),
    ...(access && canInTenant('MANAGE_ACCESS') ? (['structure'] as const) : []),
  ];
  if (!viewer.tenant || pages.length === 0) return null;
  return (
    <Disclosure key={pathname} label={t('nav.access')} title={t('nav.access')} testid="nav-access">
      {pages.map((page) => (
        <NavLink key={page} to={`/${page}`} data-testid={`nav-${page}`}>
          {t(`nav.${page}`)}
        </NavLink>
      ))}
    </Disclosure>
  );
}
