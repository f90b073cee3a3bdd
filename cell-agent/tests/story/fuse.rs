//! A runtime that hangs at a chosen call, so that a story can kill the agent right there.

use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use catalog::recipe::{Command, Exchange, Medium, MemberRecipe, Place};
use connectors::memory::MemoryRuntime;
use connectors::preflight::{Check, Need};
use connectors::runtime::{
    CommandOutput, ConnectorError, MemberRequest, MemberSeen, ProcessChange, Runtime, StepLog,
};
use tokio::sync::watch;
use types::cell::HostFacts;
use types::id::MemberId;
use types::instance::Software;
use types::instant::Instant;

/// When the call hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Nothing was done yet.
    Before,
    /// It was done, and nobody was told.
    After,
}

pub struct Fuse {
    inner: MemoryRuntime,
    calls: AtomicUsize,
    set: std::sync::Mutex<Option<(usize, Side)>>,
    blown: watch::Sender<bool>,
    is_dark: watch::Sender<bool>,
}

impl Fuse {
    pub fn new(inner: MemoryRuntime) -> Self {
        let (calls, set) = (AtomicUsize::new(0), std::sync::Mutex::default());
        let (blown, is_dark) = (watch::Sender::new(false), watch::Sender::new(false));
        Self { inner, calls, set, blown, is_dark }
    }

    pub fn inner(&self) -> &MemoryRuntime {
        &self.inner
    }

    /// How many calls changed something.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    /// Hangs at the call with this number, counted from 0.
    pub fn set(&self, at: Option<(usize, Side)>) {
        *self.set.lock().expect("a fuse") = at;
    }

    /// Whether nobody sees anything: who looks waits for light.
    pub fn darken(&self, is_dark: bool) {
        self.is_dark.send_replace(is_dark);
    }

    pub fn is_blown(&self) -> bool {
        *self.blown.borrow()
    }

    async fn hang(&self, number: usize, side: Side) {
        let at = *self.set.lock().expect("a fuse");
        if at == Some((number, side)) {
            self.blown.send_replace(true);
            std::future::pending::<()>().await;
        }
    }

    async fn guarded<T>(&self, call: impl Future<Output = T>) -> T {
        let number = self.calls.fetch_add(1, Ordering::SeqCst);
        self.hang(number, Side::Before).await;
        let answer = call.await;
        self.hang(number, Side::After).await;
        answer
    }
}

#[async_trait]
impl Runtime for Fuse {
    async fn look(&self, check: Check, need: &Need) -> Result<String, ConnectorError> {
        self.inner.look(check, need).await
    }

    async fn install(
        &self,
        medium: &Medium,
        log: &dyn StepLog,
    ) -> Result<Software, ConnectorError> {
        self.guarded(self.inner.install(medium, log)).await
    }

    async fn place(
        &self,
        request: &MemberRequest,
        log: &dyn StepLog,
    ) -> Result<Place, ConnectorError> {
        self.guarded(self.inner.place(request, log)).await
    }

    async fn write(
        &self,
        recipe: &MemberRecipe,
        log: &dyn StepLog,
    ) -> Result<bool, ConnectorError> {
        self.guarded(self.inner.write(recipe, log)).await
    }

    async fn check(
        &self,
        recipe: &MemberRecipe,
        medium: &Medium,
    ) -> Result<Option<CommandOutput>, ConnectorError> {
        self.inner.check(recipe, medium).await
    }

    async fn start(
        &self,
        recipe: &MemberRecipe,
        medium: &Medium,
        log: &dyn StepLog,
    ) -> Result<(), ConnectorError> {
        self.guarded(self.inner.start(recipe, medium, log)).await
    }

    async fn stop(&self, member: MemberId, log: &dyn StepLog) -> Result<(), ConnectorError> {
        self.guarded(self.inner.stop(member, log)).await
    }

    async fn remove(&self, member: MemberId, log: &dyn StepLog) -> Result<(), ConnectorError> {
        self.guarded(self.inner.remove(member, log)).await
    }

    async fn run(
        &self,
        member: MemberId,
        medium: &Medium,
        command: &Command,
    ) -> Result<CommandOutput, ConnectorError> {
        let is_change = command.argv.iter().any(|word| word == "SET");
        let run = self.inner.run(member, medium, command);
        if is_change { self.guarded(run).await } else { run.await }
    }

    async fn exchange(
        &self,
        member: MemberId,
        exchange: &Exchange,
    ) -> Result<CommandOutput, ConnectorError> {
        self.inner.exchange(member, exchange).await
    }

    async fn see(&self, member: MemberId) -> Result<MemberSeen, ConnectorError> {
        // Nobody ends the channel before the runtime.
        let _ = self.is_dark.subscribe().wait_for(|is_dark| !is_dark).await;
        self.inner.see(member).await
    }

    async fn journal(
        &self,
        member: MemberId,
        after: Instant,
    ) -> Result<Vec<ProcessChange>, ConnectorError> {
        self.inner.journal(member, after).await
    }

    async fn last_lines(&self, member: MemberId) -> Result<Vec<String>, ConnectorError> {
        self.inner.last_lines(member).await
    }

    async fn list(&self) -> Result<Vec<MemberId>, ConnectorError> {
        self.inner.list().await
    }

    async fn host(&self) -> Option<HostFacts> {
        self.inner.host().await
    }
}
