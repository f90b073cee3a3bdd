//! Renders everything that a package can make, with values made up here.

use std::collections::BTreeSet;

use serde_json::Value;
use types::generation::Generation;
use types::id::{InstanceId, MemberId, OperationId, ProjectId, TenantId, VolumeId};
use types::instance::{Endpoint, InstanceSpec, MemberSpec, OperationSpec, Wish};
use types::instant::Instant;
use types::operation::OperationKind;
use types::secret::Secret;
use uuid::Uuid;

use super::Checked;
use crate::amount;
use crate::connect::{self, Reachable};
use crate::form;
use crate::manifest::{ParameterTemplate, PlanTemplate, SoftwareVersion, Topology};
use crate::package::{Package, PackageError, read};
use crate::parameter::{Kind, Parameter};
use crate::recipe::{self, Place, RecipeError, Surroundings};
use crate::topology;

/// Everything that the package can make, by a plan.
pub(in crate::package) fn plan(package: &Package, plan: &PlanTemplate) -> Checked {
    let manifest = package.manifest();
    for topology in &manifest.topologies {
        for software in &manifest.software {
            for template in &manifest.templates {
                fits(package, template, (topology, software, plan))?;
            }
            one(package, topology, software, plan)?;
        }
    }
    Ok(())
}

/// The values of a template fit the choice, where it has the parameter.
fn fits(
    package: &Package,
    template: &ParameterTemplate,
    (topology, software, plan): (&Topology, &SoftwareVersion, &PlanTemplate),
) -> Checked {
    let mut given = given(package, topology, software);
    let (topology, version) = (&topology.name, &software.version);
    given.extend(form::template_values(package, template, topology, version));
    let checked = form::check(package, topology, version, plan.size, &given);
    let Some(wrong) = checked.err().and_then(|all| all.into_iter().next()) else {
        return Ok(());
    };
    let field = format!("templates.{}.{}", template.name, wrong.field);
    let problem = format!("with plan {}: {}", plan.name, wrong.message);
    Err(PackageError { file: read::MANIFEST.to_owned(), line: None, field, problem })
}

fn one(
    package: &Package,
    topology: &Topology,
    software: &SoftwareVersion,
    plan: &PlanTemplate,
) -> Checked {
    let given = given(package, topology, software);
    let checked = form::check(package, &topology.name, &software.version, plan.size, &given);
    let parameters = checked.map_err(|problems| {
        let wrong = problems.into_iter().next();
        let (field, message) = wrong.map(|it| (it.field, it.message)).unwrap_or_default();
        let kind = if given.contains_key(&field) { "example" } else { "default" };
        let problem = format!("the {kind} with plan {}: {message}", plan.name);
        PackageError { file: read::SCHEMA.to_owned(), line: None, field, problem }
    })?;
    let spec = specification(package, topology, software, plan, parameters);
    let places = places(&spec);
    recipe::render(package, &spec, &places).map_err(of_recipe)?;
    let all: BTreeSet<String> = spec.parameters.keys().cloned().collect();
    for member in &spec.members {
        recipe::hot_changes(package, &spec, &all, &places, member.id).map_err(of_recipe)?;
    }
    let reachable: Vec<_> = spec
        .members
        .iter()
        .map(|member| Reachable {
            member: member.id,
            role: member.role.clone(),
            endpoint: places[&member.id].endpoint.clone(),
        })
        .collect();
    connect::describe(package, &reachable).map(|_| ()).map_err(of_recipe)
}

/// Values for the parameters that have no default, and for lists: their example, or the plainest
/// one.
fn given(package: &Package, topology: &Topology, software: &SoftwareVersion) -> form::Values {
    let plan = &package.manifest().plans[0];
    let all = package.parameters().iter();
    let mine = all.filter(|(_, it)| it.is_for(&topology.name, &software.version));
    let has_rows = |it: &Parameter| it.kind == Kind::Array && !it.examples.is_empty();
    let open = mine.filter(|(_, it)| it.default(plan.size).is_none() || has_rows(it));
    open.map(|(name, it)| (name.clone(), made_up(it))).collect()
}

fn made_up(parameter: &Parameter) -> Value {
    if let Some(example) = parameter.examples.first() {
        return example.clone();
    }
    let least = parameter.least().unwrap_or(1 << 20);
    match (parameter.kind, &parameter.choices) {
        (Kind::Boolean, _) => false.into(),
        (Kind::Integer, _) => least.into(),
        (Kind::String, _) if parameter.is_bytes() => amount::format(least).into(),
        (Kind::String, Some(choices)) => choices.first().cloned().unwrap_or_default().into(),
        (Kind::String, None) => "trial".into(),
        (Kind::Array, _) => Value::Array(Vec::new()),
    }
}

fn specification(
    package: &Package,
    topology: &Topology,
    software: &SoftwareVersion,
    plan: &PlanTemplate,
    parameters: form::Values,
) -> InstanceSpec {
    let members = topology::members(package, &topology.name).unwrap_or_default();
    let id = |number: i32| Uuid::from_u128(u128::from(number.unsigned_abs()));
    let (parameters, given) = form::part(package, "trial", &parameters);
    let made = package.manifest().secrets.iter();
    let made = made.map(|rule| (rule.name.clone(), Secret::new("trial")));
    InstanceSpec {
        id: InstanceId::from(id(0)),
        generation: Generation(1),
        tenant: TenantId::from(id(0)),
        project: ProjectId::from(id(0)),
        name: "trial".to_owned(),
        package: package.reference(),
        software_version: software.version.clone(),
        topology: topology.name.clone(),
        size: plan.size,
        members: members
            .into_iter()
            .map(|member| MemberSpec {
                id: MemberId::from(id(member.ordinal)),
                ordinal: member.ordinal,
                role: member.role,
                volume: VolumeId::from(id(member.ordinal)),
            })
            .collect(),
        parameters,
        secrets: made.chain(given).collect(),
        wish: Wish::Running,
        operation: OperationSpec {
            id: OperationId::from(id(0)),
            kind: OperationKind::Install,
            deadline: Instant::from_micros(0),
            is_done: false,
        },
    }
}

fn places(spec: &InstanceSpec) -> Surroundings {
    let members = spec.members.iter().map(|member| {
        let endpoint = Endpoint { host: "192.0.2.1".to_owned(), port: 1024 };
        let directory = format!("/trial/{}", member.ordinal);
        (member.id, Place { member: member.id, directory, endpoint })
    });
    members.collect()
}

fn of_recipe(error: RecipeError) -> PackageError {
    match error {
        RecipeError::Template(error) => error,
        other => PackageError::of_file(read::MANIFEST, other.to_string()),
    }
}
