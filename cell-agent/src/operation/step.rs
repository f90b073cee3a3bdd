//! One try of one step through the runtime. Each is safe to repeat.

use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use catalog::recipe::{InstanceRecipe, MemberRecipe, Place, Probe};
use connectors::preflight::Check;
use connectors::runtime::{ConnectorError, MemberRequest, ProcessState, Runtime, StepLog};
use types::id::MemberId;
use types::instance::{InstanceSpec, Software, Wish};
use types::operation::{KEEPS_ENDING, Problem};

use crate::ledger::Progress;
use crate::reconcile::StepName;
use crate::{package, probe};

/// What a step that was done adds to what is known.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub software: Option<Software>,
    pub place: Option<Place>,
    pub removed: Option<MemberId>,
}

/// Why a step is not done.
#[derive(Debug)]
pub(super) enum Trouble {
    /// It takes time; ask again soon.
    NotYet(String),
    /// Something is away; ask again later.
    Away(String),
    /// No further try helps.
    Refused(Problem),
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<ConnectorError> for Trouble {
    fn from(error: ConnectorError) -> Self {
        match error {
            ConnectorError::Unavailable { code, message } => {
                Self::Away(format!("{code}: {message}"))
            }
            ConnectorError::Refused { code, message } => {
                Self::Refused(Problem { code: code.to_owned(), message })
            }
            ConnectorError::NotFound => Self::Refused(Problem {
                code: "MEMBER_MISSING".to_owned(),
                message: "The member is not on this host any more.".to_owned(),
            }),
        }
    }
}

/// What a try works with.
pub(super) struct Attempt<'a> {
    pub runtime: &'a dyn Runtime,
    pub spec: &'a InstanceSpec,
    pub progress: &'a Progress,
    pub hot: &'a BTreeSet<String>,
    /// What was rendered with these places before.
    pub rendered: &'a OnceLock<Arc<InstanceRecipe>>,
    pub log: &'a dyn StepLog,
}

impl Attempt<'_> {
    pub async fn carry_out(
        &self,
        name: StepName,
        member: Option<MemberId>,
    ) -> Result<Outcome, Trouble> {
        let Some(member) = member else { return self.whole(name).await };
        match name {
            StepName::CheckArchitecture
            | StepName::CheckMedium
            | StepName::CheckUsers
            | StepName::CheckPorts
            | StepName::CheckMemory
            | StepName::CheckDisk
            | StepName::FetchMedia => return self.whole(name).await,
            StepName::PlaceMember => return self.place(member).await,
            StepName::WriteConfiguration => {
                let (recipe, one) = self.recipe(member)?;
                self.check(&recipe, one).await?;
                let changed = self.runtime.write(&recipe.members[one], self.log).await?;
                let said = if changed { "Configuration is written." } else { "Nothing to write." };
                self.log.line(said);
            }
            StepName::StartMember => self.start(member).await?,
            StepName::WaitHealthy => self.wait_healthy(member).await?,
            StepName::CheckRole => self.check_role(member).await?,
            StepName::ApplyParameters => self.apply(member).await?,
            StepName::RestartMember => {
                self.stop(member).await?;
                self.start(member).await?;
            }
            StepName::StopMember => self.stop(member).await?,
            StepName::RemoveMember => {
                match self.runtime.remove(member, self.log).await {
                    Ok(()) | Err(ConnectorError::NotFound) => {}
                    Err(error) => return Err(error.into()),
                }
                self.log.line("Removed with its data.");
                return Ok(Outcome { removed: Some(member), ..Outcome::default() });
            }
        }
        Ok(Outcome::default())
    }

    async fn whole(&self, name: StepName) -> Result<Outcome, Trouble> {
        let check = match name {
            StepName::CheckArchitecture => Check::Architecture,
            StepName::CheckMedium => Check::Medium,
            StepName::CheckUsers => Check::User,
            StepName::CheckPorts => Check::Port,
            StepName::CheckMemory => Check::Memory,
            StepName::CheckDisk => Check::Disk,
            StepName::FetchMedia => return self.fetch().await,
            _ => {
                return Err(Trouble::Refused(Problem {
                    code: "STEP_UNKNOWN".to_owned(),
                    message: format!("The step `{name}` needs a member."),
                }));
            }
        };
        let need = package::need(self.spec, &self.progress.places)?;
        let found = self.runtime.look(check, &need).await?;
        self.log.line(&format!("Found: {found}."));
        Ok(Outcome::default())
    }

    async fn fetch(&self) -> Result<Outcome, Trouble> {
        let software = self.runtime.install(&package::medium(self.spec)?, self.log).await?;
        self.log.line(&format!(
            "Version {}, SHA-256 {}, vouched for by {}.",
            software.version, software.digest, software.trust
        ));
        Ok(Outcome { software: Some(software), ..Outcome::default() })
    }

    async fn place(&self, member: MemberId) -> Result<Outcome, Trouble> {
        let ordinal = self.spec.members.iter().find(|one| one.id == member);
        let request = MemberRequest {
            member,
            instance: self.spec.id,
            ordinal: ordinal.map_or(0, |one| one.ordinal),
            instance_name: self.spec.name.clone(),
            size: self.spec.size,
        };
        let place = self.runtime.place(&request, self.log).await?;
        self.log.line(&format!("Placed at {}:{}.", place.endpoint.host, place.endpoint.port));
        Ok(Outcome { place: Some(place), ..Outcome::default() })
    }

    /// Lets the product judge the files before they replace those in use.
    async fn check(&self, recipe: &InstanceRecipe, one: usize) -> Result<(), Trouble> {
        let output = self.runtime.check(&recipe.members[one], &recipe.medium).await?;
        let Some(output) = output else { return Ok(()) };
        match output.code {
            Some(0) => self.log.line("The product would take the configuration."),
            None => {
                return Err(Trouble::NotYet(
                    "the configuration could not be judged in time".into(),
                ));
            }
            Some(_) => {
                let said = output.stderr.lines().chain(output.stdout.lines());
                let why = said.map(str::trim).find(|line| !line.is_empty());
                let why = why.unwrap_or("it did not say why");
                return Err(Trouble::Refused(Problem {
                    code: "CONFIGURATION_REFUSED".to_owned(),
                    message: format!(
                        "The product refuses the configuration, so the one before stays: {why}."
                    ),
                }));
            }
        }
        Ok(())
    }

    async fn start(&self, member: MemberId) -> Result<(), Trouble> {
        let (recipe, one) = self.recipe(member)?;
        self.runtime.start(&recipe.members[one], &recipe.medium, self.log).await?;
        self.log.line("Started.");
        Ok(())
    }

    async fn stop(&self, member: MemberId) -> Result<(), Trouble> {
        match self.runtime.stop(member, self.log).await {
            Ok(()) => self.log.line("Stopped."),
            Err(ConnectorError::NotFound) => self.log.line("Nothing to stop."),
            // Who deletes in order to make room must not need room for it: the removal that follows
            // stops it as well.
            Err(ConnectorError::Unavailable { code: "DISK_FULL", .. })
                if self.spec.wish == Wish::Deleted =>
            {
                self.log.line("Not stopped, since the disk is full; it is removed instead.");
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn wait_healthy(&self, member: MemberId) -> Result<(), Trouble> {
        let seen = self.runtime.see(member).await?;
        match seen.process {
            ProcessState::GivenUp => {
                let words = seen.last_exit.unwrap_or_else(|| "it left no words".to_owned());
                return Err(Trouble::Refused(Problem {
                    code: KEEPS_ENDING.to_owned(),
                    message: format!("The process ended by itself too often: {words}."),
                }));
            }
            ProcessState::Backoff => {
                let words = seen.last_exit.unwrap_or_else(|| "no words".to_owned());
                return Err(Trouble::NotYet(format!("the process ended ({words})")));
            }
            ProcessState::Stopped => {
                return Err(Trouble::NotYet("the process does not run".to_owned()));
            }
            ProcessState::Running => {}
        }
        let (recipe, one) = self.recipe(member)?;
        let answer = self.ask(&recipe, one, |member| Some(&member.health)).await?;
        self.log.line(&format!("Healthy: answered {}.", answer.unwrap_or_default()));
        Ok(())
    }

    async fn check_role(&self, member: MemberId) -> Result<(), Trouble> {
        let (recipe, one) = self.recipe(member)?;
        let Some(role) = self.ask(&recipe, one, |member| member.role_probe.as_ref()).await? else {
            self.log.line("The package has no way to ask for the role.");
            return Ok(());
        };
        // After a failover another role than the first one is fine; making it must give that one.
        if !self.progress.installed && role != recipe.members[one].role {
            let wanted = &recipe.members[one].role;
            return Err(Trouble::NotYet(format!("the role is {role}, not {wanted}")));
        }
        self.log.line(&format!("Has the role {role}."));
        Ok(())
    }

    async fn apply(&self, member: MemberId) -> Result<(), Trouble> {
        let (recipe, one) = self.recipe(member)?;
        let places = &self.progress.places;
        // Who just came back may not answer yet, and refuses nothing by that.
        let before = self.runtime.see(member).await?.pid;
        self.ask(&recipe, one, |member| Some(&member.health)).await?;
        for change in package::hot_changes(self.spec, self.hot, places, member)? {
            let output = self.runtime.ask(member, &recipe.medium, &change.question).await?;
            let is_expected =
                change.expect.as_ref().is_none_or(|expect| probe::judge(expect, &output).is_ok());
            if output.code != Some(0) || !is_expected {
                let why = output.stderr.lines().chain(output.stdout.lines()).next();
                let why = why.unwrap_or("it did not say why").trim_end().to_owned();
                // One that died meanwhile refused nothing either. It is asked for its health first:
                // what answers may be the next process already, and then the pid tells.
                let is_healthy =
                    self.ask(&recipe, one, |member| Some(&member.health)).await.is_ok();
                let after = self.runtime.see(member).await?.pid;
                if !is_healthy || before.is_none() || before != after {
                    return Err(Trouble::NotYet(format!(
                        "the member was not there to change: {why}"
                    )));
                }
                return Err(Trouble::Refused(Problem {
                    code: "PARAMETERS_REFUSED".to_owned(),
                    message: format!("The member did not take the changed parameters: {why}."),
                }));
            }
        }
        let names: Vec<_> = self.hot.iter().map(String::as_str).collect();
        self.log.line(&format!("In effect without a restart: {}.", names.join(", ")));
        Ok(())
    }

    /// The answer of a probe; none if the package has no such probe.
    async fn ask(
        &self,
        recipe: &InstanceRecipe,
        one: usize,
        which: impl Fn(&MemberRecipe) -> Option<&Probe>,
    ) -> Result<Option<String>, Trouble> {
        let member = &recipe.members[one];
        let Some(probe) = which(member) else { return Ok(None) };
        let output = self.runtime.ask(member.id, &recipe.medium, &probe.question).await?;
        probe::judge(&probe.expect, &output).map(Some).map_err(Trouble::NotYet)
    }

    /// The recipe of the instance, and where in it the member is.
    fn recipe(&self, member: MemberId) -> Result<(Arc<InstanceRecipe>, usize), Trouble> {
        let recipe = match self.rendered.get() {
            Some(recipe) => recipe.clone(),
            None => {
                let recipe = Arc::new(package::recipe(self.spec, &self.progress.places)?);
                self.rendered.get_or_init(|| recipe).clone()
            }
        };
        let index = recipe.members.iter().position(|one| one.id == member);
        let index = index.ok_or_else(|| Problem {
            code: "MEMBER_MISSING".to_owned(),
            message: "The specification does not have the member any more.".to_owned(),
        })?;
        Ok((recipe, index))
    }
}
