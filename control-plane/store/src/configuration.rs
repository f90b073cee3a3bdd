//! Configurations: the numbered history of an instance's parameters.

use std::collections::BTreeMap;

use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, Select};
use types::id::{CellId, InstanceId, OperationId, ProjectId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::Result;
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, table};
use crate::tx::{Connected, InCell, InTenant, TenantTx, about_instances, admit_part};

table! {
    /// All parameters of an instance at one time. Never changed.
    Configuration = "configuration" {
        /// The instance.
        #[sea_orm(primary_key, auto_increment = false)]
        instance_id: InstanceId,
        /// Counts from 1 within the instance.
        #[sea_orm(primary_key, auto_increment = false)]
        number: i32,
        /// Whose it is.
        tenant_id: TenantId,
        /// Where it belongs.
        project_id: ProjectId,
        /// Where its instance runs.
        cell_id: CellId,
        /// All parameters with their values, as canonical JSON.
        parameters: String,
        /// When it was made.
        created_at: Instant,
        /// Who made it.
        created_by: SubjectId,
        /// The run of work that applies it.
        operation_id: OperationId,
        /// Why, in the words of who made it.
        reason: Option<String>,
        /// The number of the earlier one that it brought back.
        restored_from: Option<i32>,
        /// The template that a value was taken from, by parameter, as JSON; none if no value was.
        templates: Option<String>,
    }
}

impl Sorted for Configuration {
    fn cursor(&self) -> Cursor {
        Cursor::number(i64::from(self.number))
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(about_instances(
        tx,
        Column::TenantId,
        Column::ProjectId,
        Column::InstanceId,
    ))
}

fn own_in_cell(tx: &dyn InCell) -> Select<Entity> {
    Entity::find().filter(Column::CellId.eq(tx.cell()))
}

/// Adds a configuration, after its instance.
pub async fn insert(tx: &TenantTx, row: Configuration) -> Result<()> {
    admit_part(tx, row.tenant_id, row.project_id)?;
    insert_row(&tx.db(), row).await
}

/// By instance and number.
pub async fn find(
    tx: &dyn InTenant,
    instance: InstanceId,
    number: i32,
) -> Result<Option<Configuration>> {
    let numbered =
        own(tx).filter(Column::InstanceId.eq(instance)).filter(Column::Number.eq(number));
    Ok(numbered.one(&tx.db()).await?)
}

/// Several by instance and number.
pub async fn by_keys(tx: &dyn InTenant, keys: &[(InstanceId, i32)]) -> Result<Vec<Configuration>> {
    let wanted = keys
        .iter()
        .map(|(instance, number)| Column::InstanceId.eq(*instance).and(Column::Number.eq(*number)));
    let Some(wanted) = wanted.reduce(|some, one| some.or(one)) else { return Ok(Vec::new()) };
    Ok(own(tx).filter(wanted).all(&tx.db()).await?)
}

/// All configurations of these instances, unsorted.
pub async fn of_instances(
    tx: &dyn InTenant,
    instances: &[InstanceId],
) -> Result<Vec<Configuration>> {
    let instances = instances.iter().copied();
    Ok(own(tx).filter(Column::InstanceId.is_in(instances)).all(&tx.db()).await?)
}

/// The history of an instance, the newest first.
pub async fn list(
    tx: &dyn InTenant,
    instance: InstanceId,
    page: &Page,
) -> Result<Paged<Configuration>> {
    let history = own(tx).filter(Column::InstanceId.eq(instance));
    page::fetch(history, Column::Number, Order::Desc, page, &tx.db()).await
}

/// The newest configurations of each instance.
pub async fn first_of_instances(
    tx: &dyn InTenant,
    instances: &[InstanceId],
    first: u64,
) -> Result<BTreeMap<InstanceId, Paged<Configuration>>> {
    let each = instances.iter().map(|id| own(tx).filter(Column::InstanceId.eq(*id)));
    let newest = (&[Column::InstanceId, Column::Number] as &[_], Order::Desc);
    page::fetch_each(|| own(tx), each, newest, first, &tx.db(), |row| row.instance_id).await
}

/// The configurations in force of these instances of the cell.
pub async fn in_force_in_cell(
    tx: &dyn InCell,
    instances: &[crate::instance::Instance],
) -> Result<Vec<Configuration>> {
    let wanted = instances.iter().map(|instance| {
        let number = Column::Number.eq(instance.configuration_number);
        Column::InstanceId.eq(instance.id).and(number)
    });
    let Some(wanted) = wanted.reduce(|some, one| some.or(one)) else { return Ok(Vec::new()) };
    Ok(own_in_cell(tx).filter(wanted).all(&tx.db()).await?)
}
