//! The few types of columns that mean the same on all three engines.
//!
//! Instants are BIGINT microseconds, amounts and structured values are text; a timestamp loses
//! microseconds on MariaDB and a decimal its places on SQLite.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// A typed id.
pub(super) fn id(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().not_null().take()
}

/// A typed id or nothing.
pub(super) fn id_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).uuid().null().take()
}

/// A text that can be indexed, of at most so many characters.
pub(super) fn text(name: &'static str, length: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(length).not_null().take()
}

/// Such a text or nothing.
pub(super) fn text_null(name: &'static str, length: u32) -> ColumnDef {
    ColumnDef::new(name).string_len(length).null().take()
}

/// A word of a closed set.
pub(super) fn word(name: &'static str) -> ColumnDef {
    text(name, 32)
}

/// A text of any length, e.g. canonical JSON.
pub(super) fn long(manager: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    long_null(manager, name).not_null().take()
}

/// Such a text or nothing.
pub(super) fn long_null(manager: &SchemaManager<'_>, name: &'static str) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    match manager.get_database_backend() {
        // A plain `text` ends at 64 KiB there.
        DbBackend::MySql => column.custom("longtext").take(),
        _ => column.text().take(),
    }
}

/// A number of 64 bits: instants, quantities, counters.
pub(super) fn number(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().not_null().take()
}

/// Such a number or nothing.
pub(super) fn number_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).big_integer().null().take()
}

/// A number of 32 bits: ordinals, ports.
pub(super) fn small(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().not_null().take()
}

/// Such a number or nothing.
pub(super) fn small_null(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).integer().null().take()
}

/// Yes or no.
pub(super) fn truth(name: &'static str) -> ColumnDef {
    ColumnDef::new(name).boolean().not_null().take()
}

/// Makes a table with the columns; those named in `key` are its primary key.
pub(super) async fn table(
    manager: &SchemaManager<'_>,
    name: &'static str,
    key: &[&'static str],
    columns: Vec<ColumnDef>,
) -> Result<(), DbErr> {
    let mut table = Table::create();
    table.table(name);
    for column in columns {
        table.col(column);
    }
    let mut primary = Index::create();
    for column in key {
        primary.col(*column);
    }
    table.primary_key(&mut primary);
    if manager.get_database_backend() == DbBackend::MySql {
        // Its defaults are latin1 and do not tell `acme` from `ACME`.
        table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
    }
    manager.create_table(table).await
}

/// Adds an index over the columns, named after them.
pub(super) async fn index(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(format!("ix_{table}_{}", columns.join("_"))).table(table);
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}

/// Adds a unique index over the columns, named after them as [`crate::StoreError::Conflict`] says.
pub(super) async fn unique(
    manager: &SchemaManager<'_>,
    table: &'static str,
    columns: &[&'static str],
) -> Result<(), DbErr> {
    let mut index = Index::create();
    index.name(format!("uq_{table}_{}", columns.join("_"))).table(table).unique();
    for column in columns {
        index.col(*column);
    }
    manager.create_index(index).await
}
