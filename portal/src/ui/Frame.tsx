import { Button } from 'antd';
import { Suspense, useCallback, useEffect, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { NavLink, Outlet, useLocation, useNavigate } from 'react-router';
import { useQuery } from 'urql';

import { onSessionLost } from '../gql/client';
import { problemOf } from '../gql/problem';
import { ViewerDocument } from '../gql/viewer.generated';
import { AccountMenu } from './AccountMenu';
import { EventFeed, useIsLive } from './EventFeed';
import { Guard } from './Guard';
import { Loading } from './Loading';
import { PeopleMenu } from './PeopleMenu';
import { ProblemNotice } from './ProblemNotice';
import { RightsProvider, useRights } from './Rights';
import { signOut } from './signOut';
import { rememberPlace } from '../routes/session/place';

function Brand() {
  return (
    <NavLink to="/" className="brand" end>
      <img src="/favicon.svg" alt="" width="24" height="24" />
      cellplane
    </NavLink>
  );
}

function Navigation() {
  const { t } = useTranslation();
  const { canSomewhere, viewer } = useRights();
  return (
    <nav className="nav" aria-label={t('nav.label')}>
      <NavLink to="/" end data-testid="nav-instances">
        {t('nav.instances')}
      </NavLink>
      <NavLink to="/assets" data-testid="nav-assets">
        {t('nav.assets')}
      </NavLink>
      <NavLink to="/catalogue" data-testid="nav-catalogue">
        {t('nav.catalogue')}
      </NavLink>
      {viewer.tenant && (
        <NavLink to="/organizations" data-testid="nav-organizations">
          {t('nav.organizations')}
        </NavLink>
      )}
      {viewer.tenant && (
        <NavLink to="/applications" data-testid="nav-applications">
          {t('nav.applications')}
        </NavLink>
      )}
      {viewer.tenant && (
        <NavLink to="/quotas" data-testid="nav-quotas">
          {t('nav.quotas')}
        </NavLink>
      )}
      {(canSomewhere('ORDER') || canSomewhere('APPROVE')) && (
        <NavLink to="/approvals" data-testid="nav-approvals">
          {t('nav.approvals')}
        </NavLink>
      )}
      {canSomewhere('READ_BILL') && (
        <NavLink to="/bills" data-testid="nav-bills">
          {t('nav.bills')}
        </NavLink>
      )}
      {canSomewhere('READ_AUDIT') && (
        <NavLink to="/audit" data-testid="nav-audit">
          {t('nav.audit')}
        </NavLink>
      )}
      {viewer.roles.some(({ role }) => role.id === 'operator') && (
        <NavLink to="/cells" data-testid="nav-cells">
          {t('nav.cells')}
        </NavLink>
      )}
      {viewer.roles.some(({ role }) => role.id === 'operator') && (
        <NavLink to="/tenants" data-testid="nav-tenants">
          {t('nav.tenants')}
        </NavLink>
      )}
      {canSomewhere('ADMINISTER') && (
        <NavLink to="/installation-audit" data-testid="nav-installation-audit">
          {t('nav.installationAudit')}
        </NavLink>
      )}
    </nav>
  );
}

function Connection() {
  const { t } = useTranslation();
  if (useIsLive()) return null;
  return (
    <div className="offline" role="status" data-testid="offline">
      {t('app.offline')}
    </div>
  );
}

/** Says who acts as the viewer, for as long as they do. */
function Impersonation() {
  const { t } = useTranslation();
  const { viewer } = useRights();
  const { impersonatedBy: name, title } = viewer;
  if (!name) return null;
  return (
    <div className="impersonated" role="status" data-testid="impersonated">
      {t('app.impersonated', { name, title })}
      <Button size="small" danger data-testid="end-impersonation" onClick={() => void signOut()}>
        {t('actAs.end')}
      </Button>
    </div>
  );
}

/** Whether a session has ended since this page was loaded, rather than never begun. */
let wasSignedIn = false;

function Signed({ children }: { children: ReactNode }) {
  const [result, ask] = useQuery({ query: ViewerDocument });
  const { data, error } = result;
  useEffect(() => {
    if (data) wasSignedIn = true;
  }, [data]);
  if (data) return <RightsProvider viewer={data.viewer}>{children}</RightsProvider>;
  if (error && problemOf(error).code !== 'UNAUTHENTICATED') {
    return (
      <div className="alone">
        <ProblemNotice
          error={error}
          retry={() => {
            ask({ requestPolicy: 'network-only' });
          }}
        />
      </div>
    );
  }
  return <Loading />;
}

/** The frame of every page of a signed-in user. */
export default function Frame() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { pathname } = useLocation();
  // The tabs of an instance are one page.
  const place = pathname.startsWith('/instances/')
    ? pathname.split('/').slice(0, 3).join('/')
    : pathname;

  const leave = useCallback(
    (problem?: string) => {
      rememberPlace();
      const address = problem ? `/sign-in?problem=${problem}` : '/sign-in';
      void navigate(address, { state: { ended: wasSignedIn }, replace: true });
    },
    [navigate],
  );
  useEffect(() => onSessionLost(leave), [leave]);

  return (
    <Signed>
      <EventFeed>
        <a className="skip" href="#content">
          {t('app.skip')}
        </a>
        <header className="header">
          <Brand />
          <Navigation />
          <PeopleMenu />
          <AccountMenu />
        </header>
        <Impersonation />
        <Connection />
        <main id="content" tabIndex={-1}>
          <Guard key={place}>
            <Suspense fallback={<Loading />}>
              <Outlet />
            </Suspense>
          </Guard>
        </main>
      </EventFeed>
    </Signed>
  );
}
