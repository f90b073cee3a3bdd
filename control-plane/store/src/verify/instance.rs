//! Instances, what belongs to them, and the work on them.

use super::{Key, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "instance_home",
        meaning: "an instance stands in a project of its tenant, in a cell that exists",
        table: "instance",
        key: &[Key::Instance("id")],
        wrong: "NOT EXISTS (SELECT 1 FROM project p \
                WHERE p.id = x.project_id AND p.tenant_id = x.tenant_id) \
                OR NOT EXISTS (SELECT 1 FROM cell c WHERE c.id = x.cell_id)",
    },
    Rule {
        name: "instance_order",
        meaning: "an instance has the operation that its first generation opened, and the one of \
                  its present generation",
        table: "instance",
        key: &[Key::Instance("id")],
        wrong: "NOT EXISTS (SELECT 1 FROM operation o WHERE o.id = x.operation_id \
                AND o.instance_id = x.id AND o.generation = x.generation) \
                OR NOT EXISTS (SELECT 1 FROM operation o \
                WHERE o.instance_id = x.id AND o.generation = 1)",
    },
    Rule {
        name: "one_instance_per_order",
        meaning: "no two instances come from one order",
        table: "instance",
        key: &[Key::Instance("id")],
        wrong: "EXISTS (SELECT 1 FROM operation o \
                WHERE o.id = x.operation_id AND o.instance_id <> x.id)",
    },
    Rule {
        name: "generation_operations",
        meaning: "each generation of an instance opened one operation, but for those that a \
                  restored plane lost",
        table: "instance",
        key: &[Key::Instance("id")],
        wrong: "(x.generation <> (SELECT COUNT(*) FROM operation o WHERE o.instance_id = x.id) \
                AND NOT EXISTS (SELECT 1 FROM cell c \
                WHERE c.id = x.cell_id AND c.restored_at IS NOT NULL)) \
                OR x.generation < (SELECT COUNT(*) FROM operation o WHERE o.instance_id = x.id) \
                OR x.generation <> (SELECT MAX(o.generation) FROM operation o \
                WHERE o.instance_id = x.id)",
    },
    Rule {
        name: "generation_observed",
        meaning: "a cell speaks of no generation that was never wanted, but to a restored plane",
        table: "instance",
        key: &[Key::Instance("id")],
        wrong: "x.observed_generation > x.generation AND NOT EXISTS (SELECT 1 FROM cell c \
                WHERE c.id = x.cell_id AND c.restored_at IS NOT NULL)",
    },
    Rule {
        name: "revision_unique",
        meaning: "no two instances of a cell share a revision, and none is ahead of the cell",
        table: "instance",
        key: &[Key::Instance("id")],
        wrong: "EXISTS (SELECT 1 FROM instance i WHERE i.cell_id = x.cell_id \
                AND i.revision = x.revision AND i.id <> x.id) \
                OR EXISTS (SELECT 1 FROM cell_head h \
                WHERE h.cell_id = x.cell_id AND h.revision < x.revision)",
    },
    Rule {
        name: "cell_revision",
        meaning: "a cell has taken in no revision that the plane does not know",
        table: "cell",
        key: &[Key::Cell("id")],
        wrong: "NOT EXISTS (SELECT 1 FROM cell_head h \
                WHERE h.cell_id = x.id AND h.revision >= x.taken_revision)",
    },
    Rule {
        name: "configuration_numbers",
        meaning: "the configurations of an instance are numbered from 1 without gaps up to the \
                  one in force",
        table: "instance",
        key: &[Key::Instance("id")],
        wrong: "x.configuration_number <> (SELECT COUNT(*) FROM configuration c \
                WHERE c.instance_id = x.id) \
                OR x.configuration_number <> (SELECT MAX(c.number) FROM configuration c \
                WHERE c.instance_id = x.id)",
    },
    Rule {
        name: "live_name",
        meaning: "an instance holds its name exactly as long as it is not deleted",
        table: "instance",
        key: &[Key::Instance("id")],
        wrong: "(x.deleted_at IS NULL AND (x.live_name IS NULL OR x.live_name <> x.name)) \
                OR (x.deleted_at IS NOT NULL AND x.live_name IS NOT NULL)",
    },
    Rule {
        name: "deleted_instance",
        meaning: "an instance is gone only by wish, and all of its members with it",
        table: "instance",
        key: &[Key::Instance("id")],
        wrong: "x.deleted_at IS NOT NULL AND (x.wish <> 'deleted' OR x.state <> 'deleted' \
                OR x.forgotten_at IS NULL OR EXISTS (SELECT 1 FROM member m \
                WHERE m.instance_id = x.id AND m.state <> 'deleted'))",
    },
    Rule {
        name: "member_instance",
        meaning: "a member belongs to an instance of the same tenant, project and cell",
        table: "member",
        key: &[Key::Member("id")],
        wrong: "NOT EXISTS (SELECT 1 FROM instance i WHERE i.id = x.instance_id \
                AND i.tenant_id = x.tenant_id AND i.project_id = x.project_id \
                AND i.cell_id = x.cell_id)",
    },
    Rule {
        name: "member_endpoint",
        meaning: "no two running members of a cell have one address and port",
        table: "member",
        key: &[Key::Member("id")],
        wrong: "x.state = 'running' AND EXISTS (SELECT 1 FROM member m \
                WHERE m.cell_id = x.cell_id AND m.host = x.host AND m.port = x.port \
                AND m.state = 'running' AND m.id <> x.id)",
    },
    Rule {
        name: "configuration_instance",
        meaning: "a configuration belongs to an instance of the same tenant, project and cell, \
                  and to an operation on it",
        table: "configuration",
        key: &[Key::Instance("instance_id"), Key::Number("number")],
        wrong: "NOT EXISTS (SELECT 1 FROM instance i WHERE i.id = x.instance_id \
                AND i.tenant_id = x.tenant_id AND i.project_id = x.project_id \
                AND i.cell_id = x.cell_id) \
                OR NOT EXISTS (SELECT 1 FROM operation o \
                WHERE o.id = x.operation_id AND o.instance_id = x.instance_id)",
    },
    Rule {
        name: "operation_instance",
        meaning: "an operation works on an instance of the same tenant, project and cell",
        table: "operation",
        key: &[Key::Operation("id")],
        wrong: "NOT EXISTS (SELECT 1 FROM instance i WHERE i.id = x.instance_id \
                AND i.tenant_id = x.tenant_id AND i.project_id = x.project_id \
                AND i.cell_id = x.cell_id)",
    },
    Rule {
        name: "operation_outcome",
        meaning: "an operation has an end exactly if it ended, and a problem if it failed",
        table: "operation",
        key: &[Key::Operation("id")],
        wrong: "(x.state IN ('pending', 'running') AND x.ended_at IS NOT NULL) \
                OR (x.state NOT IN ('pending', 'running') AND x.ended_at IS NULL) \
                OR (x.state = 'failed' AND (x.problem_code IS NULL OR x.problem_message IS NULL))",
    },
    Rule {
        name: "one_open_operation",
        meaning: "at most the newest operation of an instance is open",
        table: "operation",
        key: &[Key::Operation("id")],
        wrong: "x.state IN ('pending', 'running') AND NOT EXISTS (SELECT 1 FROM instance i \
                WHERE i.id = x.instance_id AND i.operation_id = x.id)",
    },
    Rule {
        // By the clock of the round that ends them, so a plane that stands still owes nothing.
        name: "operation_deadline",
        meaning: "no operation stays open after its deadline while the plane runs",
        table: "operation",
        key: &[Key::Operation("id")],
        wrong: "x.state IN ('pending', 'running') AND x.deadline < \
                (SELECT l.until - 240000000 FROM task_lock l WHERE l.name = 'expire')",
    },
    Rule {
        name: "log_operation",
        meaning: "a line of a log belongs to an operation of the same tenant and project",
        table: "operation_log",
        key: &[Key::Operation("operation_id"), Key::Number("number")],
        wrong: "NOT EXISTS (SELECT 1 FROM operation o WHERE o.id = x.operation_id \
                AND o.tenant_id = x.tenant_id AND o.project_id = x.project_id)",
    },
    Rule {
        name: "lifecycle_instance",
        meaning: "an entry of the history of states belongs to an instance of the same tenant, \
                  project and cell",
        table: "lifecycle",
        key: &[Key::Text("resource"), Key::Number("at")],
        wrong: "NOT EXISTS (SELECT 1 FROM instance i WHERE i.id = x.instance_id \
                AND i.tenant_id = x.tenant_id AND i.project_id = x.project_id \
                AND i.cell_id = x.cell_id)",
    },
    Rule {
        name: "lifecycle_once",
        meaning: "a state of a resource from an instant on is recorded once",
        table: "lifecycle",
        key: &[Key::Text("resource"), Key::Number("at")],
        wrong: "EXISTS (SELECT 1 FROM lifecycle l WHERE l.resource = x.resource \
                AND l.at = x.at AND l.state = x.state AND l.id <> x.id)",
    },
    Rule {
        name: "lifecycle_end",
        meaning: "nothing comes after the end of a resource",
        table: "lifecycle",
        key: &[Key::Text("resource"), Key::Number("at")],
        wrong: "x.state = 'deleted' AND EXISTS (SELECT 1 FROM lifecycle l \
                WHERE l.resource = x.resource AND l.at > x.at)",
    },
];
