//! Rendered steps of a package: what a runtime is asked to do for one instance, free of templates.
//!
//! Rendering is pure. Ports, directories and addresses come from the runtime through
//! [`Surroundings`]; secrets are taken out of the specification only into files and environments.

mod error;
mod render;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use types::id::MemberId;
use types::instance::Endpoint;
use types::secret::Secret;

pub use self::error::RecipeError;
pub use self::render::{hot_changes, medium, render};

/// Where a product's files come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Medium {
    /// The package this medium belongs to, e.g. `redis`.
    pub package: String,
    /// The software version that users choose, e.g. `7.0`.
    pub software_version: String,
    /// Debian packages to unpack, with the libraries they need resolved at the time; the trust is
    /// apt's signature chain.
    pub debian_packages: Vec<String>,
    /// What the installed version must begin with, behind an epoch, e.g. `7.0.`.
    pub version_prefix: String,
    /// The Debian package whose version and digest are recorded as the software's.
    pub main_package: String,
}

/// A file that the package wants in a member's directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderedFile {
    /// Path below the member's directory; never absolute, never with `..`.
    pub path: String,
    /// The whole content. May hold secrets, so files are written with mode 0600.
    pub content: Secret,
}

/// A program call without a shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Program and arguments. The program is a path inside the medium, e.g. `usr/bin/redis-cli`.
    /// Never holds a secret.
    pub argv: Vec<String>,
    /// Environment beside a minimal one; the way for secrets.
    pub environment: BTreeMap<String, Secret>,
    /// Given on standard input; the other way for secrets.
    pub stdin: Option<Secret>,
    /// Given up after this many milliseconds; 0 for a member's process, which is not given up.
    pub timeout_ms: u64,
}

/// A text that is sent to the member's own port, and answered there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// What is sent. May hold secrets.
    pub send: Secret,
    /// Given up after this many milliseconds.
    pub timeout_ms: u64,
}

/// A way to ask a running member something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// By a program that is run beside it.
    Command(Command),
    /// By its own port.
    Exchange(Exchange),
}

/// A question to a running member with what its answer has to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// What is asked.
    pub question: Question,
    /// How the answer is judged.
    pub expect: Expect,
}

/// Brings changed parameters to a running member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotChange {
    /// What is run or sent.
    pub question: Question,
    /// How the answer is judged, beside the exit code.
    pub expect: Option<Expect>,
}

/// How a probe's output is judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Expect {
    /// The first line equals the text.
    FirstLine {
        /// The whole first line, without its end.
        text: String,
    },
    /// The first line is looked up; the value found is the answer (e.g. `master` → `primary`).
    Lookup {
        /// Answers by first line.
        words: BTreeMap<String, String>,
    },
}

/// Files as they would be, in a folder beside the ones in use, and what judges them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The files; all are in the folder [`CANDIDATE`].
    pub files: Vec<RenderedFile>,
    /// What is run; the exit code 0 means that all is well.
    pub command: Command,
}

/// The folder in a member's directory for files that are only judged.
pub const CANDIDATE: &str = ".candidate";

/// Everything a runtime needs to run one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRecipe {
    /// The member.
    pub id: MemberId,
    /// Members start in this order; equal ones may start together.
    pub start_order: i32,
    /// The member role it was made with.
    pub role: String,
    /// Files of its directory.
    pub files: Vec<RenderedFile>,
    /// How the product judges these files before they replace the ones in use.
    pub check: Option<Check>,
    /// What is run in the foreground; its program is a path inside the medium.
    pub process: Command,
    /// Milliseconds between the polite signal and the last one.
    pub stop_timeout_ms: u64,
    /// Healthy when this passes.
    pub health: Probe,
    /// Tells the role the member has now.
    pub role_probe: Option<Probe>,
}

/// Everything a runtime needs to run an instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceRecipe {
    /// Where the product's files come from.
    pub medium: Medium,
    /// Its members, by start order and then by ordinal.
    pub members: Vec<MemberRecipe>,
}

/// What the runtime decided about the place of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The member.
    pub member: MemberId,
    /// Its directory, absolute.
    pub directory: String,
    /// Where clients reach it.
    pub endpoint: Endpoint,
}

/// The places of all members of an instance, by member.
pub type Surroundings = BTreeMap<MemberId, Place>;

/// How changed parameters reach a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Apply {
    /// By a command to the running process; nobody notices.
    Hot,
    /// By a rolling restart, one member at a time.
    Restart,
}
