//! Judges what a user filled in: every problem at once, each at its field.
//!
//! A parameter may be left out or be null; it then has its default. What comes back is complete
//! and has one spelling, so that equal configurations are equal values.

mod change;
mod note;
mod origin;
mod schema;
mod secret;
mod template;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use types::size::Size;

pub use self::change::{Change, MASK, apply, changes, is_default, shown};
pub use self::note::{Note, notes};
pub use self::origin::{Origin, OwnValue, Templates, follow, origin, own_values};
pub use self::schema::schema;
pub use self::secret::{fingerprint, part};
pub use self::template::template_values;
use crate::amount;
use crate::package::Package;
use crate::parameter::{Effect, Kind, Misread, Parameter, Row, TextFormat, quantity};
use crate::pem;

/// Parameters by name.
pub type Values = BTreeMap<String, Value>;

/// Why a field was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The package has no such parameter.
    Unknown,
    /// Below the least or above the greatest value, also that of the plan.
    OutOfRange,
    /// Another type of JSON.
    WrongType,
    /// Not one of the choices, not written as demanded, or not for this topology or version.
    NotAllowed,
    /// Chosen at the order and not to be changed.
    Immutable,
    /// Has no default and was left out.
    Required,
}

impl Refusal {
    /// The stable word that the API gives.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::OutOfRange => "out_of_range",
            Self::WrongType => "wrong_type",
            Self::NotAllowed => "not_allowed",
            Self::Immutable => "immutable",
            Self::Required => "required",
        }
    }
}

/// A refused field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProblem {
    /// The parameter, a field in a row of it like `upstreams[1].port`, or `topology`,
    /// `software_version`, `size`.
    pub field: String,
    /// Why.
    pub problem: Refusal,
    /// What is allowed, in English. Never repeats the value.
    pub message: String,
}

fn problem(field: &str, problem: Refusal, message: impl Into<String>) -> FieldProblem {
    FieldProblem { field: field.to_owned(), problem, message: message.into() }
}

/// The whole configuration of a new instance, or every field that is wrong.
pub fn check(
    package: &Package,
    topology: &str,
    software_version: &str,
    size: Size,
    given: &Values,
) -> Result<Values, Vec<FieldProblem>> {
    let mut problems = choices(package, topology, software_version, size);
    if !problems.is_empty() {
        // Which parameters there are depends on these.
        return Err(problems);
    }
    for name in given.keys().filter(|name| !package.parameters().contains_key(*name)) {
        problems.push(problem(name, Refusal::Unknown, "the package has no such parameter"));
    }
    let mut complete = Values::new();
    for (name, parameter) in package.parameters() {
        let value = given.get(name).filter(|value| !value.is_null());
        if !parameter.is_for(topology, software_version) {
            if value.is_some() {
                let message = "is not for this topology or software version";
                problems.push(problem(name, Refusal::NotAllowed, message));
            }
            continue;
        }
        let Some(value) = value.cloned().or_else(|| parameter.default(size)) else {
            problems.push(problem(name, Refusal::Required, "has no default, so give a value"));
            continue;
        };
        match judge(name, parameter, size, &value) {
            Ok(value) => _ = complete.insert(name.clone(), value),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() {
        problems = pairs(package, &complete);
    }
    if problems.is_empty() { Ok(complete) } else { Err(problems) }
}

/// The whole configuration after a change, or every field that is wrong. `given` holds only what is
/// to change; null gives a parameter its default again. Parameters that the package does not have
/// any more are left out.
pub fn check_change(
    package: &Package,
    topology: &str,
    software_version: &str,
    size: Size,
    current: &Values,
    given: &Values,
) -> Result<Values, Vec<FieldProblem>> {
    let mut wanted: Values = current
        .iter()
        .filter(|(name, _)| {
            let parameter = package.parameters().get(*name);
            parameter.is_some_and(|parameter| parameter.is_for(topology, software_version))
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    wanted.extend(given.iter().map(|(name, value)| (name.clone(), value.clone())));
    let (complete, mut problems) = match check(package, topology, software_version, size, &wanted) {
        Ok(complete) => (complete, Vec::new()),
        Err(problems) => (Values::new(), problems),
    };
    for (name, parameter) in package.parameters() {
        let (Some(before), Some(after)) = (current.get(name), given.get(name)) else { continue };
        if parameter.effect != Effect::Immutable {
            continue;
        }
        let after = if after.is_null() { parameter.default(size) } else { Some(after.clone()) };
        let after = after.and_then(|after| parameter.read(&after).ok());
        // A value that cannot be read has its own problem already.
        if after.is_some_and(|after| parameter.read(before).as_ref() != Ok(&after)) {
            problems.retain(|problem| problem.field != *name);
            let message = "is chosen at the order and cannot be changed";
            problems.push(problem(name, Refusal::Immutable, message));
        }
    }
    if problems.is_empty() { Ok(complete) } else { Err(problems) }
}

/// The value that a text like those of a command line stands for: `30`, `true`, `64mb`. Its range
/// is left to [`check`].
pub fn read_text(package: &Package, field: &str, text: &str) -> Result<Value, FieldProblem> {
    let Some(parameter) = package.parameters().get(field) else {
        return Err(problem(field, Refusal::Unknown, "the package has no such parameter"));
    };
    let value = match parameter.kind {
        Kind::String => Some(text.into()),
        Kind::Integer => text.parse::<i64>().ok().map(Value::from),
        Kind::Boolean => text.parse::<bool>().ok().map(Value::from),
        Kind::Array => serde_json::from_str(text).ok().filter(Value::is_array),
    };
    value.ok_or_else(|| problem(field, Refusal::WrongType, kind_wanted(parameter)))
}

fn choices(
    package: &Package,
    topology: &str,
    software_version: &str,
    size: Size,
) -> Vec<FieldProblem> {
    let manifest = package.manifest();
    let mut problems = Vec::new();
    if manifest.topology(topology).is_none() {
        let names = manifest.topologies.iter().map(|it| it.name.as_str());
        problems.push(problem("topology", Refusal::NotAllowed, one_of(names)));
    }
    if manifest.software(software_version).is_none() {
        let names = manifest.software.iter().map(|it| it.version.as_str());
        problems.push(problem("software_version", Refusal::NotAllowed, one_of(names)));
    }
    if size.millivcpu <= 0 || size.memory_mib <= 0 || size.storage_mib <= 0 {
        problems.push(problem("size", Refusal::OutOfRange, "every part must be above 0"));
    }
    problems
}

fn one_of<'a>(words: impl Iterator<Item = &'a str>) -> String {
    format!("must be one of {}", words.collect::<Vec<_>>().join(", "))
}

fn judge(
    name: &str,
    parameter: &Parameter,
    size: Size,
    value: &Value,
) -> Result<Value, Vec<FieldProblem>> {
    if let (Some(row), Some(rows)) = (&parameter.items, value.as_array()) {
        return judge_rows(name, parameter, row, size, rows);
    }
    judge_one(name, parameter, size, value).map_err(|problem| vec![problem])
}

fn judge_rows(
    name: &str,
    parameter: &Parameter,
    row: &Row,
    size: Size,
    rows: &[Value],
) -> Result<Value, Vec<FieldProblem>> {
    let most = parameter.rows_max.unwrap_or(usize::MAX);
    if rows.len() > most {
        let message = format!("must have at most {most} rows");
        return Err(vec![problem(name, Refusal::OutOfRange, message)]);
    }
    let (mut kept, mut problems) = (Vec::new(), Vec::new());
    for (index, value) in rows.iter().enumerate() {
        match judge_row(&format!("{name}[{index}]"), row, size, value) {
            Ok(value) => kept.push(value),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(Value::Array(kept)) } else { Err(problems) }
}

fn judge_row(path: &str, row: &Row, size: Size, value: &Value) -> Result<Value, Vec<FieldProblem>> {
    let Some(given) = value.as_object() else {
        let names = row.fields.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        let message = format!("must be an object with {names}");
        return Err(vec![problem(path, Refusal::WrongType, message)]);
    };
    let unknown = given.keys().filter(|name| !row.fields.contains_key(*name));
    let message = "a row has no such field";
    let mut problems: Vec<_> =
        unknown.map(|name| problem(&format!("{path}.{name}"), Refusal::Unknown, message)).collect();
    let mut kept = serde_json::Map::new();
    for (name, field) in &row.fields {
        let path = format!("{path}.{name}");
        let value = given.get(name).filter(|value| !value.is_null()).or(field.default.as_ref());
        let Some(value) = value else {
            if row.required.contains(name) {
                problems.push(problem(&path, Refusal::Required, "has to be given"));
            }
            continue;
        };
        match judge_one(&path, field, size, value) {
            Ok(value) => _ = kept.insert(name.clone(), value),
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(Value::Object(kept)) } else { Err(problems) }
}

/// Private keys that do not go with their certificates.
fn pairs(package: &Package, complete: &Values) -> Vec<FieldProblem> {
    let text = |name: &str| complete.get(name).and_then(Value::as_str).unwrap_or_default();
    let keys = package.parameters().iter().filter_map(|(key, it)| Some((key, it.key_of.as_ref()?)));
    let judged = keys.filter_map(|(key, certificate)| match (text(certificate), text(key)) {
        ("", "") => None,
        ("", _) => Some(problem(certificate, Refusal::Required, "the key has no certificate")),
        (_, "") => Some(problem(key, Refusal::Required, "the certificate has no key")),
        (chain, own) if pem::fits(chain, own) => None,
        _ => {
            let message = format!("is not the key of the first certificate in {certificate}");
            Some(problem(key, Refusal::NotAllowed, message))
        }
    });
    judged.collect()
}

fn judge_one(
    name: &str,
    parameter: &Parameter,
    size: Size,
    value: &Value,
) -> Result<Value, FieldProblem> {
    let value = parameter.read(value).map_err(|misread| match misread {
        Misread::Type => problem(name, Refusal::WrongType, kind_wanted(parameter)),
        Misread::Form => problem(name, Refusal::NotAllowed, form_wanted(parameter)),
    })?;
    let Some(number) = quantity(parameter, &value) else { return Ok(value) };
    let shown = |limit: i64| match (parameter.is_bytes(), &parameter.unit) {
        (true, _) => amount::format(limit),
        (false, Some(unit)) => format!("{limit} {unit}"),
        (false, None) => limit.to_string(),
    };
    if let Some(least) = parameter.least().filter(|least| number < *least) {
        let message = format!("must be at least {}", shown(least));
        return Err(problem(name, Refusal::OutOfRange, message));
    }
    if let Some(most) = parameter.most(size).filter(|most| number > *most) {
        let why = if parameter.maximum_of.is_some() { " for this size" } else { "" };
        let message = format!("must be at most {}{why}", shown(most));
        return Err(problem(name, Refusal::OutOfRange, message));
    }
    Ok(value)
}

fn kind_wanted(parameter: &Parameter) -> &'static str {
    match parameter.kind {
        Kind::String if parameter.is_bytes() => "must be a text such as 64mb",
        Kind::String => "must be a text",
        Kind::Integer => "must be a whole number",
        Kind::Boolean => "must be true or false",
        Kind::Array => "must be a list",
    }
}

fn form_wanted(parameter: &Parameter) -> String {
    if parameter.is_bytes() {
        return "must be a whole number with kb, mb or gb, such as 64mb".to_owned();
    }
    match parameter.format {
        Some(TextFormat::Certificate) => {
            return "must be certificates in PEM, the server's own first, and nothing else"
                .to_owned();
        }
        Some(TextFormat::PrivateKey) => {
            let kind = "must be one RSA, ECDSA or Ed25519 key in PEM without a passphrase";
            return format!("{kind}, and nothing else");
        }
        _ => {}
    }
    if let Some(choices) = &parameter.choices {
        return one_of(choices.iter().map(String::as_str));
    }
    let examples = parameter.examples.iter().filter_map(Value::as_str);
    match examples.collect::<Vec<_>>().as_slice() {
        [] => "must be one line of the allowed form and length".to_owned(),
        examples => format!("must be written like {}", examples.join(" or ")),
    }
}
