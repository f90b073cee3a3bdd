import { lazy, Suspense } from 'react';
import { Route, Routes } from 'react-router';

import { Loading } from '../ui/Loading';

// Each page is a file of its own for the browser, loaded when it is first opened.
const Frame = lazy(() => import('../ui/Frame'));
const SignIn = lazy(() => import('./session/SignIn'));
const InstanceList = lazy(() => import('./instance/InstanceList'));
const InstancePage = lazy(() => import('./instance/InstancePage'));
const Catalogue = lazy(() => import('./offering/Catalogue'));
const OfferingPage = lazy(() => import('./offering/OfferingPage'));
const OrderPage = lazy(() => import('./order/OrderPage'));
const OperationPage = lazy(() => import('./operation/OperationPage'));
const BillIndex = lazy(() => import('./bill/BillIndex'));
const BillPage = lazy(() => import('./bill/BillPage'));
const ApplicationsPage = lazy(() => import('./application/ApplicationsPage'));
const ApplicationPage = lazy(() => import('./application/ApplicationPage'));
const ApprovalsPage = lazy(() => import('./approval/ApprovalsPage'));
const ApprovalPage = lazy(() => import('./approval/ApprovalPage'));
const AssetsPage = lazy(() => import('./asset/AssetsPage'));
const AuditPage = lazy(() => import('./audit/AuditPage'));
const InstallationAuditPage = lazy(() => import('./audit/InstallationAuditPage'));
const ComparePage = lazy(() => import('./comparison/ComparePage'));
const CellsPage = lazy(() => import('./cell/CellsPage'));
const TenantsPage = lazy(() => import('./tenant/TenantsPage'));
const TokensPage = lazy(() => import('./token/TokensPage'));
const SessionsPage = lazy(() => import('./session/SessionsPage'));
const ServiceAccountsPage = lazy(() => import('./service-account/ServiceAccountsPage'));
const PeoplePage = lazy(() => import('./member/PeoplePage'));
const GroupsPage = lazy(() => import('./member/GroupsPage'));
const SubjectPage = lazy(() => import('./member/SubjectPage'));
const GroupPage = lazy(() => import('./member/GroupPage'));
const RolesPage = lazy(() => import('./role/RolesPage'));
const ProvidersPage = lazy(() => import('./provider/ProvidersPage'));
const QuotasPage = lazy(() => import('./quota/QuotasPage'));
const StructurePage = lazy(() => import('./structure/StructurePage'));
const OrganizationPage = lazy(() => import('./organization/OrganizationPage'));
const NoPage = lazy(() => import('./NoPage'));

/** Which address shows which page. */
export function Pages() {
  return (
    <Suspense fallback={<Loading />}>
      <Routes>
        <Route path="/sign-in" element={<SignIn />} />
        <Route element={<Frame />}>
          <Route path="/" element={<InstanceList />} />
          <Route path="/catalogue" element={<Catalogue />} />
          <Route path="/catalogue/:offering" element={<OfferingPage />} />
          <Route path="/order/:offering" element={<OrderPage />} />
          <Route path="/operations/:id" element={<OperationPage />} />
          <Route path="/instances/:id/:tab?" element={<InstancePage />} />
          <Route path="/bills" element={<BillIndex />} />
          <Route path="/bills/:organization/:period" element={<BillPage />} />
          <Route path="/applications" element={<ApplicationsPage />} />
          <Route path="/applications/:id" element={<ApplicationPage />} />
          <Route path="/approvals" element={<ApprovalsPage />} />
          <Route path="/approvals/:id" element={<ApprovalPage />} />
          <Route path="/assets" element={<AssetsPage />} />
          <Route path="/audit" element={<AuditPage />} />
          <Route path="/compare" element={<ComparePage />} />
          <Route path="/organizations" element={<OrganizationPage />} />
          <Route path="/members" element={<PeoplePage />} />
          <Route path="/members/:id" element={<SubjectPage />} />
          <Route path="/groups" element={<GroupsPage />} />
          <Route path="/groups/:id" element={<GroupPage />} />
          <Route path="/roles" element={<RolesPage />} />
          <Route path="/providers" element={<ProvidersPage />} />
          <Route path="/quotas" element={<QuotasPage />} />
          <Route path="/structure" element={<StructurePage />} />
          <Route path="/cells" element={<CellsPage />} />
          <Route path="/tenants" element={<TenantsPage />} />
          <Route path="/installation-audit" element={<InstallationAuditPage />} />
          <Route path="/tokens" element={<TokensPage />} />
          <Route path="/sessions" element={<SessionsPage />} />
          <Route path="/service-accounts" element={<ServiceAccountsPage />} />
          <Route path="/service-accounts/:serviceAccount/tokens" element={<TokensPage />} />
          <Route path="*" element={<NoPage />} />
        </Route>
      </Routes>
    </Suspense>
  );
}
