//! What runs members: on hosts, on Kubernetes, or in memory for stories.
//!
//! Every function is safe to repeat: a lost answer or a crash is followed by the same call again.
//! All of them are keyed by the member's id, so nothing is ever made twice.

use async_trait::async_trait;
use catalog::recipe::{Command, Exchange, Medium, MemberRecipe, Place, Question};
use types::cell::HostFacts;
use types::id::{InstanceId, MemberId};
use types::instance::Software;
use types::instant::Instant;
use types::size::Size;

use crate::preflight::{Check, Need};

/// Why a connector could not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectorError {
    /// Worth another try in the next round.
    #[error("{code}: {message}")]
    Unavailable {
        /// A stable code like `PACKAGE_SOURCE_UNREACHABLE`.
        code: &'static str,
        /// What happened and what to do.
        message: String,
    },
    /// No retry helps; a person has to change what is desired.
    #[error("{code}: {message}")]
    Refused {
        /// A stable code like `NO_FREE_PORT`.
        code: &'static str,
        /// What happened and what to do.
        message: String,
    },
    /// The member is not there.
    #[error("member not found")]
    NotFound,
}

/// Takes the lines of a step's log. Lines never hold secrets.
pub trait StepLog: Send + Sync {
    /// Adds one line.
    fn line(&self, text: &str);
}

/// Which member is meant, and what it is granted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRequest {
    /// The member.
    pub member: MemberId,
    /// Whose member it is.
    pub instance: InstanceId,
    /// Counts from 0 within the instance.
    pub ordinal: i32,
    /// The instance's name, for people who look at the host.
    pub instance_name: String,
    /// What it is granted.
    pub size: Size,
}

/// What a process of a member is doing, as its keeper knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ProcessState {
    /// Placed, never started, or stopped by wish.
    Stopped,
    /// A process is there.
    Running,
    /// Ended by itself; will be started again after a pause.
    Backoff,
    /// Ended by itself too often; given up until somebody starts it again.
    GivenUp,
}

/// What is seen of one member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberSeen {
    /// Where it is.
    pub place: Place,
    /// What its process is doing.
    pub process: ProcessState,
    /// Since when.
    pub since: Instant,
    /// Process id, if a process is there.
    pub pid: Option<u32>,
    /// How often it was started again after it ended by itself.
    pub restarts: u32,
    /// The last words of the process if it ended by itself, without secrets.
    pub last_exit: Option<String>,
}

/// An entry in the journal that a member's keeper writes, also while no agent is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessChange {
    /// What the process did from `at` on.
    pub process: ProcessState,
    /// When, by the clock of the host.
    pub at: Instant,
}

/// What came out of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandOutput {
    /// Exit code; none if it was ended by a signal or given up on.
    pub code: Option<i32>,
    /// Standard output, at most 64 KiB of it.
    pub stdout: String,
    /// Standard error, at most 64 KiB of it.
    pub stderr: String,
}

/// Runs members.
#[async_trait]
pub trait Runtime: Send + Sync {
    /// Looks at one thing that an installation needs, and changes nothing. Says what was found, or
    /// refuses with what is missing.
    async fn look(&self, check: Check, need: &Need) -> Result<String, ConnectorError>;

    /// Brings the product's files here, checks what vouches for them and says what they are.
    async fn install(&self, medium: &Medium, log: &dyn StepLog)
    -> Result<Software, ConnectorError>;

    /// Reserves directory, user and port. Asked again, it answers the same place.
    async fn place(
        &self,
        request: &MemberRequest,
        log: &dyn StepLog,
    ) -> Result<Place, ConnectorError>;

    /// Writes the files of the recipe whose content differs; says whether any did.
    async fn write(&self, recipe: &MemberRecipe, log: &dyn StepLog)
    -> Result<bool, ConnectorError>;

    /// Asks the product whether it would take the files of the recipe; those in use stay as they
    /// are. None if it cannot be asked.
    async fn check(
        &self,
        recipe: &MemberRecipe,
        medium: &Medium,
    ) -> Result<Option<CommandOutput>, ConnectorError>;

    /// Starts the process unless it runs. The recipe's process is kept for restarts after a crash.
    async fn start(
        &self,
        recipe: &MemberRecipe,
        medium: &Medium,
        log: &dyn StepLog,
    ) -> Result<(), ConnectorError>;

    /// Stops the process, politely first; data stays.
    async fn stop(&self, member: MemberId, log: &dyn StepLog) -> Result<(), ConnectorError>;

    /// Stops the process and removes directory, user and port. Fine if nothing is left.
    async fn remove(&self, member: MemberId, log: &dyn StepLog) -> Result<(), ConnectorError>;

    /// Runs a command beside the member, as the member's user.
    async fn run(
        &self,
        member: MemberId,
        medium: &Medium,
        command: &Command,
    ) -> Result<CommandOutput, ConnectorError>;

    /// Sends a text to the member's port and takes the first line of what is answered. A member
    /// that cannot be reached gives the code 1, one that does not answer in time none.
    async fn exchange(
        &self,
        member: MemberId,
        exchange: &Exchange,
    ) -> Result<CommandOutput, ConnectorError>;

    /// Asks the member the one way or the other.
    async fn ask(
        &self,
        member: MemberId,
        medium: &Medium,
        question: &Question,
    ) -> Result<CommandOutput, ConnectorError> {
        match question {
            Question::Command(command) => self.run(member, medium, command).await,
            Question::Exchange(exchange) => self.exchange(member, exchange).await,
        }
    }

    /// What is there now.
    async fn see(&self, member: MemberId) -> Result<MemberSeen, ConnectorError>;

    /// The journal of the member's process after the instant, oldest first.
    async fn journal(
        &self,
        member: MemberId,
        after: Instant,
    ) -> Result<Vec<ProcessChange>, ConnectorError>;

    /// The last lines that the member's process printed, oldest first, without secrets; none where
    /// nobody keeps them.
    async fn last_lines(&self, member: MemberId) -> Result<Vec<String>, ConnectorError> {
        let _ = member;
        Ok(Vec::new())
    }

    /// All members that are here, wanted or not.
    async fn list(&self) -> Result<Vec<MemberId>, ConnectorError>;

    /// What members run on and what is left of it; none where nobody can say.
    async fn host(&self) -> Option<HostFacts> {
        None
    }
}
