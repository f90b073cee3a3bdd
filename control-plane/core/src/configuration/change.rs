//! Changes of configurations: values that are given, an earlier configuration that is brought
//! back, or a template that is taken. One way for all three: preview, token, a new configuration.

use catalog::form::{self, Note, OwnValue, Templates};
use catalog::package::Package;
use catalog::recipe::Apply;
use control_plane_store::instance::Instance;
use control_plane_store::member::Member;
use control_plane_store::operation::Operation;
use control_plane_store::{Covered, TenantTx, configuration};
use policies::action::Action;
use policies::permit::Permit;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::generation::Generation;
use types::id::{InstanceId, OperationId};
use types::instance::Wish;
use types::instant::Instant;
use types::operation::{OperationKind, OperationState};

use super::{Configuration, Content, Difference, Values, stored};
use crate::approval::ahead::{self, Ahead};
use crate::approval::{self, Command, gate};
use crate::call::Call;
use crate::error::{Error, Result};
use crate::idempotency::Once;
use crate::order::Done;
use crate::plane::Plane;
use crate::{instance, operation, preview, token};

/// Longest reason.
const REASON_MAX: usize = 500;

/// What a configuration is to become.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Wanted {
    /// New values; null gives the default back; what is left out stays.
    pub parameters: Values,
    /// The number of an earlier configuration to bring back, instead of anything else.
    pub restore: Option<i32>,
    /// The template whose values to take. Values given beside it win.
    pub template: Option<String>,
    /// Whether the template also replaces values of the instance's own.
    pub replace_own: bool,
}

/// A change that a user wants.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChangeRequest {
    /// The instance.
    pub instance: InstanceId,
    /// What its configuration is to become.
    #[serde(flatten)]
    pub wanted: Wanted,
}

/// What a change would do.
#[derive(Clone, Debug)]
pub struct ChangePreview {
    /// Stands for the change as it was shown.
    pub token: String,
    /// What differs.
    pub changes: Vec<Difference>,
    /// How it reaches the members; none if nothing differs.
    pub apply: Option<Apply>,
    /// Members that will be restarted, in this order, one at a time.
    pub restarts: Vec<Member>,
    /// What is worth knowing of values that change.
    pub notes: Vec<Note>,
    /// Values of the instance's own that the template would replace. While there are any, nothing
    /// is changed unless that was asked for.
    pub own_values: Vec<OwnValue>,
    /// What it would wait for, as far as that was asked for.
    pub approvals: Vec<Ahead>,
    after: Content,
    is_retry: bool,
}

/// What is known of an instance when its configuration is to be changed.
pub(crate) struct Known<'a> {
    /// Opens secret values.
    pub plane: &'a Plane,
    pub now: Instant,
    pub row: &'a Instance,
    pub package: &'static Package,
    pub current: &'a Configuration,
    pub earlier: Option<&'a Configuration>,
    pub operation: &'a Operation,
    pub members: &'a [Member],
}

/// What the change would do. Changes nothing.
pub async fn preview(call: &Call, request: &ChangeRequest) -> Result<ChangePreview> {
    let row = instance::get(call, request.instance).await?;
    call.permit_part(Action::Change, &row).await?;
    let mut preview = look(call, &row, request).await?;
    let ahead = ahead::of_instances(call, Covered::ChangeConfiguration, &[&row]).await?;
    preview.approvals = ahead.into_values().flatten().collect();
    Ok(preview)
}

/// Applies what was previewed. `reason` stands in the history.
pub async fn change(
    call: &Call,
    request: ChangeRequest,
    reason: Option<&str>,
    preview_token: &str,
    key: &str,
) -> Result<Done> {
    let row = instance::get(call, request.instance).await?;
    let permit = call.permit_part(Action::Change, &row).await?;
    let once = Once::new("changeConfiguration", key, &(&request, preview_token, reason))?;
    let work = change_new(call, &row, &permit, &once, (request, reason, preview_token));
    let work = Box::pin(work);
    once.permitted(call, &permit, work).await
}

async fn change_new(
    call: &Call,
    row: &Instance,
    permit: &Permit,
    once: &Once,
    (request, reason, preview_token): (ChangeRequest, Option<&str>, &str),
) -> Result<Done> {
    let reason = read_reason(reason)?;
    let planned = look(call, row, &request).await?;
    preview::check_token(preview_token, &planned.token)?;
    planned.admit()?;
    let ask = async || {
        let (request, token) = (request.clone(), preview_token.to_owned());
        let command = Command::Change { request, token, reason: reason.clone() };
        gate::of_instance(call, row, command, reason.clone(), planned.values()).await
    };
    let what = (Covered::ChangeConfiguration, row.project_id);
    gate::pass(call, permit, once, what, ask).await?;
    let package = super::package_of(call, row)?;
    let parameters = stored::seal(call.plane(), row.id, package, &planned.after.values)?;
    let templates = super::templates_text(&planned.after.templates)?;
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
            reason,
            restored_from: request.wanted.restore,
            templates,
        };
        Ok(configuration::insert(tx, fresh).await?)
    };
    let work = instance::Work { kind: OperationKind::Change, event: "configuration_changed" };
    instance::advance(call, permit, row, once, work, write).await
}

/// A reason as it is kept.
pub(crate) fn read_reason(given: Option<&str>) -> Result<Option<String>> {
    let text = given.unwrap_or_default().trim();
    let is_fine = text.chars().count() <= REASON_MAX
        && !text.chars().any(|letter| letter.is_control() && letter != '\n');
    if !is_fine {
        let message = format!("use at most {REASON_MAX} characters without control characters");
        return Err(Error::invalid("reason", "malformed", message));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// Between the preview and the lock nobody changed the instance.
fn still(row: &Instance, seen: Generation) -> Result<()> {
    if row.generation == seen { Ok(()) } else { Err(Error::Outdated) }
}

async fn look(call: &Call, row: &Instance, request: &ChangeRequest) -> Result<ChangePreview> {
    let package = super::package_of(call, row)?;
    let mut keys = vec![(row.id, row.configuration_number)];
    keys.extend(request.wanted.restore.map(|number| (row.id, number)));
    let configurations = super::by_keys(call, &keys).await?;
    let numbered = |number| configurations.iter().find(|one| one.number == number);
    let missing = Error::NotFound { what: "configuration" };
    let known = Known {
        plane: call.plane(),
        now: call.now(),
        row,
        package,
        current: numbered(row.configuration_number).ok_or(missing)?,
        earlier: request.wanted.restore.and_then(numbered),
        operation: &operation::get(call, row.operation_id).await?,
        members: &instance::members(call, &[row.id]).await?,
    };
    plan(&known, &request.wanted)
}

/// What a change would do, from what is known.
pub(crate) fn plan(known: &Known<'_>, wanted: &Wanted) -> Result<ChangePreview> {
    let (row, package) = (known.row, known.package);
    if row.wish == Wish::Deleted {
        let message = "the instance is being deleted".to_owned();
        return Err(Error::Conflict { why: "deleting", message });
    }
    let size = super::size_of(row);
    let before = super::content(known.plane, known.current)?;
    let source = source(known, wanted, &before)?;
    let values = form::check_change(
        package,
        &row.topology,
        &row.software_version,
        size,
        &before.values,
        &source.given,
    )
    .map_err(preview::parameter_problems)?;
    let mut templates = form::follow(
        (&before.values, &before.templates),
        &values,
        &wanted.parameters,
        source.template.as_ref().map(|(name, values)| (name.as_str(), values)),
    );
    if let Some(earlier) = source.templates {
        templates = earlier;
        templates.retain(|name, _| values.contains_key(name));
    }
    let after = Content { values, templates };
    let changes = super::differences(package, size, &before, &after);
    let mut notes = form::notes(package, &after.values, known.now);
    notes.retain(|note| changes.iter().any(|it| it.change.parameter == note.parameter));
    let apply = form::apply(package, &before.values, &after.values);
    let restarts = match apply {
        Some(Apply::Restart) if row.wish == Wish::Running => {
            restart_order(package, row, known.members)
        }
        _ => Vec::new(),
    };
    let token =
        token::digest_of(&(row.id, wanted, row.generation, package.digest(), &after.values));
    // What failed on its way to the members may be sent once more, without any difference.
    let is_retry = known.operation.state == OperationState::Failed;
    Ok(ChangePreview {
        token,
        changes,
        apply,
        restarts,
        notes,
        own_values: source.own_values,
        approvals: Vec::new(),
        after,
        is_retry,
    })
}

impl ChangePreview {
    /// What differs, for those who approve.
    fn values(&self) -> Vec<approval::Value> {
        let changes = self.changes.iter().map(|it| &it.change);
        let value = |change: &form::Change| approval::Value {
            parameter: change.parameter.clone(),
            before: change.before.clone(),
            after: change.after.clone(),
        };
        changes.map(value).collect()
    }

    /// Refuses what changes nothing, and what would replace the instance's own values unasked.
    pub(crate) fn admit(&self) -> Result<()> {
        if let Some(first) = self.own_values.first() {
            let message = format!(
                "{} values of the instance's own stand against the template, {} first; \
                 ask to replace them, or give the values to keep",
                self.own_values.len(),
                first.parameter
            );
            return Err(Error::Conflict { why: "own_values", message });
        }
        if self.apply.is_none() && !self.is_retry {
            let message = "the parameters have these values already; nothing to change";
            return Err(Error::Conflict { why: "unchanged", message: message.to_owned() });
        }
        Ok(())
    }
}

/// Where the values of a change come from.
#[derive(Default)]
struct Source {
    given: Values,
    template: Option<(String, Values)>,
    /// The templates that a restored configuration was taken from.
    templates: Option<Templates>,
    own_values: Vec<OwnValue>,
}

fn source(known: &Known<'_>, wanted: &Wanted, before: &Content) -> Result<Source> {
    let given = wanted.parameters.clone();
    match (wanted.restore, &wanted.template) {
        (None, None) => Ok(Source { given, ..Source::default() }),
        (Some(_), None) if given.is_empty() => restored(known, before),
        (Some(_), _) => {
            let message = "an earlier configuration comes back as it was; change it afterwards";
            Err(Error::invalid("restore", "not_allowed", message))
        }
        (None, Some(name)) => {
            let row = known.row;
            let values = template(known.package, name, &row.topology, &row.software_version)?;
            let mut taken = values.clone();
            taken.retain(|name, _| !given.contains_key(name));
            let against = || {
                let (package, size) = (known.package, super::size_of(row));
                form::own_values(package, size, &before.values, &before.templates, &taken)
            };
            let own_values = if wanted.replace_own { Vec::new() } else { against() };
            taken.extend(given);
            let template = Some((name.clone(), values));
            Ok(Source { given: taken, template, own_values, ..Source::default() })
        }
    }
}

/// All values of an earlier configuration; what it lacks gets its default.
fn restored(known: &Known<'_>, before: &Content) -> Result<Source> {
    let missing = Error::NotFound { what: "configuration" };
    let earlier = super::content(known.plane, known.earlier.ok_or(missing)?)?;
    let (row, parameters) = (known.row, known.package.parameters());
    let exists = |name: &&String| {
        let parameter = parameters.get(*name);
        parameter.is_some_and(|it| it.is_for(&row.topology, &row.software_version))
    };
    let names = before.values.keys().filter(exists);
    let mut given: Values = names.map(|name| (name.clone(), Value::Null)).collect();
    given.extend(earlier.values);
    Ok(Source { given, templates: Some(earlier.templates), ..Source::default() })
}

/// The values of a package's template for a choice.
pub(crate) fn template(
    package: &Package,
    name: &str,
    topology: &str,
    software_version: &str,
) -> Result<Values> {
    let manifest = package.manifest();
    let found = manifest.template(name).ok_or_else(|| {
        let names: Vec<_> = manifest.templates.iter().map(|it| it.name.as_str()).collect();
        let message = match names.as_slice() {
            [] => "the package has no templates".to_owned(),
            names => format!("must be one of {}", names.join(", ")),
        };
        Error::invalid("template", "unknown", message)
    })?;
    Ok(form::template_values(package, found, topology, software_version))
}

/// Those that start last are restarted first: replicas before their primary.
fn restart_order(package: &Package, row: &Instance, members: &[Member]) -> Vec<Member> {
    let mut members = members.to_vec();
    let topology = catalog::topology::members(package, &row.topology).unwrap_or_default();
    let start_order = |member: &Member| {
        topology
            .iter()
            .find(|rule| rule.ordinal == member.ordinal)
            .map_or(0, |rule| rule.start_order)
    };
    members.sort_by_key(|member| (std::cmp::Reverse(start_order(member)), member.ordinal));
    members
}
