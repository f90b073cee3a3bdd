import { AuditOf } from './AuditOf';
import { tenantAudit } from './source';

/** What was done in the viewer's tenant. */
export default function AuditPage() {
  return <AuditOf source={tenantAudit} />;
}
