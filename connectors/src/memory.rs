//! Members in memory, for stories that run in one process and turn the clock by hand.
//!
//! It keeps what a host would keep and passes the same contract; processes are entries that can be
//! crashed, refused and forgotten by wish of the story.

mod member;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use catalog::recipe::{Command, Exchange, Expect, Medium, MemberRecipe, Place, Probe, Question};
use types::cell::HostFacts;
use types::clock::SharedClock;
use types::id::MemberId;
use types::instance::{Endpoint, Software};
use types::instant::Instant;

use crate::preflight::{self, Check, Need};
use crate::runtime::{
    CommandOutput, ConnectorError, MemberRequest, MemberSeen, ProcessChange, Runtime, StepLog,
};
use member::Member;

const FIRST_PORT: u16 = 20_000;

/// A function of the trait, for planting faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// [`Runtime::look`], whatever is looked at.
    Look,
    /// [`Runtime::install`].
    Install,
    /// [`Runtime::place`].
    Place,
    /// [`Runtime::write`].
    Write,
    /// [`Runtime::start`].
    Start,
    /// [`Runtime::stop`].
    Stop,
    /// [`Runtime::remove`].
    Remove,
    /// [`Runtime::run`].
    Run,
    /// [`Runtime::see`].
    See,
}

#[derive(Default)]
struct Kept {
    members: BTreeMap<MemberId, Member>,
    faults: BTreeMap<Step, ConnectorError>,
    answers: Vec<(Vec<String>, CommandOutput)>,
    ran: Vec<(MemberId, Vec<String>)>,
    lines: Vec<String>,
    next_pid: u32,
}

/// A host that is not there.
pub struct MemoryRuntime {
    clock: SharedClock,
    facts: Mutex<Option<HostFacts>>,
    kept: Mutex<Kept>,
}

impl MemoryRuntime {
    /// An empty host whose processes start again by the given clock.
    pub fn new(clock: SharedClock) -> Self {
        Self { clock, facts: Mutex::default(), kept: Mutex::default() }
    }

    /// From now on the host is like this.
    pub fn describe(&self, facts: HostFacts) {
        *self.facts.lock().unwrap_or_else(PoisonError::into_inner) = Some(facts);
    }

    /// From now on the step fails like this.
    pub fn refuse(&self, step: Step, error: ConnectorError) {
        self.kept().faults.insert(step, error);
    }

    /// From now on the step works again.
    pub fn allow(&self, step: Step) {
        self.kept().faults.remove(&step);
    }

    /// Ends the member's process as if it had ended by itself. Nothing happens if none is there.
    pub fn crash(&self, member: MemberId) {
        let now = self.clock.now();
        if let Some(member) = self.kept().members.get_mut(&member) {
            member.crash(now, "ended by signal 9");
        }
    }

    /// Loses everything about the member, like a host whose disk was replaced.
    pub fn forget(&self, member: MemberId) {
        self.kept().members.remove(&member);
    }

    /// From now on a command with these arguments answers this instead of what its probe expects.
    /// What is sent to a port counts as one argument.
    pub fn answer(&self, argv: &[&str], output: CommandOutput) {
        let argv: Vec<String> = argv.iter().map(|word| (*word).to_owned()).collect();
        let mut kept = self.kept();
        kept.answers.retain(|(there, _)| *there != argv);
        kept.answers.push((argv, output));
    }

    /// From now on this is what processes print last.
    pub fn print(&self, lines: &[&str]) {
        self.kept().lines = lines.iter().map(|line| (*line).to_owned()).collect();
    }

    /// The commands that were run, oldest first.
    pub fn ran(&self) -> Vec<(MemberId, Vec<String>)> {
        self.kept().ran.clone()
    }

    /// The content of a file that was written for the member.
    pub fn file(&self, member: MemberId, path: &str) -> Option<String> {
        let kept = self.kept();
        Some(kept.members.get(&member)?.files.get(path)?.reveal().to_owned())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The host as it is now, unless a fault was planted for the step.
    fn step(&self, step: Step) -> Result<MutexGuard<'_, Kept>, ConnectorError> {
        let now = self.clock.now();
        let mut kept = self.kept();
        if let Some(error) = kept.faults.get(&step) {
            return Err(error.clone());
        }
        let Kept { members, next_pid, .. } = &mut *kept;
        members.values_mut().for_each(|member| member.catch_up(now, next_pid));
        Ok(kept)
    }
}

impl MemoryRuntime {
    /// What was planted for the words, else what a healthy member would answer.
    fn reply(
        &self,
        member: MemberId,
        words: Vec<String>,
        question: &Question,
    ) -> Result<CommandOutput, ConnectorError> {
        let mut kept = self.step(Step::Run)?;
        let is_running = kept.member(member)?.pid().is_some();
        kept.ran.push((member, words.clone()));
        let planted = kept.answers.iter().find(|(argv, _)| *argv == words);
        if let Some((_, output)) = planted {
            return Ok(output.clone());
        }
        if !is_running {
            let stderr = "no process answers".to_owned();
            return Ok(CommandOutput { code: Some(1), stdout: String::new(), stderr });
        }
        let recipe = kept.member(member)?.recipe.clone();
        let stdout = recipe.and_then(|recipe| expected(&recipe, question)).unwrap_or_default();
        Ok(CommandOutput { code: Some(0), stdout, stderr: String::new() })
    }
}

impl Kept {
    fn member(&mut self, member: MemberId) -> Result<&mut Member, ConnectorError> {
        self.members.get_mut(&member).ok_or(ConnectorError::NotFound)
    }
}

#[async_trait]
impl Runtime for MemoryRuntime {
    async fn look(&self, check: Check, need: &Need) -> Result<String, ConnectorError> {
        drop(self.step(Step::Look)?);
        let facts = self.host().await;
        match (check, facts) {
            (Check::Memory, Some(facts)) => preflight::memory(&facts, need),
            (Check::Disk, Some(facts)) => preflight::disk(&facts, need),
            (Check::Architecture, _) => preflight::architecture("amd64", need),
            _ => Ok("there is enough in memory".to_owned()),
        }
    }

    async fn install(
        &self,
        medium: &Medium,
        log: &dyn StepLog,
    ) -> Result<Software, ConnectorError> {
        drop(self.step(Step::Install)?);
        log.line(&format!("{} {} is here", medium.package, medium.software_version));
        Ok(Software {
            version: format!("{}0-memory", medium.version_prefix),
            digest: "0".repeat(64),
            trust: "memory".to_owned(),
        })
    }

    async fn place(
        &self,
        request: &MemberRequest,
        log: &dyn StepLog,
    ) -> Result<Place, ConnectorError> {
        let now = self.clock.now();
        let mut kept = self.step(Step::Place)?;
        if let Some(member) = kept.members.get(&request.member) {
            return Ok(member.place.clone());
        }
        let taken: Vec<u16> =
            kept.members.values().map(|member| member.place.endpoint.port).collect();
        let port = (FIRST_PORT..).find(|port| !taken.contains(port)).ok_or_else(|| {
            let message = "all ports are taken".to_owned();
            ConnectorError::Refused { code: "NO_FREE_PORT", message }
        })?;
        let place = Place {
            member: request.member,
            directory: format!("/memory/{}", request.member),
            endpoint: Endpoint { host: "127.0.0.1".to_owned(), port },
        };
        kept.members.insert(request.member, Member::placed(place.clone(), now));
        log.line(&format!("{} at port {port}", place.member));
        Ok(place)
    }

    async fn write(
        &self,
        recipe: &MemberRecipe,
        log: &dyn StepLog,
    ) -> Result<bool, ConnectorError> {
        let mut kept = self.step(Step::Write)?;
        let member = kept.member(recipe.id)?;
        let mut is_changed = false;
        for file in &recipe.files {
            if member.files.get(&file.path) != Some(&file.content) {
                member.files.insert(file.path.clone(), file.content.clone());
                log.line(&format!("wrote {}", file.path));
                is_changed = true;
            }
        }
        Ok(is_changed)
    }

    async fn check(
        &self,
        recipe: &MemberRecipe,
        _medium: &Medium,
    ) -> Result<Option<CommandOutput>, ConnectorError> {
        let Some(check) = &recipe.check else { return Ok(None) };
        let mut kept = self.step(Step::Write)?;
        kept.member(recipe.id)?;
        kept.ran.push((recipe.id, check.command.argv.clone()));
        let planted = kept.answers.iter().find(|(argv, _)| *argv == check.command.argv);
        let fine = CommandOutput { code: Some(0), stdout: String::new(), stderr: String::new() };
        Ok(Some(planted.map_or(fine, |(_, output)| output.clone())))
    }

    async fn start(
        &self,
        recipe: &MemberRecipe,
        _medium: &Medium,
        log: &dyn StepLog,
    ) -> Result<(), ConnectorError> {
        let now = self.clock.now();
        let mut kept = self.step(Step::Start)?;
        let Kept { members, next_pid, .. } = &mut *kept;
        let member = members.get_mut(&recipe.id).ok_or(ConnectorError::NotFound)?;
        member.recipe = Some(recipe.clone());
        member.start(now, next_pid);
        log.line("runs");
        Ok(())
    }

    async fn stop(&self, member: MemberId, log: &dyn StepLog) -> Result<(), ConnectorError> {
        let now = self.clock.now();
        self.step(Step::Stop)?.member(member)?.stop(now);
        log.line("stopped");
        Ok(())
    }

    async fn remove(&self, member: MemberId, log: &dyn StepLog) -> Result<(), ConnectorError> {
        self.step(Step::Remove)?.members.remove(&member);
        log.line("removed");
        Ok(())
    }

    async fn run(
        &self,
        member: MemberId,
        _medium: &Medium,
        command: &Command,
    ) -> Result<CommandOutput, ConnectorError> {
        self.reply(member, command.argv.clone(), &Question::Command(command.clone()))
    }

    async fn exchange(
        &self,
        member: MemberId,
        exchange: &Exchange,
    ) -> Result<CommandOutput, ConnectorError> {
        let words = vec![exchange.send.reveal().to_owned()];
        self.reply(member, words, &Question::Exchange(exchange.clone()))
    }

    async fn see(&self, member: MemberId) -> Result<MemberSeen, ConnectorError> {
        Ok(self.step(Step::See)?.member(member)?.seen())
    }

    async fn journal(
        &self,
        member: MemberId,
        after: Instant,
    ) -> Result<Vec<ProcessChange>, ConnectorError> {
        let mut kept = self.step(Step::See)?;
        let journal = &kept.member(member)?.journal;
        Ok(journal.iter().filter(|change| change.at > after).cloned().collect())
    }

    async fn last_lines(&self, member: MemberId) -> Result<Vec<String>, ConnectorError> {
        let mut kept = self.step(Step::See)?;
        kept.member(member)?;
        Ok(kept.lines.clone())
    }

    async fn list(&self) -> Result<Vec<MemberId>, ConnectorError> {
        Ok(self.step(Step::See)?.members.keys().copied().collect())
    }

    async fn host(&self) -> Option<HostFacts> {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What a healthy member would answer to the question, if it is one of its probes.
fn expected(recipe: &MemberRecipe, question: &Question) -> Option<String> {
    let probes: [Option<&Probe>; 2] = [Some(&recipe.health), recipe.role_probe.as_ref()];
    let probe = probes.into_iter().flatten().find(|probe| probe.question == *question)?;
    match &probe.expect {
        Expect::FirstLine { text } => Some(format!("{text}\n")),
        Expect::Lookup { words } => {
            let own = words.iter().find(|(_, role)| **role == recipe.role);
            own.or_else(|| words.iter().next()).map(|(word, _)| format!("{word}\n"))
        }
    }
}
