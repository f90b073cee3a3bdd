//! Tenants as operators see them: their states, and how much runs in them, but not what.

use std::collections::BTreeMap;

use control_plane_store::tenant::TenantFilter;
use control_plane_store::{FleetRead, instance, tenant};
use policies::action::Action;
use types::id::TenantId;

use super::Tenant;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::offering::audience::Offered;
use crate::page::{Cursor, Page, Paged, Sorted};

/// A tenant and how much is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantView {
    /// The tenant.
    pub row: Tenant,
    /// Instances that were not deleted.
    pub instances: i64,
}

impl Sorted for TenantView {
    fn cursor(&self) -> Cursor {
        self.row.cursor()
    }
}

/// Tenants by name; only those with the text in their names, and only those that this was offered to.
pub async fn list(
    call: &Call,
    search: Option<String>,
    offered: Option<Offered>,
    page: &Page,
) -> Result<Paged<TenantView>> {
    let reader = reader(call).await?;
    let offered = offered.map(|what| what.uuid());
    let found = tenant::list(&reader, &TenantFilter { search, offered }, page).await?;
    let ids: Vec<_> = found.items.iter().map(|row| row.id).collect();
    let counts = instance::count_live_anywhere(&reader, &ids).await?;
    let items = found.items.into_iter().map(|row| view(row, &counts)).collect();
    Ok(Paged { items, has_next: found.has_next })
}

/// One tenant, by id or name.
pub async fn get(call: &Call, id_or_name: &str) -> Result<TenantView> {
    let reader = reader(call).await?;
    let found = match id_or_name.parse::<TenantId>() {
        Ok(id) => tenant::find_anywhere(&reader, id).await?,
        Err(_) => tenant::find_by_name(&reader, id_or_name).await?,
    };
    let row = found.ok_or(Error::NotFound { what: "tenant" })?;
    let counts = instance::count_live_anywhere(&reader, &[row.id]).await?;
    Ok(view(row, &counts))
}

async fn reader(call: &Call) -> Result<FleetRead> {
    let permit = call.fleet(Action::Administer, "tenant").await?;
    Ok(call.plane().store.fleet_read(&permit))
}

fn view(row: Tenant, counts: &BTreeMap<TenantId, i64>) -> TenantView {
    let instances = counts.get(&row.id).copied().unwrap_or_default();
    TenantView { row, instances }
}
