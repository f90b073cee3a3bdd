//! What members are, with its time. Of what was there before, the order and the last report are
//! known, so those become the first entries.

use ::types::id::MemberId;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::QueryResult;
use uuid::Uuid;

use super::column::*;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

/// Columns that are taken over as they are: from the instance, from the member.
const OF_INSTANCE: [&str; 7] = [
    "package",
    "package_version",
    "software_version",
    "plan_id",
    "millivcpu",
    "memory_mib",
    "storage_mib",
];
const OF_MEMBER: [&str; 5] = ["tenant_id", "project_id", "instance_id", "cell_id", "ordinal"];
const REST: [&str; 9] = [
    "id",
    "resource",
    "instance_name",
    "installed_version",
    "role",
    "host",
    "port",
    "at",
    "recorded_at",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        assets(manager).await?;
        for row in known(manager).await? {
            let ordered = entry(&row, false)?;
            let seen = row.try_get::<Option<i64>>("", "observed_at")?;
            let mut insert = Query::insert();
            insert.into_table("asset").columns(columns()).values_panic(ordered);
            if seen.is_some() {
                insert.values_panic(entry(&row, true)?);
            }
            manager.execute(insert).await?;
        }
        Ok(())
    }
}

async fn assets(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let columns = vec![
        id("id"),
        id("tenant_id"),
        id("project_id"),
        id("instance_id"),
        id("cell_id"),
        text("resource", 64),
        text("instance_name", 40),
        small("ordinal"),
        text("package", 64),
        text("package_version", 64),
        text("software_version", 64),
        text_null("installed_version", 255),
        id("plan_id"),
        number("millivcpu"),
        number("memory_mib"),
        number("storage_mib"),
        text("role", 64),
        text_null("host", 255),
        small_null("port"),
        number("at"),
        number("recorded_at"),
    ];
    table(manager, "asset", &["id"], columns).await?;
    index(manager, "asset", &["tenant_id", "resource", "at"]).await?;
    index(manager, "asset", &["tenant_id", "project_id", "resource"]).await?;
    index(manager, "asset", &["resource", "at"]).await
}

fn columns() -> impl Iterator<Item = &'static str> {
    OF_INSTANCE.into_iter().chain(OF_MEMBER).chain(REST)
}

/// Every member with its instance.
async fn known(manager: &SchemaManager<'_>) -> Result<Vec<QueryResult>, DbErr> {
    let mut query = Query::select();
    let of_instance = OF_INSTANCE.into_iter().chain(["name", "installed_version", "created_at"]);
    query.columns(of_instance.map(|column| ("instance", column)));
    let more = ["id", "volume_id", "role", "observed_role", "host", "port", "observed_at"];
    query.columns(OF_MEMBER.into_iter().chain(more).map(|column| ("member", column)));
    query
        .from("member")
        .inner_join("instance", Expr::col(("instance", "id")).equals(("member", "instance_id")));
    manager.get_connection().query_all(&query).await
}

/// The values of an entry in the order of [`columns`]: as ordered, or as last seen.
fn entry(row: &QueryResult, is_seen: bool) -> Result<Vec<Expr>, DbErr> {
    let text = |column: &str| row.try_get::<String>("", column);
    let maybe = |column: &str| row.try_get::<Option<String>>("", column);
    let number = |column: &str| row.try_get::<i64>("", column);
    let uuid = |column: &str| row.try_get::<Uuid>("", column);
    let (member, created) = (uuid("id")?, number("created_at")?);
    let seen = row.try_get::<Option<i64>>("", "observed_at")?.unwrap_or(created);
    let seen_role = maybe("observed_role")?.filter(|_| is_seen);
    let port = row.try_get::<Option<i32>>("", "port")?.filter(|_| is_seen);
    let at = if is_seen { Ord::max(seen, created) } else { created };
    Ok(vec![
        text("package")?.into(),
        text("package_version")?.into(),
        text("software_version")?.into(),
        uuid("plan_id")?.into(),
        number("millivcpu")?.into(),
        number("memory_mib")?.into(),
        number("storage_mib")?.into(),
        uuid("tenant_id")?.into(),
        uuid("project_id")?.into(),
        uuid("instance_id")?.into(),
        uuid("cell_id")?.into(),
        row.try_get::<i32>("", "ordinal")?.into(),
        // Two ids that no other entry has.
        if is_seen { uuid("volume_id")? } else { member }.into(),
        MemberId::from(member).to_string().into(),
        text("name")?.into(),
        maybe("installed_version")?.filter(|_| is_seen).into(),
        seen_role.map_or_else(|| text("role"), Ok)?.into(),
        maybe("host")?.filter(|_| is_seen).into(),
        port.into(),
        at.into(),
        at.into(),
    ])
}
