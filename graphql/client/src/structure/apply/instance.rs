//! Orders instances and makes service accounts.

use super::known;
use crate::ask::Ask;
use crate::query::order::{OrderPreviewOf, PlaceOrder, With};
use crate::query::sign_in::CreateServiceAccount;
use crate::query::{DoCreateServiceAccount, DoPlaceOrder, PreviewOrder};
use crate::structure::instance::Instance;
use crate::structure::load::Ids;
use crate::structure::{ServiceAccount, below};

/// What those read who have to approve an order.
const REASON: &str = "import of a structure";

/// Orders, and does not wait until it runs.
pub(super) async fn order<A: Ask>(
    client: &A,
    ids: &mut Ids,
    one: Instance,
) -> Result<(), A::Error> {
    let (path, plan) = (one.path(), below(&one.package, &one.plan));
    let order = OrderPreviewOf {
        project: known(ids.projects.get(&one.project), &one.project)?,
        name: one.name,
        offering: known(ids.offerings.get(&one.package), &one.package)?,
        software_version: one.software_version,
        topology: one.topology,
        plan: known(ids.plans.get(&plan), &plan)?,
        parameters: one.parameters,
        template: one.template,
    };
    let preview = client.ask::<PreviewOrder>(&With { input: order.clone() }).await?;
    let input = PlaceOrder {
        order,
        preview_token: preview.token,
        reason: Some(REASON.to_owned()),
        idempotency_key: client.new_key(),
    };
    let accepted = client.ask::<DoPlaceOrder>(&With { input }).await?;
    ids.instances.insert(path, accepted.instance.id);
    Ok(())
}

pub(super) async fn create_service_account<A: Ask>(
    client: &A,
    ids: &mut Ids,
    one: ServiceAccount,
) -> Result<(), A::Error> {
    let input = CreateServiceAccount {
        organization: known(ids.organizations.get(&one.organization), &one.organization)?,
        name: one.name.clone(),
        title: one.title,
        idempotency_key: client.new_key(),
    };
    let made = client.ask::<DoCreateServiceAccount>(&With { input }).await?;
    ids.subjects.insert(one.name, made.id);
    Ok(())
}
