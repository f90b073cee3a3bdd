//! The feed and the audit trail: numbers without gaps, heads that say so, nobody else's things.

use super::{Key, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "event_numbers",
        meaning: "the events of a feed are numbered from 1 without gaps",
        table: "event",
        key: &[Key::Tenant("tenant_id"), Key::Number("number")],
        wrong: "x.number < 1 OR (x.number > 1 AND NOT EXISTS (SELECT 1 FROM event e \
                WHERE e.tenant_id = x.tenant_id AND e.number = x.number - 1))",
    },
    Rule {
        name: "event_head",
        meaning: "the head of a feed is the number of its last event",
        table: "head",
        key: &[Key::Tenant("tenant_id")],
        wrong: "x.event_number <> COALESCE((SELECT MAX(e.number) FROM event e \
                WHERE e.tenant_id = x.tenant_id), 0)",
    },
    Rule {
        name: "members_counted",
        meaning: "the head of a feed counts the members of the tenant's instances that are not \
                  deleted",
        table: "head",
        key: &[Key::Tenant("tenant_id")],
        wrong: "x.members <> (SELECT COUNT(*) FROM member m \
                JOIN instance i ON i.id = m.instance_id \
                WHERE i.tenant_id = x.tenant_id AND i.deleted_at IS NULL)",
    },
    Rule {
        name: "event_references",
        meaning: "an event names only things of its own tenant",
        table: "event",
        key: &[Key::Tenant("tenant_id"), Key::Number("number")],
        wrong: "(x.organization_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM organization r \
                WHERE r.id = x.organization_id AND r.tenant_id = x.tenant_id)) \
                OR (x.project_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM project r \
                WHERE r.id = x.project_id AND r.tenant_id = x.tenant_id)) \
                OR (x.instance_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM instance r \
                WHERE r.id = x.instance_id AND r.tenant_id = x.tenant_id)) \
                OR (x.operation_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM operation r \
                WHERE r.id = x.operation_id AND r.tenant_id = x.tenant_id))",
    },
    Rule {
        name: "audit_head",
        meaning: "the head of a trail is the number of its last record",
        table: "head",
        key: &[Key::Tenant("tenant_id")],
        wrong: "x.audit_number <> COALESCE((SELECT MAX(a.number) FROM audit a \
                WHERE a.tenant_id = x.tenant_id), 0)",
    },
    Rule {
        name: "audit_subject",
        meaning: "a record of the audit names a subject of its own tenant, or of the installation",
        table: "audit",
        key: &[Key::Tenant("tenant_id"), Key::Number("number")],
        wrong: "x.subject_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM subject s \
                WHERE s.id = x.subject_id AND (s.tenant_id = x.tenant_id OR s.tenant_id IS NULL))",
    },
];
