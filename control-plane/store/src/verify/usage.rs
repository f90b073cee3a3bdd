//! What cells measured and what was billed of it.

use super::{Key, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "usage_acknowledged",
        meaning: "every usage record that a cell was told is safe is there, or declared as lost",
        table: "cell",
        key: &[Key::Cell("id")],
        wrong: "x.acknowledged_sequence > (SELECT COUNT(*) FROM usage_record u \
                WHERE u.cell_id = x.id AND u.sequence >= 1 \
                AND u.sequence <= x.acknowledged_sequence) \
                + COALESCE((SELECT SUM(l.last_sequence - l.first_sequence + 1) FROM usage_loss l \
                WHERE l.cell_id = x.id AND l.last_sequence <= x.acknowledged_sequence), 0)",
    },
    Rule {
        name: "usage_once",
        meaning: "no two counted records of a resource and meter have time in common",
        table: "usage_record",
        key: &[Key::Cell("cell_id"), Key::Number("sequence")],
        wrong: "x.status = 'counted' AND EXISTS (SELECT 1 FROM usage_record u \
                WHERE u.resource = x.resource AND u.meter = x.meter AND u.status = 'counted' \
                AND u.start_at > x.start_at - 3600000000 AND u.start_at < x.end_at \
                AND u.end_at > x.start_at AND (u.cell_id <> x.cell_id OR u.sequence <> x.sequence))",
    },
    Rule {
        name: "usage_owner",
        meaning: "a counted record belongs to the tenant and project of its resource, measured by \
                  the resource's own cell",
        table: "usage_record",
        key: &[Key::Cell("cell_id"), Key::Number("sequence")],
        wrong: "x.status = 'counted' AND NOT EXISTS (SELECT 1 FROM lifecycle l \
                WHERE l.resource = x.resource AND l.tenant_id = x.tenant_id \
                AND l.project_id = x.project_id AND l.cell_id = x.cell_id)",
    },
    Rule {
        name: "usage_hour_sum",
        meaning: "an hour's quantity is the sum of its counted records",
        table: "usage_hour",
        key: &[Key::Text("resource"), Key::Text("meter"), Key::Number("hour")],
        wrong: "x.quantity <> COALESCE((SELECT SUM(u.quantity) FROM usage_record u \
                WHERE u.resource = x.resource AND u.meter = x.meter AND u.status = 'counted' \
                AND u.tenant_id = x.tenant_id AND u.start_at >= x.hour \
                AND u.start_at < x.hour + 3600000000), 0)",
    },
    Rule {
        name: "usage_hour_missing",
        meaning: "every counted record is in an hour",
        table: "usage_record",
        key: &[Key::Cell("cell_id"), Key::Number("sequence")],
        wrong: "x.status = 'counted' AND NOT EXISTS (SELECT 1 FROM usage_hour h \
                WHERE h.tenant_id = x.tenant_id AND h.resource = x.resource \
                AND h.meter = x.meter AND h.project_id = x.project_id \
                AND h.hour = x.start_at - (x.start_at % 3600000000))",
    },
    Rule {
        name: "usage_billed",
        meaning: "usage is marked as billed by closed months only",
        table: "usage_record",
        key: &[Key::Cell("cell_id"), Key::Number("sequence")],
        wrong: "x.billed_in IS NOT NULL AND NOT EXISTS (SELECT 1 FROM billing_period p \
                WHERE p.tenant_id = x.tenant_id AND p.period = x.billed_in AND p.state = 'closed')",
    },
    Rule {
        name: "period_bills",
        meaning: "a closed month has one bill for the whole tenant, any other month none",
        table: "billing_period",
        key: &[Key::Tenant("tenant_id"), Key::Text("period")],
        wrong: "(x.state = 'closed' AND NOT EXISTS (SELECT 1 FROM bill b \
                WHERE b.tenant_id = x.tenant_id AND b.period = x.period \
                AND b.parent_bill IS NULL)) \
                OR (x.state <> 'closed' AND EXISTS (SELECT 1 FROM bill b \
                WHERE b.tenant_id = x.tenant_id AND b.period = x.period))",
    },
    Rule {
        name: "period_order",
        meaning: "the months of a tenant close in order",
        table: "billing_period",
        key: &[Key::Tenant("tenant_id"), Key::Text("period")],
        wrong: "x.state <> 'closed' AND EXISTS (SELECT 1 FROM billing_period p \
                WHERE p.tenant_id = x.tenant_id AND p.period > x.period AND p.state = 'closed')",
    },
    Rule {
        name: "bill_organization",
        meaning: "a bill is for an organization of its tenant, in a closed month",
        table: "bill",
        key: &[Key::Tenant("tenant_id"), Key::Text("number")],
        wrong: "NOT EXISTS (SELECT 1 FROM organization o \
                WHERE o.id = x.organization_id AND o.tenant_id = x.tenant_id) \
                OR NOT EXISTS (SELECT 1 FROM billing_period p WHERE p.tenant_id = x.tenant_id \
                AND p.period = x.period AND p.state = 'closed')",
    },
    Rule {
        name: "charge_numbers",
        meaning: "the charges of a month are numbered from 0 without gaps, for organizations of \
                  their tenant",
        table: "charge",
        key: &[Key::Tenant("tenant_id"), Key::Text("bill_period"), Key::Number("ordinal")],
        wrong: "x.ordinal < 0 OR (x.ordinal > 0 AND NOT EXISTS (SELECT 1 FROM charge c \
                WHERE c.tenant_id = x.tenant_id AND c.bill_period = x.bill_period \
                AND c.ordinal = x.ordinal - 1)) \
                OR NOT EXISTS (SELECT 1 FROM organization o \
                WHERE o.id = x.organization_id AND o.tenant_id = x.tenant_id)",
    },
    Rule {
        name: "price_lines",
        meaning: "a price line belongs to a version, and that to a book, of the same tenant",
        table: "price_line",
        key: &[Key::Id("id")],
        wrong: "NOT EXISTS (SELECT 1 FROM price_version v JOIN price_book b ON b.id = v.book_id \
                WHERE v.id = x.version_id \
                AND (v.tenant_id = x.tenant_id OR (v.tenant_id IS NULL AND x.tenant_id IS NULL)) \
                AND (b.tenant_id = x.tenant_id OR (b.tenant_id IS NULL AND x.tenant_id IS NULL)))",
    },
];
