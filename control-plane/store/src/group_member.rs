//! Who is in which group, and who said so.

use std::collections::BTreeSet;

use sea_orm::sea_query::{OnConflict, SelectStatement};
use sea_orm::{
    ColumnTrait, DeleteMany, EntityTrait, IntoActiveModel as _, QueryFilter, QuerySelect as _,
    QueryTrait as _, Select,
};
use types::id::{GroupId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::standing;
use crate::table::{insert_all, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, TenantTx, admit, of_tenant};

/// The source of what people of the tenant said.
pub const MANUAL: &str = "manual";

table! {
    /// A subject in a group.
    GroupMember = "group_member" {
        /// Which group.
        #[sea_orm(primary_key, auto_increment = false)]
        group_id: GroupId,
        /// Who is in it.
        #[sea_orm(primary_key, auto_increment = false)]
        subject_id: SubjectId,
        /// Who said so: [`MANUAL`], or the id of what people sign in through.
        #[sea_orm(primary_key, auto_increment = false)]
        source: String,
        /// Whose group.
        tenant_id: TenantId,
        /// Since when.
        created_at: Instant,
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_delete(tx: &TenantTx) -> DeleteMany<Entity> {
    Entity::delete_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

fn own_delete_anywhere(_: &FleetTx) -> DeleteMany<Entity> {
    Entity::delete_many()
}

/// Makes what a source says of a subject of a tenant be these groups; says whether that changed.
pub async fn set_anywhere(
    tx: &FleetTx,
    (tenant, subject): (TenantId, SubjectId),
    source: &str,
    groups: &BTreeSet<GroupId>,
    now: Instant,
) -> Result<Option<BTreeSet<GroupId>>> {
    let said =
        own_anywhere(tx).filter(Column::SubjectId.eq(subject)).filter(Column::Source.eq(source));
    let said: BTreeSet<_> = said.all(&tx.db()).await?.into_iter().map(|row| row.group_id).collect();
    if said == *groups {
        return Ok(None);
    }
    standing::changed(&tx.db(), Some(tenant)).await?;
    let over = own_delete_anywhere(tx)
        .filter(Column::SubjectId.eq(subject))
        .filter(Column::Source.eq(source))
        .filter(Column::GroupId.is_in(said.difference(groups).copied()));
    over.exec(&tx.db()).await?;
    let row = |group: &GroupId| GroupMember {
        group_id: *group,
        subject_id: subject,
        source: source.to_owned(),
        tenant_id: tenant,
        created_at: now,
    };
    let new: Vec<_> = groups.difference(&said).map(row).collect();
    if !new.is_empty() {
        insert_all(&tx.db(), new).await?;
    }
    Ok(Some(said))
}

/// Adds a subject to a group; once more from the same source changes nothing.
pub async fn insert(tx: &TenantTx, row: GroupMember) -> Result<()> {
    admit(tx, row.tenant_id)?;
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    let key = [Column::GroupId, Column::SubjectId, Column::Source];
    // Not `DO NOTHING`, which one of the engines cannot say.
    let again = OnConflict::columns(key).update_column(Column::TenantId).to_owned();
    let insert = Entity::insert(row.into_active_model()).on_conflict(again);
    insert.exec_without_returning(&tx.db()).await?;
    Ok(())
}

/// Takes a subject out of a group, as far as this source said that it is in; says whether it did.
pub async fn delete(
    tx: &TenantTx,
    group: GroupId,
    subject: SubjectId,
    source: &str,
) -> Result<bool> {
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    let member = own_delete(tx)
        .filter(Column::GroupId.eq(group))
        .filter(Column::SubjectId.eq(subject))
        .filter(Column::Source.eq(source));
    Ok(member.exec(&tx.db()).await?.rows_affected > 0)
}

/// Everybody in any group of the tenant.
pub async fn list(tx: &dyn InTenant) -> Result<Vec<GroupMember>> {
    Ok(own(tx).all(&tx.db()).await?)
}

/// All that was said of a subject in a group.
pub async fn of_group(
    tx: &dyn InTenant,
    group: GroupId,
    subject: SubjectId,
) -> Result<Vec<GroupMember>> {
    let said = own(tx).filter(Column::GroupId.eq(group)).filter(Column::SubjectId.eq(subject));
    Ok(said.all(&tx.db()).await?)
}

/// Takes everybody out of a group.
pub async fn delete_all(tx: &TenantTx, group: GroupId) -> Result<()> {
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    own_delete(tx).filter(Column::GroupId.eq(group)).exec(&tx.db()).await?;
    Ok(())
}

/// For a question about them.
pub(crate) fn subjects_of(tx: &dyn InTenant, group: GroupId) -> SelectStatement {
    let members = own(tx).filter(Column::GroupId.eq(group)).select_only();
    members.column(Column::SubjectId).into_query()
}

/// Takes a subject out of all groups.
pub async fn delete_of(tx: &TenantTx, subject: SubjectId) -> Result<()> {
    standing::changed(&tx.db(), Some(tx.tenant())).await?;
    own_delete(tx).filter(Column::SubjectId.eq(subject)).exec(&tx.db()).await?;
    Ok(())
}
