//! From a package and a specification to recipes. Pure, and without trust in the values: what a
//! template writes is escaped, and a parameter that the package does not know is refused.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use types::id::MemberId;
use types::instance::{InstanceSpec, MemberSpec};
use types::secret::Secret;

use super::{
    CANDIDATE, Check, Command, Exchange, HotChange, InstanceRecipe, Medium, MemberRecipe, Probe,
    Question, RecipeError, RenderedFile, Surroundings,
};
use crate::manifest::{Argument, Condition, Format, ProbeTemplate, Topology};
use crate::package::Package;
use crate::parameter::Effect;
use crate::template;

fn unknown(kind: &'static str, name: &str) -> RecipeError {
    RecipeError::Unknown { kind, name: name.to_owned() }
}

/// The medium and the recipes of all members. Every member must have its place.
pub fn render(
    package: &Package,
    spec: &InstanceSpec,
    surroundings: &Surroundings,
) -> Result<InstanceRecipe, RecipeError> {
    let topology = agree(package, spec)?;
    let mut members = Vec::with_capacity(spec.members.len());
    for member in &spec.members {
        let kitchen = Kitchen::open(package, spec, surroundings, member)?;
        members.push(kitchen.member(topology)?);
    }
    members.sort_by_key(|member| member.start_order);
    Ok(InstanceRecipe { medium: medium(package, &spec.software_version)?, members })
}

/// Where the files of a software version come from; needs no place of a member yet.
pub fn medium(package: &Package, software_version: &str) -> Result<Medium, RecipeError> {
    let software = package.manifest().software(software_version);
    let software = software.ok_or_else(|| unknown("software version", software_version))?;
    Ok(Medium {
        package: package.manifest().name.clone(),
        software_version: software.version.clone(),
        debian_packages: software.medium.debian_packages.clone(),
        version_prefix: software.medium.version_prefix.clone(),
        main_package: software.medium.main_package.clone(),
    })
}

/// What brings hot parameters to a running member, with their values from the specification. Those
/// of `changed` that are not hot are left out: a restart brings them. The member's files have to be
/// written too, or the next restart forgets the change.
pub fn hot_changes(
    package: &Package,
    spec: &InstanceSpec,
    changed: &BTreeSet<String>,
    surroundings: &Surroundings,
    member: MemberId,
) -> Result<Vec<HotChange>, RecipeError> {
    agree(package, spec)?;
    let member = spec.members.iter().find(|it| it.id == member);
    let member = member.ok_or_else(|| unknown("member", "asked for"))?;
    let mut hot = BTreeMap::new();
    for name in changed {
        let parameter = package.parameters().get(name);
        let parameter = parameter.ok_or_else(|| unknown("parameter", name))?;
        let value = spec.parameters.get(name).filter(|_| parameter.effect == Effect::Hot);
        hot.extend(value.map(|value| (name, value)));
    }
    let Some(rule) = package.manifest().hot.as_ref().filter(|_| !hot.is_empty()) else {
        return Ok(Vec::new());
    };
    let kitchen = Kitchen::open(package, spec, surroundings, member)?;
    let with = |context: &Value, name: &String, value: &Value| {
        let mut context = context.clone();
        context["parameter"] = json!({ "name": name, "value": value });
        context
    };
    let expect = rule.expect.clone();
    if let Some(source) = &rule.send {
        let each = hot.into_iter().map(|(name, value)| {
            let text = plain("hot.send", source, &with(&kitchen.closed, name, value))?;
            let exchange = Exchange { send: Secret::new(text), timeout_ms: rule.timeout_ms };
            Ok(HotChange { question: Question::Exchange(exchange), expect: expect.clone() })
        });
        return each.collect();
    }
    let mut command = kitchen.command("hot", &rule.argv, &rule.environment, rule.timeout_ms)?;
    for (name, value) in hot {
        let context = with(&kitchen.open, name, value);
        for item in &rule.each {
            command.argv.push(plain("hot.each", item, &context)?);
        }
    }
    Ok(vec![HotChange { question: Question::Command(command), expect }])
}

/// Whether specification and package speak of the same things.
fn agree<'a>(package: &'a Package, spec: &InstanceSpec) -> Result<&'a Topology, RecipeError> {
    if package.reference() != spec.package {
        let wanted = format!("{} {}", spec.package.name, spec.package.version);
        return Err(RecipeError::PackageDiffers { wanted });
    }
    let topology = package.manifest().topology(&spec.topology);
    let topology = topology.ok_or_else(|| unknown("topology", &spec.topology))?;
    for member in &spec.members {
        if !topology.has_role(&member.role) {
            return Err(unknown("role", &member.role));
        }
    }
    for name in spec.parameters.keys() {
        let parameter = package.parameters().get(name);
        let is_ours = parameter.is_some_and(|it| it.is_for(&spec.topology, &spec.software_version));
        if !is_ours {
            return Err(unknown("parameter", name));
        }
    }
    let made = package.manifest().secrets.iter().map(|rule| &rule.name);
    let given = package
        .parameters()
        .iter()
        .filter(|(name, it)| it.is_secret && spec.parameters.contains_key(*name));
    let mut wanted = made.chain(given.map(|(name, _)| name));
    match wanted.find(|name| !spec.secrets.contains_key(*name)) {
        Some(name) => Err(RecipeError::SecretMissing { name: name.clone() }),
        None => Ok(topology),
    }
}

/// What templates of one member can name.
struct Kitchen<'a> {
    package: &'a Package,
    member: &'a MemberSpec,
    /// Without secrets: for what others can see, such as arguments.
    open: Value,
    /// With secrets: for files and environments.
    closed: Value,
}

impl<'a> Kitchen<'a> {
    fn open(
        package: &'a Package,
        spec: &InstanceSpec,
        surroundings: &Surroundings,
        member: &'a MemberSpec,
    ) -> Result<Self, RecipeError> {
        let place = |member: &MemberSpec| {
            let missing = RecipeError::PlaceMissing { member: member.id };
            surroundings.get(&member.id).ok_or(missing)
        };
        let mut members = Vec::with_capacity(spec.members.len());
        for other in &spec.members {
            let endpoint = &place(other)?.endpoint;
            members.push(json!({
                "id": other.id, "ordinal": other.ordinal, "role": other.role,
                "host": endpoint.host, "port": endpoint.port,
            }));
        }
        let own = place(member)?;
        let open = json!({
            "instance": { "id": spec.id, "name": spec.name },
            "software_version": spec.software_version,
            "topology": spec.topology,
            "size": spec.size,
            "member": { "id": member.id, "ordinal": member.ordinal, "role": member.role },
            "members": members,
            "directory": own.directory,
            "host": own.endpoint.host,
            "port": own.endpoint.port,
            "parameters": spec.parameters,
        });
        let mut closed = open.clone();
        let secrets =
            spec.secrets.iter().map(|(name, secret)| (name.clone(), secret.reveal().into()));
        closed["secrets"] = Value::Object(secrets.collect());
        Ok(Self { package, member, open, closed })
    }

    fn member(&self, topology: &Topology) -> Result<MemberRecipe, RecipeError> {
        let manifest = self.package.manifest();
        let rule = topology.members.iter().find(|rule| rule.role == self.member.role);
        let rule = rule.ok_or_else(|| unknown("role", &self.member.role))?;
        let process = &manifest.process;
        Ok(MemberRecipe {
            id: self.member.id,
            start_order: rule.start_order,
            role: self.member.role.clone(),
            files: self.files("")?,
            check: self.check()?,
            process: self.command("process", &process.argv, &process.environment, 0)?,
            stop_timeout_ms: process.stop_timeout_ms,
            health: self.probe("health", &manifest.health)?,
            role_probe: manifest.role.as_ref().map(|it| self.probe("role", it)).transpose()?,
        })
    }

    fn files(&self, folder: &str) -> Result<Vec<RenderedFile>, RecipeError> {
        let files = self.package.manifest().files.iter().map(|file| {
            let source = self.package.template(&file.template).unwrap_or_default();
            let content = template::render(file.format, source, &self.closed)
                .map_err(|error| RecipeError::in_file(&file.template, error))?;
            let path = format!("{folder}{}", file.path);
            Ok(RenderedFile { path, content: Secret::new(content) })
        });
        files.collect()
    }

    /// The same member in the folder of candidates.
    fn check(&self) -> Result<Option<Check>, RecipeError> {
        let Some(rule) = &self.package.manifest().check else { return Ok(None) };
        let move_to = |context: &Value| {
            let mut context = context.clone();
            let directory = context["directory"].as_str().unwrap_or_default();
            context["directory"] = format!("{directory}/{CANDIDATE}").into();
            context
        };
        let (open, closed) = (move_to(&self.open), move_to(&self.closed));
        let beside = Self { package: self.package, member: self.member, open, closed };
        let command = beside.command("check", &rule.argv, &rule.environment, rule.timeout_ms)?;
        Ok(Some(Check { files: beside.files(&format!("{CANDIDATE}/"))?, command }))
    }

    fn probe(&self, field: &str, rule: &ProbeTemplate) -> Result<Probe, RecipeError> {
        let timeout_ms = rule.timeout_ms;
        let question = match &rule.send {
            Some(source) => {
                let send = Secret::new(plain(&format!("{field}.send"), source, &self.closed)?);
                Question::Exchange(Exchange { send, timeout_ms })
            }
            None => {
                let command = self.command(field, &rule.argv, &rule.environment, timeout_ms)?;
                Question::Command(command)
            }
        };
        Ok(Probe { question, expect: rule.expect.clone() })
    }

    fn command(
        &self,
        field: &str,
        argv: &[Argument],
        environment: &BTreeMap<String, String>,
        timeout_ms: u64,
    ) -> Result<Command, RecipeError> {
        let argv = self.arguments(&format!("{field}.argv"), argv)?;
        let place = format!("{field}.environment");
        let environment = environment.iter().map(|(name, source)| {
            Ok((name.clone(), Secret::new(plain(&place, source, &self.closed)?)))
        });
        Ok(Command {
            argv,
            environment: environment.collect::<Result<_, RecipeError>>()?,
            stdin: None,
            timeout_ms,
        })
    }

    fn arguments(&self, place: &str, items: &[Argument]) -> Result<Vec<String>, RecipeError> {
        let mut argv = Vec::with_capacity(items.len());
        for item in items {
            match item {
                Argument::Always(source) => argv.push(plain(place, source, &self.open)?),
                Argument::Sometimes(Condition { when, argv: more }) => {
                    match plain(place, when, &self.open)?.as_str() {
                        "false" => continue,
                        "true" => {}
                        _ => return Err(RecipeError::not_a_condition(place)),
                    }
                    for source in more {
                        argv.push(plain(place, source, &self.open)?);
                    }
                }
            }
        }
        Ok(argv)
    }
}

fn plain(field: &str, source: &str, context: &Value) -> Result<String, RecipeError> {
    template::render(Format::Plain, source, context)
        .map_err(|error| RecipeError::in_manifest(field, error))
}
