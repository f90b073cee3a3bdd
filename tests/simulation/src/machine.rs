//! The machine of a cell: it runs members in memory, slowly and not always, and its agent may die
//! before and after every call.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use catalog::recipe::{Command, Exchange, Medium, MemberRecipe, Place};
use connectors::preflight::{Check, Need};
use connectors::runtime::{
    CommandOutput, ConnectorError, MemberRequest, MemberSeen, ProcessChange, Runtime, StepLog,
};
use types::id::MemberId;
use types::instance::Software;
use types::instant::Instant;

use crate::planted::Planted;
use crate::world::{CellSite, World, lock};

/// The runtime that an agent is given.
pub struct Machine {
    /// The run.
    pub world: Arc<World>,
    /// The cell.
    pub site: Arc<CellSite>,
}

impl Machine {
    /// A point where the agent may die.
    async fn passes(&self) {
        if !self.site.process.passes() {
            std::future::pending::<()>().await;
        }
    }

    /// What a step goes through before it is done.
    async fn begin(&self, step: &str, about: &str) -> Result<(), ConnectorError> {
        let Self { world, site } = self;
        self.passes().await;
        world.tell(format_args!("{} {step} {about}", site.process.host), &[]);
        let (pause, is_away) = {
            let mut chance = site.chance.lock();
            let longest = if chance.per_mille(50) { 40_000 } else { 1_500 };
            let pause = chance.between(Duration::from_millis(5), Duration::from_millis(longest));
            (pause, chance.per_mille(40))
        };
        if world.is_calm() {
            return Ok(());
        }
        #[expect(
            clippy::disallowed_methods,
            reason = "how long the step takes, in simulated time"
        )]
        tokio::time::sleep(pause).await;
        self.passes().await;
        if is_away {
            let message = "the machine is busy".to_owned();
            return Err(ConnectorError::Unavailable { code: "BUSY", message });
        }
        Ok(())
    }

    async fn end<T>(
        &self,
        step: &str,
        done: Result<T, ConnectorError>,
    ) -> Result<T, ConnectorError> {
        let told = done.as_ref().err().map(ToString::to_string).unwrap_or_default();
        self.world.tell(format_args!("{} {step} ended {told}", self.site.process.host), &[]);
        self.passes().await;
        done
    }
}

#[async_trait]
impl Runtime for Machine {
    async fn look(&self, check: Check, need: &Need) -> Result<String, ConnectorError> {
        self.passes().await;
        self.site.memory.look(check, need).await
    }

    async fn install(
        &self,
        medium: &Medium,
        log: &dyn StepLog,
    ) -> Result<Software, ConnectorError> {
        self.begin("install", &medium.package).await?;
        let done = self.site.memory.install(medium, log).await;
        self.end("install", done).await
    }

    async fn place(
        &self,
        request: &MemberRequest,
        log: &dyn StepLog,
    ) -> Result<Place, ConnectorError> {
        self.begin("place", &request.member.to_string()).await?;
        let done = self.site.memory.place(request, log).await;
        let is_again = !lock(&self.site.memories).placed.insert(request.member);
        if is_again && self.world.planted == Some(Planted::PlaceTwice) {
            let mut bytes = *request.member.uuid().as_bytes();
            bytes[15] ^= 1;
            let member = MemberId::from(uuid::Uuid::from_bytes(bytes));
            let second = MemberRequest { member, ..request.clone() };
            // The bug's own outcome interests nobody.
            let _ = self.site.memory.place(&second, log).await;
        }
        self.end("place", done).await
    }

    async fn write(
        &self,
        recipe: &MemberRecipe,
        log: &dyn StepLog,
    ) -> Result<bool, ConnectorError> {
        self.begin("write", &recipe.id.to_string()).await?;
        let done = self.site.memory.write(recipe, log).await;
        self.end("write", done).await
    }

    async fn check(
        &self,
        recipe: &MemberRecipe,
        medium: &Medium,
    ) -> Result<Option<CommandOutput>, ConnectorError> {
        self.passes().await;
        self.site.memory.check(recipe, medium).await
    }

    async fn start(
        &self,
        recipe: &MemberRecipe,
        medium: &Medium,
        log: &dyn StepLog,
    ) -> Result<(), ConnectorError> {
        self.begin("start", &recipe.id.to_string()).await?;
        let done = self.site.memory.start(recipe, medium, log).await;
        self.end("start", done).await
    }

    async fn stop(&self, member: MemberId, log: &dyn StepLog) -> Result<(), ConnectorError> {
        self.begin("stop", &member.to_string()).await?;
        let done = self.site.memory.stop(member, log).await;
        self.end("stop", done).await
    }

    async fn remove(&self, member: MemberId, log: &dyn StepLog) -> Result<(), ConnectorError> {
        self.begin("remove", &member.to_string()).await?;
        if self.world.strikes(Planted::RemovalBelieved, 500) {
            return Ok(());
        }
        let done = self.site.memory.remove(member, log).await;
        self.end("remove", done).await
    }

    async fn run(
        &self,
        member: MemberId,
        medium: &Medium,
        command: &Command,
    ) -> Result<CommandOutput, ConnectorError> {
        self.passes().await;
        self.site.memory.run(member, medium, command).await
    }

    async fn exchange(
        &self,
        member: MemberId,
        exchange: &Exchange,
    ) -> Result<CommandOutput, ConnectorError> {
        self.passes().await;
        self.site.memory.exchange(member, exchange).await
    }

    async fn see(&self, member: MemberId) -> Result<MemberSeen, ConnectorError> {
        self.passes().await;
        self.site.memory.see(member).await
    }

    async fn journal(
        &self,
        member: MemberId,
        after: Instant,
    ) -> Result<Vec<ProcessChange>, ConnectorError> {
        self.passes().await;
        self.site.memory.journal(member, after).await
    }

    async fn last_lines(&self, member: MemberId) -> Result<Vec<String>, ConnectorError> {
        self.site.memory.last_lines(member).await
    }

    async fn list(&self) -> Result<Vec<MemberId>, ConnectorError> {
        self.passes().await;
        self.site.memory.list().await
    }
}
