//! Subjects: the people and programs that can be given roles.

use std::collections::BTreeMap;

use sea_orm::sea_query::{Expr, LikeExpr, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait as _, EntityTrait, Order, QueryFilter, QueryOrder as _,
    QuerySelect, QueryTrait as _, Select, UpdateMany,
};
use types::id::{GroupId, SubjectId, TenantId};
use types::instant::Instant;

use crate::error::{Result, StoreError};
use crate::group_member;
use crate::head;
use crate::page::{self, Cursor, Page, Paged, Sorted};
use crate::table::{insert as insert_row, replace, table};
use crate::tx::{Connected, FleetTx, InFleet, InTenant, TenantTx, admit, of_tenant};
use crate::words::{SubjectKind, SubjectState};

table! {
    /// A person or program that can be given roles.
    Subject = "subject" {
        /// Id.
        #[sea_orm(primary_key, auto_increment = false)]
        id: SubjectId,
        /// Whose it is; none for operators of the installation.
        tenant_id: Option<TenantId>,
        /// Unique name within its tenant or the installation.
        name: String,
        /// Name for people.
        title: String,
        /// Person or program.
        kind: SubjectKind,
        /// Whether it can sign in.
        state: SubjectState,
        /// When it was made.
        created_at: Instant,
    }
}

impl Sorted for Subject {
    fn cursor(&self) -> Cursor {
        Cursor::text(&self.name)
    }
}

fn own(tx: &dyn InTenant) -> Select<Entity> {
    Entity::find().filter(of_tenant(tx, Column::TenantId))
}

fn own_update(tx: &TenantTx) -> UpdateMany<Entity> {
    Entity::update_many().filter(of_tenant(tx, Column::TenantId))
}

fn own_anywhere(_: &dyn InFleet) -> Select<Entity> {
    Entity::find()
}

fn own_update_anywhere(_: &FleetTx) -> UpdateMany<Entity> {
    Entity::update_many()
}

/// Within a tenant or, for none, among the installation's own.
fn of_home(tenant: Option<TenantId>) -> Condition {
    Condition::all().add(match tenant {
        Some(tenant) => Column::TenantId.eq(tenant),
        None => Column::TenantId.is_null(),
    })
}

/// Adds a subject of the tenant.
pub async fn insert(tx: &TenantTx, row: Subject) -> Result<()> {
    admit(tx, row.tenant_id.ok_or(StoreError::OutOfReach)?)?;
    insert_row(&tx.db(), row).await
}

/// Changes a subject of the tenant.
pub async fn update(tx: &TenantTx, row: Subject) -> Result<()> {
    admit(tx, row.tenant_id.ok_or(StoreError::OutOfReach)?)?;
    let update = own_update(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// Adds a subject of any tenant or of the installation.
pub async fn insert_anywhere(tx: &FleetTx, row: Subject) -> Result<()> {
    if row.tenant_id.is_none() {
        // Unique indexes do not see rows without a tenant as equal, so the installation's head
        // makes those who add to it wait for each other.
        head::lock(&tx.db(), head::installation()).await?;
        if find_by_name(tx, None, &row.name).await?.is_some() {
            let constraint = "uq_subject_tenant_id_name".to_owned();
            return Err(StoreError::Conflict { constraint });
        }
    }
    insert_row(&tx.db(), row).await
}

/// Changes a subject of any tenant or of the installation.
pub async fn update_anywhere(tx: &FleetTx, row: Subject) -> Result<()> {
    let update = own_update_anywhere(tx).filter(Column::Id.eq(row.id));
    replace(&tx.db(), update, row).await
}

/// By id.
pub async fn find(tx: &dyn InTenant, id: SubjectId) -> Result<Option<Subject>> {
    Ok(own(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By id, held until the end.
pub async fn lock(tx: &TenantTx, id: SubjectId) -> Result<Option<Subject>> {
    Ok(own(tx).filter(Column::Id.eq(id)).lock_exclusive().one(&tx.db()).await?)
}

/// A batch.
pub async fn by_ids(tx: &dyn InTenant, ids: &[SubjectId]) -> Result<Vec<Subject>> {
    let ids = ids.iter().copied();
    Ok(own(tx).filter(Column::Id.is_in(ids)).all(&tx.db()).await?)
}

/// The tenant's subjects by name; only those whose name begins so.
pub async fn list(
    tx: &dyn InTenant,
    beginning: Option<&str>,
    page: &Page,
) -> Result<Paged<Subject>> {
    let named = own(tx).apply_if(beginning, |query, text| {
        let text = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
        query.filter(Column::Name.like(LikeExpr::new(format!("{text}%")).escape('!')))
    });
    page::fetch(named, Column::Name, Order::Asc, page, &tx.db()).await
}

/// Who is in a group, by name.
pub async fn of_group(tx: &dyn InTenant, group: GroupId, page: &Page) -> Result<Paged<Subject>> {
    let members = group_member::subjects_of(tx, group);
    let query = own(tx).filter(Column::Id.in_subquery(members));
    page::fetch(query, Column::Name, Order::Asc, page, &tx.db()).await
}

/// Who is in each of several groups, the first by name; in two statements, since one may be in many
/// of them.
pub async fn first_of_groups(
    tx: &dyn InTenant,
    groups: &[GroupId],
    first: u64,
) -> Result<BTreeMap<GroupId, Paged<Subject>>> {
    let part = |(place, group): (i64, &GroupId)| {
        let members = group_member::subjects_of(tx, *group);
        let rows = own(tx).filter(Column::Id.in_subquery(members)).select_only();
        let rows = rows.expr_as(Expr::val(place), "place").column(Column::Id);
        let rows = rows.order_by_asc(Column::Name).limit(first + 1).into_query();
        Query::select().columns(["place", "id"]).from_subquery(rows, "part").to_owned()
    };
    let mut members: BTreeMap<SubjectId, Vec<GroupId>> = BTreeMap::new();
    for all in page::unions((0..).zip(groups).map(part).collect()) {
        for row in tx.db().query_all(&all).await? {
            let place = usize::try_from(row.try_get::<i64>("", "place")?).unwrap_or(usize::MAX);
            let of = members.entry(row.try_get("", "id")?).or_default();
            of.extend(groups.get(place));
        }
    }
    let ids: Vec<_> = members.keys().copied().collect();
    let rows = own(tx).filter(Column::Id.is_in(ids)).order_by_asc(Column::Name);
    let mut found: BTreeMap<GroupId, Vec<Subject>> = BTreeMap::new();
    for row in rows.all(&tx.db()).await? {
        for group in members.get(&row.id).into_iter().flatten() {
            found.entry(*group).or_default().push(row.clone());
        }
    }
    Ok(found.into_iter().map(|(group, rows)| (group, Paged::cut(rows, first))).collect())
}

/// By id, of any tenant or of the installation.
pub async fn find_anywhere(tx: &dyn InFleet, id: SubjectId) -> Result<Option<Subject>> {
    Ok(own_anywhere(tx).filter(Column::Id.eq(id)).one(&tx.db()).await?)
}

/// By name, in a tenant or, for none, in the installation.
pub async fn find_by_name(
    tx: &dyn InFleet,
    tenant: Option<TenantId>,
    name: &str,
) -> Result<Option<Subject>> {
    let named = own_anywhere(tx).filter(of_home(tenant)).filter(Column::Name.eq(name));
    Ok(named.one(&tx.db()).await?)
}

/// All of a name, over all tenants and the installation.
pub async fn by_name_anywhere(tx: &dyn InFleet, name: &str) -> Result<Vec<Subject>> {
    Ok(own_anywhere(tx).filter(Column::Name.eq(name)).all(&tx.db()).await?)
}

/// How many there are anywhere; zero at the first start.
pub async fn count_anywhere(tx: &dyn InFleet) -> Result<u64> {
    use sea_orm::PaginatorTrait;
    Ok(own_anywhere(tx).count(&tx.db()).await?)
}
