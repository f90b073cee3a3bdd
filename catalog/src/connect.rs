//! How users reach an instance. Secrets appear as placeholders only; revealing one is left to an
//! audited action of the plane.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};
use types::id::MemberId;
use types::instance::Endpoint;
use types::secret::Secret;

use crate::manifest::{ConnectTemplate, Format};
use crate::package::Package;
use crate::recipe::RecipeError;
use crate::template;
use crate::text::Text;

/// A member that clients can reach.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reachable {
    /// The member.
    pub member: MemberId,
    /// The role it has now, as its probe answered.
    pub role: String,
    /// Where it is.
    pub endpoint: Endpoint,
}

/// How one endpoint is used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Instruction {
    /// The member behind it.
    pub member: MemberId,
    /// The role the member has now.
    pub role: String,
    /// What the endpoint is for, e.g. `read-only`.
    pub kind: String,
    /// For people.
    pub title: Text,
    /// Where it is.
    pub endpoint: Endpoint,
    /// An address for clients, with placeholders for secrets.
    pub uri: Option<Text>,
    /// What to type.
    pub examples: Vec<Example>,
}

/// Something to type or to copy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// For people.
    pub title: Text,
    /// The text; the languages differ in the placeholders of secrets.
    pub text: Text,
}

/// The instructions for all members, in the package's order. A role that no endpoint is for gives
/// none.
pub fn describe(package: &Package, members: &[Reachable]) -> Result<Vec<Instruction>, RecipeError> {
    let mut instructions = Vec::new();
    for rule in &package.manifest().connect {
        for member in members.iter().filter(|member| rule.roles.contains(&member.role)) {
            instructions.push(instruction(package, rule, member)?);
        }
    }
    Ok(instructions)
}

fn instruction(
    package: &Package,
    rule: &ConnectTemplate,
    member: &Reachable,
) -> Result<Instruction, RecipeError> {
    let write = |source: &String| -> Result<Text, RecipeError> {
        let render = |choose: fn(&Text) -> &String| {
            template::render(Format::Plain, source, &context(package, member, choose))
                .map_err(|error| RecipeError::in_manifest("connect", error))
        };
        Ok(Text { en: render(|text| &text.en)?, zh: render(|text| &text.zh)? })
    };
    let examples = rule
        .examples
        .iter()
        .map(|example| Ok(Example { title: example.title.clone(), text: write(&example.text)? }));
    Ok(Instruction {
        member: member.member,
        role: member.role.clone(),
        kind: rule.kind.clone(),
        title: rule.title.clone(),
        endpoint: member.endpoint.clone(),
        uri: rule.uri.as_ref().map(write).transpose()?,
        examples: examples.collect::<Result<_, RecipeError>>()?,
    })
}

fn context(package: &Package, member: &Reachable, choose: fn(&Text) -> &String) -> Value {
    let secrets = package.manifest().secrets.iter();
    let secrets: Map<String, Value> =
        secrets.map(|rule| (rule.name.clone(), placeholder(choose(&rule.title)).into())).collect();
    json!({
        "host": member.endpoint.host,
        "port": member.endpoint.port,
        "role": member.role,
        "secrets": secrets,
    })
}

/// An English instruction with its placeholders replaced by the secrets. Only for the answer of an
/// audited action.
pub fn fill(package: &Package, text: &str, secrets: &BTreeMap<String, Secret>) -> String {
    let rules = package.manifest().secrets.iter();
    rules.fold(text.to_owned(), |text, rule| match secrets.get(&rule.name) {
        Some(secret) => text.replace(&placeholder(&rule.title.en), secret.reveal()),
        None => text,
    })
}

fn placeholder(title: &str) -> String {
    format!("<{title}>")
}
