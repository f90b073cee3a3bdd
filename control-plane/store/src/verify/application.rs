//! Applications: whose they are, what is in them, and what in them needs what.

use super::{Key, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "application_home",
        meaning: "an application is of a living organization of its tenant",
        table: "application",
        key: &[Key::Application("id")],
        wrong: "NOT EXISTS (SELECT 1 FROM organization o WHERE o.id = x.organization_id \
                AND o.tenant_id = x.tenant_id AND o.deleted_at IS NULL)",
    },
    Rule {
        name: "application_part",
        meaning: "a part of an application is an instance of the application's tenant that is not \
                  gone, in the project that the part says",
        table: "application_part",
        key: &[Key::Application("application_id"), Key::Instance("instance_id")],
        wrong: "NOT EXISTS (SELECT 1 FROM application a WHERE a.id = x.application_id \
                AND a.tenant_id = x.tenant_id) \
                OR NOT EXISTS (SELECT 1 FROM instance i WHERE i.id = x.instance_id \
                AND i.tenant_id = x.tenant_id AND i.project_id = x.project_id \
                AND i.deleted_at IS NULL)",
    },
    Rule {
        name: "application_exclusive",
        meaning: "an instance is in one exclusive application at most, and its part there says so",
        table: "application_part",
        key: &[Key::Application("application_id"), Key::Instance("instance_id")],
        wrong: "EXISTS (SELECT 1 FROM application a WHERE a.id = x.application_id AND a.exclusive \
                AND (x.exclusive_id IS NULL OR x.exclusive_id <> x.instance_id \
                OR EXISTS (SELECT 1 FROM application_part p, application b \
                WHERE p.instance_id = x.instance_id AND p.application_id <> x.application_id \
                AND b.id = p.application_id AND b.exclusive))) \
                OR (x.exclusive_id IS NOT NULL AND EXISTS (SELECT 1 FROM application a \
                WHERE a.id = x.application_id AND NOT a.exclusive))",
    },
    Rule {
        name: "application_dependency",
        meaning: "what needs and what is needed are parts of the application, of its tenant",
        table: "application_dependency",
        key: &[
            Key::Application("application_id"),
            Key::Instance("instance_id"),
            Key::Instance("needs_id"),
        ],
        wrong: "NOT EXISTS (SELECT 1 FROM application_part p \
                WHERE p.application_id = x.application_id AND p.instance_id = x.instance_id \
                AND p.tenant_id = x.tenant_id) \
                OR NOT EXISTS (SELECT 1 FROM application_part p \
                WHERE p.application_id = x.application_id AND p.instance_id = x.needs_id \
                AND p.tenant_id = x.tenant_id)",
    },
];
