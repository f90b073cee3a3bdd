//! Tenants, their trees, and who may sign in: whose is whose, and nothing of another tenant.

use super::{Key, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "organization_parent",
        meaning: "an organization belongs to a tenant, and its parent is another one of it",
        table: "organization",
        key: &[Key::Organization("id")],
        wrong: "NOT EXISTS (SELECT 1 FROM tenant t WHERE t.id = x.tenant_id) \
                OR (x.parent_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM organization p \
                WHERE p.id = x.parent_id AND p.tenant_id = x.tenant_id AND p.id <> x.id))",
    },
    Rule {
        name: "tenant_root",
        meaning: "a tenant has exactly one living organization without a parent",
        table: "tenant",
        key: &[Key::Tenant("id")],
        wrong: "(SELECT COUNT(*) FROM organization o WHERE o.tenant_id = x.id \
                AND o.parent_id IS NULL AND o.deleted_at IS NULL) <> 1",
    },
    Rule {
        name: "project_organization",
        meaning: "a project belongs to an organization of its tenant",
        table: "project",
        key: &[Key::Project("id")],
        wrong: "NOT EXISTS (SELECT 1 FROM organization o \
                WHERE o.id = x.organization_id AND o.tenant_id = x.tenant_id)",
    },
    Rule {
        name: "planned_move_place",
        meaning: "a planned move is of one living node of its tenant, to a living organization of it",
        table: "planned_move",
        key: &[Key::PlannedMove("id")],
        wrong: "(x.organization_id IS NULL) = (x.project_id IS NULL) OR (x.state = 'planned' AND \
                (NOT EXISTS (SELECT 1 FROM organization t WHERE t.id = x.to_id \
                AND t.tenant_id = x.tenant_id AND t.deleted_at IS NULL) \
                OR (x.organization_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM organization o \
                WHERE o.id = x.organization_id AND o.tenant_id = x.tenant_id \
                AND o.deleted_at IS NULL AND o.parent_id IS NOT NULL)) \
                OR (x.project_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM project p \
                WHERE p.id = x.project_id AND p.tenant_id = x.tenant_id \
                AND p.deleted_at IS NULL))))",
    },
    Rule {
        name: "planned_move_once",
        meaning: "a node has at most one planned move, and one that is over holds no place",
        table: "planned_move",
        key: &[Key::PlannedMove("id")],
        wrong: "CASE WHEN x.state = 'planned' THEN x.ended_at IS NOT NULL OR x.pending_id IS NULL \
                OR x.pending_id <> COALESCE(x.organization_id, x.project_id) \
                ELSE x.ended_at IS NULL OR x.pending_id IS NOT NULL END",
    },
    Rule {
        name: "planned_move_made",
        meaning: "a planned move that was made stands in the history of the tree",
        table: "planned_move",
        key: &[Key::PlannedMove("id")],
        wrong: "x.state = 'done' AND NOT EXISTS (SELECT 1 FROM tree_event e \
                WHERE e.tenant_id = x.tenant_id AND e.event = 'moved' \
                AND e.effective_at >= x.at AND e.entered_at = x.created_at)",
    },
    Rule {
        name: "binding_holder",
        meaning: "a role is bound to a subject or group of the same tenant, or of the installation",
        table: "binding",
        key: &[Key::Id("id")],
        wrong: "NOT EXISTS (SELECT 1 FROM subject s WHERE s.id = x.holder_id \
                AND x.holder_kind = 'subject' \
                AND (s.tenant_id = x.tenant_id OR (s.tenant_id IS NULL AND x.tenant_id IS NULL))) \
                AND NOT EXISTS (SELECT 1 FROM subject_group g WHERE g.id = x.holder_id \
                AND x.holder_kind = 'group' AND g.tenant_id = x.tenant_id)",
    },
    Rule {
        name: "group_member",
        meaning: "a group and who is in it are of one tenant",
        table: "group_member",
        key: &[Key::Id("group_id"), Key::Id("subject_id")],
        wrong: "NOT EXISTS (SELECT 1 FROM subject s WHERE s.id = x.subject_id \
                AND s.tenant_id = x.tenant_id) \
                OR NOT EXISTS (SELECT 1 FROM subject_group g WHERE g.id = x.group_id \
                AND g.tenant_id = x.tenant_id)",
    },
    Rule {
        name: "session_subject",
        meaning: "a session is of a subject of the same tenant, or of the installation",
        table: "session",
        key: &[Key::Session("id")],
        wrong: "NOT EXISTS (SELECT 1 FROM subject s WHERE s.id = x.subject_id \
                AND (s.tenant_id = x.tenant_id OR (s.tenant_id IS NULL AND x.tenant_id IS NULL)))",
    },
    Rule {
        name: "session_token_hashed",
        meaning: "of a session's token only a SHA-256 is kept",
        table: "session",
        key: &[Key::Session("id")],
        wrong: "LENGTH(x.token_hash) <> 64",
    },
    Rule {
        name: "sign_in_code_hashed",
        meaning: "of a sign-in code only a SHA-256 is kept",
        table: "sign_in_code",
        key: &[Key::Subject("subject_id"), Key::Number("created_at")],
        wrong: "LENGTH(x.hash) <> 64",
    },
    Rule {
        name: "external_identity_subject",
        meaning: "somebody of a provider is a subject of the provider's tenant",
        table: "external_identity",
        key: &[Key::Subject("subject_id"), Key::Number("created_at")],
        wrong: "NOT EXISTS (SELECT 1 FROM subject s, identity_provider p \
                WHERE s.id = x.subject_id AND p.id = x.provider_id \
                AND s.tenant_id = x.tenant_id AND p.tenant_id = x.tenant_id)",
    },
    Rule {
        name: "external_session_session",
        meaning: "what signs out at a provider belongs to a session of the same tenant",
        table: "external_session",
        key: &[Key::Session("session_id")],
        wrong: "NOT EXISTS (SELECT 1 FROM session s WHERE s.id = x.session_id \
                AND s.tenant_id = x.tenant_id)",
    },
    Rule {
        name: "pending_sign_in_hashed",
        meaning: "of state, nonce and cookie of a sign-in on its way only SHA-256 are kept",
        table: "pending_sign_in",
        key: &[Key::Tenant("tenant_id"), Key::Number("created_at")],
        wrong: "LENGTH(x.hash) <> 64 OR LENGTH(x.nonce_hash) <> 64 \
                OR LENGTH(x.browser_hash) <> 64",
    },
    Rule {
        name: "join_token_hashed",
        meaning: "of a join token only a SHA-256 is kept",
        table: "join_token",
        key: &[Key::Cell("cell_id"), Key::Number("created_at")],
        wrong: "LENGTH(x.hash) <> 64",
    },
];
