//! The words of `package.toml`.
//!
//! Only the shape is here; whether the words fit together is judged in `package::check`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use types::size::Size;

use crate::recipe::Expect;
use crate::text::Text;

/// A whole `package.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The package's name, e.g. `redis`.
    pub name: String,
    /// The version of the package, not of the software in it.
    pub version: String,
    /// What kind of middleware, e.g. `cache`; for filters.
    pub class: String,
    /// For people.
    pub title: Text,
    /// One or two sentences for the catalogue.
    pub summary: Text,
    /// The software versions it can install, the preferred one first.
    pub software: Vec<SoftwareVersion>,
    /// The topologies it can make, the preferred one first.
    pub topologies: Vec<Topology>,
    /// Sizes that offerings start from.
    pub plans: Vec<PlanTemplate>,
    /// Passwords and keys to generate for each instance. Templates find them beside the secret
    /// parameters that users give.
    #[serde(default)]
    pub secrets: Vec<SecretRule>,
    /// Files of each member's directory.
    #[serde(default)]
    pub files: Vec<FileTemplate>,
    /// What is run in the foreground.
    pub process: ProcessTemplate,
    /// Asks the product whether it would take the files, before they replace the ones in use.
    #[serde(default)]
    pub check: Option<CheckTemplate>,
    /// A member is healthy when this passes.
    pub health: ProbeTemplate,
    /// Tells the role that a member has now.
    #[serde(default)]
    pub role: Option<ProbeTemplate>,
    /// Brings changed hot parameters to a running member; needed if any parameter is hot.
    #[serde(default)]
    pub hot: Option<HotTemplate>,
    /// How users reach it.
    #[serde(default)]
    pub connect: Vec<ConnectTemplate>,
    /// Groups of parameters in the order of the form; each parameter is in exactly one.
    #[serde(default)]
    pub form: Vec<FormGroup>,
    /// Named sets of values, to begin with or to be pushed to instances later.
    #[serde(default)]
    pub templates: Vec<ParameterTemplate>,
}

/// A version of the product that users can choose.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftwareVersion {
    /// As users choose it, e.g. `7.0`.
    pub version: String,
    /// Where its files come from.
    pub medium: MediumRule,
}

/// Where the files of a software version come from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediumRule {
    /// Debian packages to unpack.
    pub debian_packages: Vec<String>,
    /// What the installed version must begin with, behind an epoch.
    pub version_prefix: String,
    /// The Debian package whose version is recorded as the software's.
    pub main_package: String,
    /// Kinds of processors it was tried on, in Debian's words; all that the sources have if empty.
    #[serde(default)]
    pub architectures: Vec<String>,
}

/// A way to arrange members.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topology {
    /// The name, e.g. `primary-replica`.
    pub name: String,
    /// For people.
    pub title: Text,
    /// What it promises, in a sentence.
    pub summary: Text,
    /// Its members by role; ordinals are counted in this order.
    pub members: Vec<RoleRule>,
}

/// The members of one role in a topology.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleRule {
    /// The member role.
    pub role: String,
    /// How many members have it.
    pub count: u16,
    /// Members start in this order; equal ones may start together.
    pub start_order: i32,
}

/// A size that an offering can start from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanTemplate {
    /// The name, e.g. `small`.
    pub name: String,
    /// For people.
    pub title: Text,
    /// Granted to each member.
    pub size: Size,
}

/// A secret to generate for each instance.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretRule {
    /// The name that templates use.
    pub name: String,
    /// Stands in its place where it must not be seen.
    pub title: Text,
    /// Number of characters.
    pub length: usize,
    /// The characters it is made of, each once.
    pub alphabet: String,
}

/// How values are written into a file so that they stay values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Words separated by blanks; a value that is not a plain word goes into double quotes with
    /// backslash escapes, as in `redis.conf`.
    QuotedWords,
    /// Values as they are; one with a control character is refused.
    Plain,
    /// Words in directives that end with `;`, as in `nginx.conf`. A value that is not a plain word
    /// goes into double quotes; one with a control character or a `$`, which would name a variable,
    /// is refused.
    Directives,
    /// Text and attributes of HTML.
    Html,
    /// Values with their line breaks; for files that hold nothing else.
    Verbatim,
}

/// A file made from a template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileTemplate {
    /// Path below the member's directory.
    pub path: String,
    /// Path of the template in the package.
    pub template: String,
    /// How values are written.
    pub format: Format,
}

/// Something in a line of arguments. Its texts are templates without secrets.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Argument {
    /// One argument, whatever comes out of its template.
    Always(String),
    /// Arguments that are there or not.
    Sometimes(Condition),
}

/// Arguments under a condition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Template of `true` or `false`.
    pub when: String,
    /// The arguments.
    pub argv: Vec<String>,
}

/// The process of a member.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcessTemplate {
    /// Program inside the medium, and arguments.
    pub argv: Vec<Argument>,
    /// Environment; values are templates that may take secrets.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Milliseconds between the polite signal and the last one.
    pub stop_timeout_ms: u64,
}

/// A program that judges files. For it, `directory` is where the files lie that are to be judged.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckTemplate {
    /// Program inside the medium, and arguments. An exit code of 0 means that all is well.
    pub argv: Vec<Argument>,
    /// Environment; values are templates that may take secrets.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Given up after this many milliseconds.
    pub timeout_ms: u64,
}

/// A question to a running member: by a program of the medium, or by what is sent to its port.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeTemplate {
    /// Program inside the medium, and arguments; none if something is sent.
    #[serde(default)]
    pub argv: Vec<Argument>,
    /// Environment; values are templates that may take secrets.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Template of what is sent to the member's port; may take secrets.
    #[serde(default)]
    pub send: Option<String>,
    /// Given up after this many milliseconds.
    pub timeout_ms: u64,
    /// How the answer is judged.
    pub expect: Expect,
}

/// Brings changed parameters to a running member: by one command, or by something sent to its port
/// for each of them.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HotTemplate {
    /// Program inside the medium, and the arguments in front; none if something is sent.
    #[serde(default)]
    pub argv: Vec<Argument>,
    /// Arguments added for each changed parameter, from `parameter.name` and `parameter.value`.
    #[serde(default)]
    pub each: Vec<String>,
    /// Environment; values are templates that may take secrets.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Template of what is sent for each changed parameter; may take secrets.
    #[serde(default)]
    pub send: Option<String>,
    /// What the answer has to be, beside an exit code of 0; needed if something is sent.
    #[serde(default)]
    pub expect: Option<Expect>,
    /// Given up after this many milliseconds.
    pub timeout_ms: u64,
}

/// How users reach members of some roles. Secrets appear as their titles only.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectTemplate {
    /// What the endpoint is for, e.g. `read-only`.
    pub kind: String,
    /// The member roles that offer it.
    pub roles: Vec<String>,
    /// For people.
    pub title: Text,
    /// Template of an address for clients.
    #[serde(default)]
    pub uri: Option<String>,
    /// What to type.
    #[serde(default)]
    pub examples: Vec<ExampleTemplate>,
}

/// Something to type or to copy.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExampleTemplate {
    /// For people.
    pub title: Text,
    /// Template of the text.
    pub text: String,
}

/// Parameters that stand together in the form.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormGroup {
    /// For people.
    pub title: Text,
    /// Names of parameters, in order.
    pub parameters: Vec<String>,
}

/// A named set of values. What it does not name keeps its value.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParameterTemplate {
    /// The name, e.g. `throughput`.
    pub name: String,
    /// For people.
    pub title: Text,
    /// What it is good for and what it costs, in a sentence.
    pub summary: Text,
    /// Values by parameter; one that a topology or software version lacks is left out there.
    pub parameters: BTreeMap<String, Value>,
}

impl Manifest {
    /// The template with this name.
    pub fn template(&self, name: &str) -> Option<&ParameterTemplate> {
        self.templates.iter().find(|template| template.name == name)
    }

    /// The software version with this name.
    pub fn software(&self, version: &str) -> Option<&SoftwareVersion> {
        self.software.iter().find(|software| software.version == version)
    }

    /// The topology with this name.
    pub fn topology(&self, name: &str) -> Option<&Topology> {
        self.topologies.iter().find(|topology| topology.name == name)
    }

    /// Whether any topology has a member of this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.topologies.iter().any(|topology| topology.has_role(role))
    }
}

impl Topology {
    /// Whether it has a member of this role.
    pub fn has_role(&self, role: &str) -> bool {
        self.members.iter().any(|rule| rule.role == role)
    }
}
