//! Orders: from a form to an instance that its cell is going to make.

use catalog::form::{self, Origin, OwnValue, Templates};
use catalog::package::Package;
use catalog::topology;
use control_plane_store::asset;
use control_plane_store::cell::{self, Cell};
use control_plane_store::cell_head;
use control_plane_store::configuration as store;
use control_plane_store::instance::{self, Instance};
use control_plane_store::lifecycle::{self, Lifecycle};
use control_plane_store::member::{self, Member};
use control_plane_store::{Covered, InTenant as _, TenantTx, offering, plan};
use policies::action::Action;
use policies::permit::{FleetPermit, Permit, Task};
use policies::role::Node;
use serde::{Deserialize, Serialize};
use types::generation::{Generation, Revision};
use types::id::{InstanceId, MemberId, OperationId, ResourceId, VolumeId};
use types::instance::{State, Wish};
use types::name::Name;
use types::operation::OperationKind;
use types::quota::Amounts;
use types::secret::Secret;
use types::size::Size;

use crate::approval::gate::{self, Asked};
use crate::approval::{self, Command, ahead};
use crate::approval_rule::Facts;
use crate::asset::history;
use crate::budget::Cost;
use crate::call::Call;
use crate::configuration::{self, Configuration, Content, Values, change, stored};
use crate::error::{Error, FieldProblem, Result};
use crate::idempotency::Once;
use crate::nudge::Topic;
use crate::preview::{self, OrderPreview, OrderRequest, PreviewMember, Previewed};
use crate::price_book::Pricing;
use crate::{audit, budget, feed, licence, operation, placement, quota, reservation};

/// What a mutation of an instance answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// The instance.
    pub instance: InstanceId,
    /// The operation that makes it true.
    pub operation: OperationId,
}

/// Everything that follows from a request, before anything is written.
struct Planned {
    package: &'static Package,
    name: Name,
    plan: plan::Plan,
    cell: Cell,
    pricing: Pricing,
    preview: OrderPreview,
}

impl Planned {
    /// What the order takes of everything that can be limited.
    fn amounts(&self) -> Amounts {
        let members = i64::try_from(self.preview.members.len()).unwrap_or(i64::MAX);
        Amounts::new(1, members, self.preview.size)
    }

    /// What it takes of budgets.
    fn cost(&self) -> Cost<'_> {
        Cost { pricing: &self.pricing, per_month: &self.preview.price.per_month }
    }
}

/// What the order would make and cost. Changes nothing.
pub async fn preview(call: &Call, request: &OrderRequest) -> Result<Previewed> {
    call.permit(Action::Order, Node::Project(request.project), "project").await?;
    let planned = plan_order(call, request).await?;
    let licence = licence::of_tenant(call).await?;
    let quotas = quota::effects(call, request.project, &planned.amounts()).await?;
    let budgets = budget::effects(call, request.project, &planned.cost()).await?;
    let facts = Facts {
        package: &planned.package.manifest().name,
        plan: planned.plan.id,
        per_month: &planned.preview.price.per_month,
    };
    let approvals = ahead::of_order(call, request.project, &facts).await?;
    Ok(Previewed { order: planned.preview, licence, quotas, budgets, approvals })
}

/// Orders what was previewed. `reason` is read by those who approve, if that takes an approval.
pub async fn place(
    call: &Call,
    request: OrderRequest,
    preview_token: &str,
    reason: Option<&str>,
    key: &str,
) -> Result<Done> {
    let permit = call.permit(Action::Order, Node::Project(request.project), "project").await?;
    let once = Once::new("placeOrder", key, &(&request, preview_token, reason))?;
    let work = Box::pin(async {
        let planned = plan_order(call, &request).await?;
        preview::check_token(preview_token, &planned.preview.token)?;
        let reason = change::read_reason(reason)?;
        let ask = async || Ok(asked(&request, preview_token, reason, &planned));
        let what = (Covered::PlaceOrder, request.project);
        gate::pass(call, &permit, &once, what, ask).await?;
        let done = write(call, &permit, &once, &request, &planned).await?;
        let plane = call.plane();
        plane.nudges.send(Topic::Cell(planned.cell.id));
        plane.nudges.send(Topic::Tenant(permit.scope().tenant()));
        Ok(done)
    });
    once.permitted(call, &permit, work).await
}

/// What is asked for, if it takes an approval.
fn asked(
    request: &OrderRequest,
    preview_token: &str,
    reason: Option<String>,
    planned: &Planned,
) -> Asked {
    let preview = &planned.preview;
    let given = preview.values.iter().filter(|it| it.origin != Origin::Default);
    let value = |it: &configuration::Shown| approval::Value {
        parameter: it.parameter.clone(),
        before: None,
        after: Some(it.value.clone()),
    };
    Asked {
        values: given.map(value).collect(),
        instance: None,
        name: planned.name.to_string(),
        package: planned.package.manifest().name.clone(),
        plan: planned.plan.id,
        topology: request.topology.clone(),
        software_version: request.software_version.clone(),
        members: preview.members.len(),
        price: preview.price.clone(),
        command: Command::Place {
            request: request.clone(),
            token: preview_token.to_owned(),
            reason: reason.clone(),
        },
        reason,
    }
}

async fn plan_order(call: &Call, request: &OrderRequest) -> Result<Planned> {
    let plane = call.plane();
    let reader = call.reader().await?;
    let offered = offering::find(&reader, request.offering).await?;
    let offered = offered.filter(|offered| offered.withdrawn_at.is_none());
    let offered = offered.ok_or(Error::NotFound { what: "offering" })?;
    let package = plane
        .catalog
        .find(&offered.package, &offered.package_version)
        .ok_or(Error::NotFound { what: "offering" })?;
    let plan = crate::offering::plan_of(call, offered.id, request.plan).await?;
    let size = preview::size_of(&plan);
    let name = request.name.parse::<Name>();
    let (name, filled) = match (name, fill(package, size, request)) {
        (Ok(name), Ok(filled)) => (name, filled),
        (name, filled) => return Err(both(name.err(), filled.err())),
    };
    let roles = topology::members(package, &request.topology).unwrap_or_default();
    let cells = cell::all(&plane.store.fleet_read(&FleetPermit::task(Task::Observe))).await?;
    let cell = placement::choose(&cells, call.now(), plane.settings.report_interval)?.clone();
    let members = roles
        .iter()
        .map(|member| PreviewMember {
            name: format!("{name}-{}", member.ordinal),
            role: member.role.clone(),
        })
        .collect::<Vec<_>>();
    let pricing = Pricing::read(call).await?;
    let price = pricing.estimate(call, request.project, plan.id, size, members.len()).await?;
    let token = preview::order_token(request, package, &price, cell.id);
    let preview = OrderPreview {
        token,
        cell: cell.id,
        cell_name: cell.name.clone(),
        members,
        size,
        notes: form::notes(package, &filled.content.values, call.now()),
        values: configuration::shown(package, size, &filled.content),
        content: filled.content,
        own_values: filled.own_values,
        price,
    };
    Ok(Planned { package, name, plan, cell, pricing, preview })
}

/// The configuration that an order begins with.
struct Filled {
    content: Content,
    own_values: Vec<OwnValue>,
}

/// The form, filled with the template's values where the request gives none.
fn fill(package: &Package, size: Size, request: &OrderRequest) -> Result<Filled> {
    let (topology, version) = (&request.topology, &request.software_version);
    let template = match &request.template {
        None => None,
        Some(name) => Some((name.as_str(), change::template(package, name, topology, version)?)),
    };
    let given = &request.parameters;
    let mut whole = template.as_ref().map(|(_, values)| values.clone()).unwrap_or_default();
    whole.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
    let values = form::check(package, topology, version, size, &whole)
        .map_err(preview::parameter_problems)?;
    let taken = template.as_ref().map(|(name, values)| (*name, values));
    let own_values = taken.map_or_else(Vec::new, |(_, wanted)| against(wanted, given, &values));
    let none = (&Values::new(), &Templates::new());
    let templates = form::follow(none, &values, given, taken);
    Ok(Filled { content: Content { values, templates }, own_values })
}

/// Values that were given where the template says otherwise.
fn against(template: &Values, given: &Values, values: &Values) -> Vec<OwnValue> {
    let given = template.iter().filter(|(name, _)| given.contains_key(*name));
    given
        .filter_map(|(name, wanted)| {
            let own = values.get(name).filter(|own| *own != wanted)?.clone();
            Some(OwnValue { parameter: name.clone(), own, template: wanted.clone() })
        })
        .collect()
}

fn both(name: Option<types::name::NameError>, form: Option<Error>) -> Error {
    let mut problems = Vec::new();
    if let Some(error) = name {
        let (field, problem) = ("name".to_owned(), "malformed".to_owned());
        problems.push(FieldProblem { field, problem, message: error.to_string() });
    }
    match form {
        Some(Error::Invalid(more)) => problems.extend(more),
        Some(other) => return other,
        None => {}
    }
    Error::Invalid(problems)
}

async fn write(
    call: &Call,
    permit: &Permit,
    once: &Once,
    request: &OrderRequest,
    planned: &Planned,
) -> Result<Done> {
    let plane = call.plane();
    let now = call.now();
    let done =
        Done { instance: InstanceId::next(&*plane.ids), operation: OperationId::next(&*plane.ids) };
    let tx = plane.store.begin(permit).await?;
    // All orders of a tenant go through its lock one by one. What nobody can know of yet, and so
    // nobody can wait for, is written before.
    let mut row = instance_row(call, &tx, request, planned, done)?;
    let members = member_rows(call, &row, planned);
    lifecycle::insert_all(&tx, first_states(call, &row, &members)).await?;
    asset::insert_all(&tx, history::first(plane, &row, &members)).await?;
    member::insert_all(&tx, members).await?;
    store::insert(&tx, first_configuration(call, &row, planned)?).await?;
    operation::open(call, &tx, &row, OperationKind::Install).await?;
    // The tenant's lock comes with it, which whoever deletes a project holds.
    let (amounts, cost) = (planned.amounts(), planned.cost());
    let reserved = reservation::make(call, &tx, request.project, amounts, &cost).await?;
    row.revision = cell_head::next(&tx, planned.cell.id).await?;
    let taken = |error| crate::organization::taken(error, "instance", planned.name.as_str());
    instance::insert(&tx, row.clone()).await.map_err(taken)?;
    once.keep(call, &tx, &done).await?;
    let event = feed::of_instance("instance_created", &row, now);
    let audit = audit::of_operation(call, once.mutation(), &done.instance, done.operation);
    reserved.count(&tx, event, audit).await?;
    tx.commit().await?;
    Ok(done)
}

fn instance_row(
    call: &Call,
    tx: &TenantTx,
    request: &OrderRequest,
    planned: &Planned,
    done: Done,
) -> Result<Instance> {
    let plane = call.plane();
    let secrets = catalog::secret::generate(planned.package, &mut |bytes| plane.random.fill(bytes));
    let text = serde_json::to_string(&secrets)
        .map_err(|error| Error::internal("write secrets as JSON", error))?;
    let sealed = plane.key.seal(&done.instance.to_string(), &Secret::new(text), &*plane.random);
    let reference = planned.package.reference();
    Ok(Instance {
        id: done.instance,
        tenant_id: tx.tenant(),
        project_id: request.project,
        cell_id: planned.cell.id,
        name: planned.name.to_string(),
        live_name: Some(planned.name.to_string()),
        package: reference.name,
        package_version: reference.version,
        package_digest: reference.digest,
        software_version: request.software_version.clone(),
        topology: request.topology.clone(),
        plan_id: planned.plan.id,
        millivcpu: planned.plan.millivcpu,
        memory_mib: planned.plan.memory_mib,
        storage_mib: planned.plan.storage_mib,
        wish: Wish::Running,
        state: State::Provisioning,
        generation: Generation(1),
        observed_generation: Generation(0),
        installed_version: None,
        installed_digest: None,
        secrets: sealed.map_err(|error| Error::internal("seal secrets", error))?,
        configuration_number: 1,
        // Given behind the tenant's lock.
        revision: Revision::default(),
        operation_id: done.operation,
        created_at: call.now(),
        created_by: call.caller().subject,
        deleted_at: None,
        forgotten_at: None,
    })
}

fn member_rows(call: &Call, row: &Instance, planned: &Planned) -> Vec<Member> {
    let ids = &*call.plane().ids;
    let members = planned.preview.members.iter().zip(0..);
    members
        .map(|(member, ordinal)| Member {
            id: MemberId::next(ids),
            tenant_id: row.tenant_id,
            project_id: row.project_id,
            instance_id: row.id,
            cell_id: row.cell_id,
            ordinal,
            role: member.role.clone(),
            volume_id: VolumeId::next(ids),
            state: State::Provisioning,
            since: None,
            observed_role: None,
            host: None,
            port: None,
            pid: None,
            restarts: 0,
            problem: None,
            observed_at: None,
        })
        .collect()
}

fn first_configuration(call: &Call, row: &Instance, planned: &Planned) -> Result<Configuration> {
    let content = &planned.preview.content;
    let parameters = stored::seal(call.plane(), row.id, planned.package, &content.values)?;
    Ok(Configuration {
        instance_id: row.id,
        number: 1,
        tenant_id: row.tenant_id,
        project_id: row.project_id,
        cell_id: row.cell_id,
        parameters,
        created_at: call.now(),
        created_by: call.caller().subject,
        operation_id: row.operation_id,
        reason: None,
        restored_from: None,
        templates: configuration::templates_text(&content.templates)?,
    })
}

/// Instance and members begin their lives with the order; `provisioning` is free by rule. Volumes
/// begin when their cell places them, since every moment of a volume's life is billed.
fn first_states(call: &Call, row: &Instance, members: &[Member]) -> Vec<Lifecycle> {
    let resources = std::iter::once(ResourceId::Instance(row.id))
        .chain(members.iter().map(|member| ResourceId::Member(member.id)));
    let state = State::Provisioning;
    resources
        .map(|resource| {
            crate::instance::lifecycle_row(call.plane(), row, resource, state, call.now())
        })
        .collect()
}
