//! Configurations of instances: history, previews of changes, changes.

use std::collections::BTreeMap;

use catalog::form::{self, Change};
use catalog::package::Package;
use catalog::recipe::Apply;
pub use control_plane_store::configuration::Configuration;
use control_plane_store::instance::Instance;
use control_plane_store::member::Member;
use control_plane_store::{TenantTx, configuration};
use policies::action::Action;
use policies::role::Node;
use serde::Serialize;
use serde_json::Value;
use types::generation::Generation;
use types::id::{InstanceId, OperationId};
use types::instance::Wish;
use types::operation::{OperationKind, OperationState};
use types::size::Size;

use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::instance;
use crate::order::Done;
use crate::page::{Page, Paged};
use crate::preview;
use crate::token;

/// Parameter values by name.
pub type Values = BTreeMap<String, Value>;

/// A change that a user wants.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeRequest {
    /// The instance.
    pub instance: InstanceId,
    /// New values; null gives the default back; what is left out stays.
    pub parameters: Values,
}

/// What a change would do.
#[derive(Clone, Debug)]
pub struct ChangePreview {
    /// Stands for the change as it was shown.
    pub token: String,
    /// What differs.
    pub changes: Vec<Change>,
    /// How it reaches the members; none if nothing differs.
    pub apply: Option<Apply>,
    /// Members that will be restarted, in this order, one at a time.
    pub restarts: Vec<Member>,
    after: Values,
    is_retry: bool,
}

/// The package of an instance, if this program has it.
pub fn package_of(call: &Call, row: &Instance) -> Result<&'static Package> {
    let package = call.plane().catalog.find(&row.package, &row.package_version);
    package.ok_or_else(|| Error::Unavailable {
        message: format!(
            "package {} {} is not in this version of the plane",
            row.package, row.package_version
        ),
    })
}

/// The granted size of an instance's members.
pub fn size_of(row: &Instance) -> Size {
    Size { millivcpu: row.millivcpu, memory_mib: row.memory_mib, storage_mib: row.storage_mib }
}

/// The values of a stored configuration.
pub fn values(row: &Configuration) -> Result<Values> {
    serde_json::from_str(&row.parameters)
        .map_err(|error| Error::internal("read a stored configuration", error))
}

/// The desired configurations of several instances, by (instance, number).
pub async fn by_keys(call: &Call, keys: &[(InstanceId, i32)]) -> Result<Vec<Configuration>> {
    Ok(configuration::by_keys(&call.reader().await?, keys).await?)
}

/// All configurations of an instance, newest first.
pub async fn list(call: &Call, instance: InstanceId, page: &Page) -> Result<Paged<Configuration>> {
    Ok(configuration::list(&call.reader().await?, instance, page).await?)
}

/// What the change would do. Changes nothing.
pub async fn preview(call: &Call, request: &ChangeRequest) -> Result<ChangePreview> {
    let row = instance::get(call, request.instance).await?;
    call.permit(Action::Change, Node::Project(row.project_id), "instance").await?;
    plan(call, &row, request).await
}

/// Applies what was previewed.
pub async fn change(
    call: &Call,
    request: ChangeRequest,
    preview_token: &str,
    key: &str,
) -> Result<Done> {
    let row = instance::get(call, request.instance).await?;
    let permit = call.permit(Action::Change, Node::Project(row.project_id), "instance").await?;
    let once = Once::new("changeConfiguration", key, &(&request, preview_token))?;
    if let Some(done) = once.find(call, &permit).await? {
        return Ok(done);
    }
    let planned = plan(call, &row, &request).await?;
    preview::check_token(preview_token, &planned.token)?;
    if planned.apply.is_none() && !planned.is_retry {
        let message = "the parameters have these values already; nothing to change";
        return Err(Error::Conflict { why: "unchanged", message: message.to_owned() });
    }
    let parameters = serde_json::to_string(&planned.after)
        .map_err(|error| Error::internal("write parameters as JSON", error))?;
    let seen = row.generation;
    let write = async |tx: &TenantTx, row: &mut Instance, operation: OperationId| {
        still(row, seen)?;
        row.configuration_number += 1;
        let fresh = Configuration {
            instance_id: row.id,
            number: row.configuration_number,
            tenant_id: row.tenant_id,
            project_id: row.project_id,
            cell_id: row.cell_id,
            parameters,
            created_at: call.now(),
            created_by: call.caller().subject,
            operation_id: operation,
        };
        Ok(configuration::insert(tx, fresh).await?)
    };
    let work = instance::Work { kind: OperationKind::Change, event: "configuration_changed" };
    instance::advance(call, &permit, &row, &once, work, write).await
}

/// Between the preview and the lock nobody changed the instance.
fn still(row: &Instance, seen: Generation) -> Result<()> {
    if row.generation == seen { Ok(()) } else { Err(Error::Outdated) }
}

async fn plan(call: &Call, row: &Instance, request: &ChangeRequest) -> Result<ChangePreview> {
    if row.wish == Wish::Deleted {
        let message = "the instance is being deleted".to_owned();
        return Err(Error::Conflict { why: "deleting", message });
    }
    let package = package_of(call, row)?;
    let current = by_keys(call, &[(row.id, row.configuration_number)]).await?;
    let current = current.first().ok_or(Error::NotFound { what: "configuration" })?;
    let before = values(current)?;
    let after = form::check_change(
        package,
        &row.topology,
        &row.software_version,
        size_of(row),
        &before,
        &request.parameters,
    )
    .map_err(preview::parameter_problems)?;
    let changes = form::changes(package, &before, &after);
    let apply = form::apply(package, &before, &after);
    let restarts = match apply {
        Some(Apply::Restart) if row.wish == Wish::Running => {
            restart_order(call, package, row).await?
        }
        _ => Vec::new(),
    };
    let token = token::digest_of(&(request, row.generation, package.digest(), &after));
    // What failed on its way to the members may be sent once more, without any difference.
    let is_retry =
        crate::operation::get(call, row.operation_id).await?.state == OperationState::Failed;
    Ok(ChangePreview { token, changes, apply, restarts, after, is_retry })
}

/// Those that start last are restarted first: replicas before their primary.
async fn restart_order(call: &Call, package: &Package, row: &Instance) -> Result<Vec<Member>> {
    let mut members = instance::members(call, &[row.id]).await?;
    let topology = catalog::topology::members(package, &row.topology).unwrap_or_default();
    let start_order = |member: &Member| {
        topology
            .iter()
            .find(|rule| rule.ordinal == member.ordinal)
            .map_or(0, |rule| rule.start_order)
    };
    members.sort_by_key(|member| (std::cmp::Reverse(start_order(member)), member.ordinal));
    Ok(members)
}
