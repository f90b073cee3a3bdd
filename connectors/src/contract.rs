//! What every runtime has to do alike, as checks that run against any of them.
//!
//! A runtime's own tests bring a [`Stage`]; what is special about it they check themselves. The
//! checks panic with a sentence, as tests do.

use std::sync::Arc;

use async_trait::async_trait;
use catalog::recipe::{Expect, Medium, MemberRecipe, Place};
use types::id::{InstanceId, MemberId, SystemIds};
use types::instant::Instant;
use types::size::Size;

use crate::runtime::{
    ConnectorError, MemberRequest, MemberSeen, ProcessChange, ProcessState, Runtime, StepLog,
};

const LOOKS_MAX: u32 = 500;

/// What the checks need beside the runtime.
#[async_trait]
pub trait Stage: Send + Sync {
    /// The runtime.
    fn runtime(&self) -> Arc<dyn Runtime>;

    /// The same members through a new runtime, as after a restart of the agent.
    fn reopened(&self) -> Arc<dyn Runtime>;

    /// A product that can be had.
    fn medium(&self) -> Medium;

    /// How a member of the product runs at the place. Has at least one file.
    fn recipe(&self, place: &Place) -> MemberRecipe;

    /// Ends the member's process the hard way, from outside.
    async fn crash(&self, member: MemberId);

    /// Lets a little time pass.
    async fn pause(&self);
}

/// A log that nobody reads.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoLog;

impl StepLog for NoLog {
    fn line(&self, _text: &str) {}
}

/// What an order of one member of a small instance asks for.
pub fn request() -> MemberRequest {
    MemberRequest {
        member: MemberId::next(&SystemIds),
        instance: InstanceId::next(&SystemIds),
        ordinal: 0,
        instance_name: "contract".to_owned(),
        size: Size { millivcpu: 500, memory_mib: 64, storage_mib: 128 },
    }
}

/// Runs all checks, one after the other.
pub async fn holds(stage: &dyn Stage) {
    placing_twice_gives_one_place(stage).await;
    a_member_that_is_not_there_is_not_found(stage).await;
    files_are_written_once(stage).await;
    starting_twice_gives_one_process(stage).await;
    stopping_keeps_the_place_and_starting_again_works(stage).await;
    a_crashed_member_comes_back(stage).await;
    a_new_runtime_sees_the_same_member(stage).await;
    removing_twice_is_fine(stage).await;
    a_healthy_member_answers_its_probe(stage).await;
}

/// A member that runs.
pub async fn started(stage: &dyn Stage) -> (MemberRecipe, MemberSeen) {
    let (runtime, medium) = (stage.runtime(), stage.medium());
    runtime.install(&medium, &NoLog).await.expect("the product is installed");
    let place = runtime.place(&request(), &NoLog).await.expect("a member is placed");
    let recipe = stage.recipe(&place);
    runtime.write(&recipe, &NoLog).await.expect("its files are written");
    runtime.start(&recipe, &medium, &NoLog).await.expect("it is started");
    let seen = until(stage, recipe.id, |seen| seen.process == ProcessState::Running).await;
    (recipe, seen)
}

/// Looks at the member again and again until it is as wished, which has to be soon.
pub async fn until(
    stage: &dyn Stage,
    member: MemberId,
    is_so: impl Fn(&MemberSeen) -> bool + Send,
) -> MemberSeen {
    let runtime = stage.runtime();
    let mut last = None;
    for _ in 0..LOOKS_MAX {
        match runtime.see(member).await {
            Ok(seen) if is_so(&seen) => return seen,
            other => last = Some(other),
        }
        stage.pause().await;
    }
    panic!("the member did not become as it should: {last:?}")
}

/// Runs the member's health probe until it passes, which has to be soon.
pub async fn until_healthy(stage: &dyn Stage, recipe: &MemberRecipe) {
    until_answered(stage, &stage.medium(), recipe).await;
}

/// The same for a member of another product.
pub async fn until_answered(stage: &dyn Stage, medium: &Medium, recipe: &MemberRecipe) {
    let runtime = stage.runtime();
    let Expect::FirstLine { text } = &recipe.health.expect else {
        panic!("a contract's health probe expects a first line")
    };
    let mut last = None;
    for _ in 0..LOOKS_MAX {
        let output = runtime.ask(recipe.id, medium, &recipe.health.question).await;
        if output.as_ref().is_ok_and(|output| output.stdout.lines().next() == Some(text)) {
            return;
        }
        last = Some(output);
        stage.pause().await;
    }
    panic!("the member did not become healthy: {last:?}")
}

async fn placing_twice_gives_one_place(stage: &dyn Stage) {
    let runtime = stage.runtime();
    let (first, second) = (request(), request());
    let place = runtime.place(&first, &NoLog).await.expect("a member is placed");
    assert_eq!(runtime.place(&first, &NoLog).await, Ok(place.clone()), "asked again");
    let other = runtime.place(&second, &NoLog).await.expect("another member is placed");
    assert_ne!(place.directory, other.directory);
    assert_ne!(place.endpoint, other.endpoint);
    let seen = runtime.see(first.member).await.expect("it is seen");
    assert_eq!((seen.process, seen.pid, seen.restarts), (ProcessState::Stopped, None, 0));
    assert_eq!(seen.place, place);
    let listed = runtime.list().await.expect("members are listed");
    assert!(listed.contains(&first.member) && listed.contains(&second.member), "{listed:?}");
    for member in [first.member, second.member] {
        runtime.remove(member, &NoLog).await.expect("it is removed");
    }
}

async fn a_member_that_is_not_there_is_not_found(stage: &dyn Stage) {
    let (runtime, medium) = (stage.runtime(), stage.medium());
    runtime.install(&medium, &NoLog).await.expect("the product is installed");
    let member = request().member;
    let nowhere = Place {
        member,
        directory: "/nowhere".to_owned(),
        endpoint: types::instance::Endpoint { host: "127.0.0.1".to_owned(), port: 1 },
    };
    let recipe = stage.recipe(&nowhere);
    let gone = ConnectorError::NotFound;
    assert_eq!(runtime.see(member).await, Err(gone.clone()));
    assert_eq!(runtime.journal(member, Instant::default()).await, Err(gone.clone()));
    assert_eq!(runtime.write(&recipe, &NoLog).await, Err(gone.clone()));
    assert_eq!(runtime.start(&recipe, &medium, &NoLog).await, Err(gone.clone()));
    assert_eq!(runtime.stop(member, &NoLog).await, Err(gone.clone()));
    let output = runtime.ask(member, &medium, &recipe.health.question).await;
    assert_eq!(output, Err(gone));
    assert_eq!(runtime.remove(member, &NoLog).await, Ok(()), "removing what is not there");
}

async fn files_are_written_once(stage: &dyn Stage) {
    let runtime = stage.runtime();
    let place = runtime.place(&request(), &NoLog).await.expect("a member is placed");
    let mut recipe = stage.recipe(&place);
    assert_eq!(runtime.write(&recipe, &NoLog).await, Ok(true));
    assert_eq!(runtime.write(&recipe, &NoLog).await, Ok(false), "nothing differs");
    let file = recipe.files.first_mut().expect("the recipe has a file");
    file.content = types::secret::Secret::new(format!("{}\n", file.content.reveal()));
    assert_eq!(runtime.write(&recipe, &NoLog).await, Ok(true), "one file differs");
    runtime.remove(place.member, &NoLog).await.expect("it is removed");
}

async fn starting_twice_gives_one_process(stage: &dyn Stage) {
    let (runtime, medium) = (stage.runtime(), stage.medium());
    runtime.install(&medium, &NoLog).await.expect("the product is installed");
    let place = runtime.place(&request(), &NoLog).await.expect("a member is placed");
    let recipe = stage.recipe(&place);
    runtime.write(&recipe, &NoLog).await.expect("its files are written");
    let other = stage.reopened();
    let (first, second) = tokio::join!(
        runtime.start(&recipe, &medium, &NoLog),
        other.start(&recipe, &medium, &NoLog)
    );
    assert_eq!((first, second), (Ok(()), Ok(())));
    let seen = until(stage, recipe.id, |seen| seen.process == ProcessState::Running).await;
    runtime.start(&recipe, &medium, &NoLog).await.expect("a third time is fine");
    until_healthy(stage, &recipe).await;
    let again = runtime.see(recipe.id).await.expect("it is seen");
    assert_eq!((again.pid, again.restarts), (seen.pid, 0), "one process");
    let journal = runtime.journal(recipe.id, Instant::default()).await.expect("it has a journal");
    assert_eq!(states(&journal), [ProcessState::Running], "one start");
    runtime.remove(recipe.id, &NoLog).await.expect("it is removed");
}

async fn stopping_keeps_the_place_and_starting_again_works(stage: &dyn Stage) {
    use ProcessState::{Running, Stopped};
    let (recipe, seen) = started(stage).await;
    let (runtime, medium) = (stage.runtime(), stage.medium());
    assert_eq!(runtime.stop(recipe.id, &NoLog).await, Ok(()));
    let stopped = runtime.see(recipe.id).await.expect("it is seen");
    assert_eq!((stopped.process, stopped.pid), (Stopped, None));
    assert_eq!(stopped.place, seen.place);
    assert!(stopped.since > seen.since);
    assert_eq!(runtime.stop(recipe.id, &NoLog).await, Ok(()), "stopped again");
    assert_eq!(runtime.write(&recipe, &NoLog).await, Ok(false), "its files are there");
    runtime.start(&recipe, &medium, &NoLog).await.expect("it is started again");
    let again = until(stage, recipe.id, |seen| seen.process == Running).await;
    assert_ne!(again.pid, seen.pid);
    let journal = runtime.journal(recipe.id, Instant::default()).await.expect("it has a journal");
    assert_eq!(states(&journal), [Running, Stopped, Running]);
    assert!(journal.is_sorted_by(|first, second| first.at < second.at), "{journal:?}");
    let later = runtime.journal(recipe.id, journal[0].at).await.expect("it has a journal");
    assert_eq!(later, journal[1..], "only what comes after");
    runtime.remove(recipe.id, &NoLog).await.expect("it is removed");
}

async fn a_crashed_member_comes_back(stage: &dyn Stage) {
    use ProcessState::{Backoff, Running};
    let (recipe, seen) = started(stage).await;
    until_healthy(stage, &recipe).await;
    stage.crash(recipe.id).await;
    let back = until(stage, recipe.id, |seen| seen.process == Running && seen.restarts == 1).await;
    assert_ne!(back.pid, seen.pid);
    assert_eq!(back.place, seen.place);
    assert!(back.last_exit.is_some(), "it says how it ended");
    until_healthy(stage, &recipe).await;
    let runtime = stage.runtime();
    let journal = runtime.journal(recipe.id, Instant::default()).await.expect("it has a journal");
    assert_eq!(states(&journal), [Running, Backoff, Running]);
    runtime.remove(recipe.id, &NoLog).await.expect("it is removed");
}

async fn a_new_runtime_sees_the_same_member(stage: &dyn Stage) {
    let (recipe, seen) = started(stage).await;
    let runtime = stage.reopened();
    assert_eq!(runtime.see(recipe.id).await, Ok(seen.clone()));
    let medium = stage.medium();
    runtime.start(&recipe, &medium, &NoLog).await.expect("it runs already");
    assert_eq!(runtime.see(recipe.id).await, Ok(seen));
    runtime.remove(recipe.id, &NoLog).await.expect("it is removed");
}

async fn removing_twice_is_fine(stage: &dyn Stage) {
    let (recipe, _) = started(stage).await;
    let runtime = stage.runtime();
    assert_eq!(runtime.remove(recipe.id, &NoLog).await, Ok(()));
    assert_eq!(runtime.remove(recipe.id, &NoLog).await, Ok(()));
    assert_eq!(runtime.see(recipe.id).await, Err(ConnectorError::NotFound));
    let listed = runtime.list().await.expect("members are listed");
    assert!(!listed.contains(&recipe.id), "{listed:?}");
}

async fn a_healthy_member_answers_its_probe(stage: &dyn Stage) {
    let (recipe, _) = started(stage).await;
    let (runtime, medium) = (stage.runtime(), stage.medium());
    until_healthy(stage, &recipe).await;
    runtime.stop(recipe.id, &NoLog).await.expect("it is stopped");
    let output = runtime.ask(recipe.id, &medium, &recipe.health.question).await;
    let output = output.expect("the probe itself runs");
    assert_ne!(output.code, Some(0), "nobody answers a probe of a stopped member");
    runtime.remove(recipe.id, &NoLog).await.expect("it is removed");
}

fn states(journal: &[ProcessChange]) -> Vec<ProcessState> {
    journal.iter().map(|change| change.process).collect()
}
