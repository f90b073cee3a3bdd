// Whose audit a page reads: what it asks with, who may, and what it is called. Both have the same
// fields, filters and proof.

import type { TypedDocumentNode } from '@graphql-typed-document-node/core';

import {
  AuditDocument,
  AuditVerificationDocument,
  InstallationAuditDocument,
  InstallationAuditVerificationDocument,
  type AuditQuery,
  type AuditQueryVariables,
  type AuditVerificationQuery,
  type AuditVerificationQueryVariables,
} from '../../gql/audit.generated';
import type { Action } from '../../gql/schema.generated';

export interface Source {
  records: TypedDocumentNode<AuditQuery, AuditQueryVariables>;
  verification: TypedDocumentNode<AuditVerificationQuery, AuditVerificationQueryVariables>;
  /** Who may do this may read it. */
  right: Action;
  title: 'audit.title' | 'audit.installation';
  help: 'audit.help' | 'audit.installationHelp';
  /** What somebody may look for in it. */
  example: { action: string; target: string };
  /** How the name of a file of it begins. */
  file: string;
  /** What saves all of it, however much that is. */
  command: string;
}

/** That of the viewer's tenant. */
export const tenantAudit: Source = {
  records: AuditDocument,
  verification: AuditVerificationDocument,
  right: 'READ_AUDIT',
  title: 'audit.title',
  help: 'audit.help',
  example: { action: 'placeOrder', target: 'ins_…' },
  file: 'audit',
  command: 'cellplane audit export',
};

/** That of the installation, for operators. */
export const installationAudit: Source = {
  records: InstallationAuditDocument,
  verification: InstallationAuditVerificationDocument,
  right: 'ADMINISTER',
  title: 'audit.installation',
  help: 'audit.installationHelp',
  example: { action: 'createTenant', target: 'ten_…' },
  file: 'installation-audit',
  command: 'cellplane audit export --installation',
};
