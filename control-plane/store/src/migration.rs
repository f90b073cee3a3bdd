//! The schema: one for all three engines, forward only, applied in the order of names.

use sea_orm_migration::prelude::*;

mod column;
mod m20261121_000001_access;
mod m20261121_000002_catalogue;
mod m20261121_000003_instances;
mod m20261121_000004_usage;
mod m20261121_000005_bills;
mod m20261121_000006_feed;
mod m20261122_000009_cell_condition;
mod m20261128_020001_configuration_reason;
mod m20261128_030000_assets;
mod m20261128_030001_audit_trail;
mod m20261128_050001_absence;
mod m20261128_060001_report_number;
mod m20261128_160000_access_rules;
mod m20261128_160100_tree_revision;
mod m20261128_160200_identity_providers;
mod m20261128_160300_tokens;
mod m20261128_170000_tenants;
mod m20261128_170100_quotas;
mod m20261128_170300_approvals;
mod m20261128_200000_application;
mod m20261128_210000_planned_moves;
mod m20261129_100000_plan_audience;
mod m20261129_110000_audit_address;
mod m20261129_120000_budgets;
mod m20261129_210000_counters;

/// Applies what a database lacks.
pub(crate) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261121_000001_access::Migration),
            Box::new(m20261121_000002_catalogue::Migration),
            Box::new(m20261121_000003_instances::Migration),
            Box::new(m20261121_000004_usage::Migration),
            Box::new(m20261121_000005_bills::Migration),
            Box::new(m20261121_000006_feed::Migration),
            Box::new(m20261122_000009_cell_condition::Migration),
            Box::new(m20261128_020001_configuration_reason::Migration),
            Box::new(m20261128_030000_assets::Migration),
            Box::new(m20261128_030001_audit_trail::Migration),
            Box::new(m20261128_050001_absence::Migration),
            Box::new(m20261128_060001_report_number::Migration),
            Box::new(m20261128_160000_access_rules::Migration),
            Box::new(m20261128_160100_tree_revision::Migration),
            Box::new(m20261128_160200_identity_providers::Migration),
            Box::new(m20261128_160300_tokens::Migration),
            Box::new(m20261128_170000_tenants::Migration),
            Box::new(m20261128_170100_quotas::Migration),
            Box::new(m20261128_170300_approvals::Migration),
            Box::new(m20261128_200000_application::Migration),
            Box::new(m20261128_210000_planned_moves::Migration),
            Box::new(m20261129_100000_plan_audience::Migration),
            Box::new(m20261129_110000_audit_address::Migration),
            Box::new(m20261129_120000_budgets::Migration),
            Box::new(m20261129_210000_counters::Migration),
        ]
    }
}
