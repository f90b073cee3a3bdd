import { AuditOf } from './AuditOf';
import { installationAudit } from './source';

/** What operators and the console did to the installation. */
export default function InstallationAuditPage() {
  return <AuditOf source={installationAudit} />;
}
