//! Looks at every instance again and again, each on its own, so that one that hangs delays none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use catalog::recipe::InstanceRecipe;
use connectors::runtime::{ConnectorError, ProcessChange, ProcessState};
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use types::generation::Generation;
use types::id::{InstanceId, MemberId, ResourceId};
use types::instance::{InstanceObserved, InstanceSpec, MemberObserved, MemberSpec, State, Wish};
use types::instant::Instant;
use types::size::Size;

use super::book::{self, Book};
use super::glance::{self, Glance, Question, Seen};
use super::{Labour, Look, Sighting, labour};
use crate::ledger::{LedgerError, Progress};
use crate::package;
use crate::redact::redacted;
use crate::site::{Sight, Site, Under};

/// A member that the runtime could not show for so long is unknown.
const SIGHT_LIMIT: Duration = Duration::from_secs(30);
/// Looks at the same time.
const LOOKS: usize = 8;
/// Until the plane says otherwise.
pub(crate) const REPORT_INTERVAL: Duration = Duration::from_secs(60);

/// Looks until it is told to stop; then everything that is known is written down.
pub(crate) async fn run(site: &Site, stop: &CancellationToken) -> Result<(), LedgerError> {
    let mut observer = Observer::open(site)?;
    let views = Semaphore::new(LOOKS);
    let mut looking = FuturesUnordered::new();
    let (mut busy, mut due) = (BTreeSet::new(), BTreeSet::new());
    loop {
        let all = site.ledger.specs().into_iter().map(|spec| spec.id);
        due.extend(all.filter(|instance| !busy.contains(instance)));
        let mut tick = site.clock.sleep(site.settings.probe_interval);
        loop {
            observer.book.skip_to(site.complete_to());
            if site.time.is_known() {
                due.append(&mut site.take_looks());
                let is_free = |instance: &InstanceId| !busy.contains(instance);
                let free: Vec<_> = due.extract_if(.., |instance| is_free(instance)).collect();
                for instance in free {
                    let Some(spec) = site.ledger.spec(instance) else { continue };
                    looking.push(glance::look(site, &views, observer.question(site, spec)));
                    busy.insert(instance);
                }
            }
            tokio::select! {
                () = stop.cancelled() => return observer.end(site),
                Some(seen) = looking.next() => {
                    let instance = seen.instance;
                    busy.remove(&instance);
                    if !observer.take(site, seen)? {
                        due.insert(instance);
                    }
                }
                () = site.look.notified() => {}
                () = &mut tick => break,
            }
        }
        observer.tick(site)?;
    }
}

/// What is remembered of a member between two looks.
#[derive(Default)]
struct Health {
    failures: Option<u32>,
    problem: Option<String>,
    role: Option<String>,
}

struct Observer {
    book: Book,
    health: BTreeMap<MemberId, Health>,
    /// Up to where the journals of members were read since the agent began.
    heard: BTreeMap<MemberId, Instant>,
    recipes: BTreeMap<InstanceId, (Generation, Arc<InstanceRecipe>)>,
    closed_at: Instant,
}

impl Observer {
    fn open(site: &Site) -> Result<Self, LedgerError> {
        Ok(Self {
            book: Book::open(&site.ledger)?,
            health: BTreeMap::new(),
            heard: BTreeMap::new(),
            recipes: BTreeMap::new(),
            closed_at: site.now(),
        })
    }

    /// What is asked in the next look at an instance.
    fn question(&mut self, site: &Site, spec: Arc<InstanceSpec>) -> Question {
        let progress = site.ledger.progress(spec.id);
        self.begin(site, &spec);
        let recipe = self.recipe(&spec, &progress);
        let placed = spec.members.iter().filter(|one| progress.places.contains_key(&one.id));
        let members = placed.map(|one| {
            let position = self.book.position(ResourceId::Member(one.id));
            let known_to = position.map_or(Instant::default(), |position| position.known_to);
            (one.id, known_to, !self.heard.contains_key(&one.id))
        });
        Question { instance: spec.id, members: members.collect(), recipe }
    }

    /// A life begins when the wish for it arrives, however fast it is made true; that of a volume
    /// when its member is started first.
    fn begin(&mut self, site: &Site, spec: &InstanceSpec) {
        let begun_at = &site.ledger.progress(spec.id).begun_at;
        for member in &spec.members {
            if let Some(at) = begun_at.get(&member.id) {
                self.book.begin(ResourceId::Volume(member.volume), spec.size, *at);
            }
        }
        if spec.wish == Wish::Deleted {
            return;
        }
        let members = spec.members.iter().map(|one| ResourceId::Member(one.id));
        for resource in members.chain([ResourceId::Instance(spec.id)]) {
            self.book.begin(resource, spec.size, site.now());
        }
    }

    /// Rendered again only when something changed; none while members have no places.
    fn recipe(&mut self, spec: &InstanceSpec, progress: &Progress) -> Option<Arc<InstanceRecipe>> {
        match self.recipes.get(&spec.id) {
            Some((generation, recipe)) if *generation == spec.generation => Some(recipe.clone()),
            _ => {
                let recipe = Arc::new(package::recipe(spec, &progress.places).ok()?);
                self.recipes.insert(spec.id, (spec.generation, recipe.clone()));
                Some(recipe)
            }
        }
    }

    /// Takes in what was seen. If the work moved on meanwhile, it says nothing about now: look
    /// again.
    fn take(&mut self, site: &Site, glance: Glance) -> Result<bool, LedgerError> {
        if glance.under != site.under(glance.instance) {
            return Ok(false);
        }
        let Some(spec) = site.ledger.spec(glance.instance) else { return Ok(true) };
        let progress = site.ledger.progress(spec.id);
        let labour = labour::of(site, &spec, &progress);
        self.begin_work(site, &spec);
        let (mut members, mut is_whole) = (Vec::with_capacity(spec.members.len()), true);
        for member in &spec.members {
            let seen = glance.members.get(&member.id);
            let context = Context { site, spec: &spec, progress: &progress, labour, at: glance.at };
            let (observed, is_judged) = self.take_member(&context, member, seen);
            members.push(observed);
            is_whole &= is_judged;
        }
        let state = match State::of_members(members.iter().map(|member| member.state)) {
            // Its members are, and its deletion has yet to end: both are told together.
            State::Deleted if !progress.removed => State::Deleting,
            state => state,
        };
        self.book.see(ResourceId::Instance(spec.id), spec.size, state, glance.at);
        if self.book.is_dirty() {
            self.book.save(&site.ledger, &site.key)?;
            site.moved.notify_one();
        }
        show(
            site,
            InstanceObserved {
                id: spec.id,
                generation: spec.generation,
                at: glance.at,
                members,
                software: progress.software.clone(),
            },
            is_whole.then_some(glance.under),
        );
        if labour::is_straying(site, &spec, &progress, labour, &glance.members) {
            site.straying().insert(spec.id);
            site.wishes.send_modify(|count| *count += 1);
        }
        Ok(true)
    }

    /// Tells what the work in hand brought before the first look at it. Quick work is over by then, and
    /// a deletion is free from its beginning on.
    fn begin_work(&mut self, site: &Site, spec: &InstanceSpec) {
        let Some((state, begun)) = labour::brings(site, spec) else { return };
        for resource in book::resources(spec) {
            let Some(position) = self.book.position(resource) else { continue };
            let comes = match position.state {
                State::Unknown | State::Deleted => false,
                was => was.serves() || state == State::Deleting,
            };
            // Before, nobody looked for too long to say that the state before held until then.
            let is_blind = begun.since(position.known_to) > SIGHT_LIMIT;
            if comes && position.known_to <= begun && !is_blind {
                let size = position.size;
                self.book.see(resource, size, state, begun);
            }
        }
    }

    /// What is said of a member, and whether it could be judged: one that was not seen in time is
    /// said to be what it was.
    fn take_member(
        &mut self,
        context: &Context<'_>,
        member: &MemberSpec,
        seen: Option<&Seen>,
    ) -> (MemberObserved, bool) {
        let Context { site, spec, progress, labour, at } = *context;
        let resource = ResourceId::Member(member.id);
        let size = progress.build.as_ref().map_or(spec.size, |build| build.size);
        let place = progress.places.get(&member.id);
        let known_to = self.book.position(resource).map(|position| position.known_to);
        let is_blind = known_to.is_none_or(|known_to| at.since(known_to) > SIGHT_LIMIT);
        let process = seen.and_then(|seen| seen.member.as_ref().ok());
        let sighting = match seen.map(|seen| &seen.member) {
            None if place.is_none() => Some(Sighting::Unplaced),
            Some(Ok(seen)) => Some(Sighting::Process(seen.process)),
            Some(Err(ConnectorError::NotFound)) => Some(Sighting::Gone),
            None | Some(Err(_)) => is_blind.then_some(Sighting::Hidden),
        };
        let health = self.health.entry(member.id).or_default();
        health.take(seen, site.role(spec.id, member.id));
        let (failures, role) = (health.failures, health.role.clone());
        let probe_problem = health.problem.clone();
        if let (Some(seen), Some(process)) = (seen, process) {
            let heard = self.heard.entry(member.id).or_default();
            let news: Vec<_> =
                seen.journal.iter().filter(|change| change.at > *heard).cloned().collect();
            *heard = news.last().map_or(*heard, |change| change.at);
            self.catch_up(context, resource, &news, process.process, is_blind);
        }
        let removed = labour::is_removed(site, spec, progress, member.id);
        let was = self.book.position(resource).map_or(State::Provisioning, |one| one.state);
        let is_gone = match sighting {
            Some(Sighting::Gone) => true,
            Some(Sighting::Unplaced) => removed,
            _ => false,
        };
        if is_gone && is_blind {
            // It went while nobody watched, and nobody knows when.
            self.book.lose_sight(resource);
        }
        if let Some(sighting) = sighting {
            let look = Look { wish: spec.wish, labour, sighting, removed, failures, was };
            let state = super::judge(look);
            match state {
                State::Unknown => self.book.lose_sight(resource),
                _ => self.book.see(resource, size, state, at),
            }
            self.take_volume(context, member, size);
        }
        let position = self.book.position(resource);
        let state = position.map_or(State::Unknown, |one| one.state);
        let exit =
            process.and_then(|seen| super::ended_problem(seen.process, seen.last_exit.as_deref()));
        let hidden = seen.and_then(|seen| seen.member.as_ref().err()).map(ToString::to_string);
        let problem = hidden.or(exit.filter(|_| failures.is_none())).or(probe_problem);
        let is_well = matches!(state, State::Running | State::Stopped | State::Deleted);
        let observed = MemberObserved {
            id: member.id,
            state,
            since: position.map_or(at, |one| one.since),
            role,
            endpoint: place.map(|place| place.endpoint.clone()),
            pid: process.and_then(|seen| seen.pid),
            restarts: process.map_or(0, |seen| seen.restarts),
            problem: problem.filter(|_| !is_well).map(|text| redacted(spec, &text)),
        };
        (observed, sighting.is_some())
    }

    /// What the keeper of a process knows better than the agent: above all what happened while no
    /// agent was there.
    fn catch_up(
        &mut self,
        context: &Context<'_>,
        resource: ResourceId,
        journal: &[ProcessChange],
        process: ProcessState,
        was_away: bool,
    ) {
        let Some(position) = self.book.position(resource) else { return };
        let (was, size) = (position.state, position.size);
        let is_calm = matches!(context.labour, Labour::Settled | Labour::Unsettled);
        if is_calm {
            for (at, state) in super::passed(context.spec.wish, journal) {
                let at = context.site.in_plane_time(at).min(context.at);
                self.book.see(resource, size, state, at);
            }
        }
        if was_away && !super::is_explained(was, journal, process) {
            self.book.lose_sight(resource);
        }
    }

    /// A volume is what its member is, but nobody needs to see it to know that it is there.
    fn take_volume(&mut self, context: &Context<'_>, member: &MemberSpec, size: Size) {
        let resource = ResourceId::Volume(member.volume);
        let Context { progress, at, .. } = *context;
        let Some(owner) = self.book.position(ResourceId::Member(member.id)) else { return };
        let (seen, since) = (owner.state, owner.since);
        let volume = self.book.position(resource).map(|volume| volume.state);
        if volume.is_none() && !progress.begun_at.contains_key(&member.id) {
            return;
        }
        let state =
            if seen == State::Unknown { volume.unwrap_or(State::Provisioning) } else { seen };
        if volume.is_some_and(|volume| volume != state) {
            self.book.see(resource, size, state, since);
        }
        self.book.see(resource, size, state, at);
    }

    /// Closes usage when a report is due or an hour ended, and drops what was forgotten.
    fn tick(&mut self, site: &Site) -> Result<(), LedgerError> {
        let now = site.now();
        let specs = site.ledger.specs();
        let known: BTreeSet<_> = specs.iter().map(|spec| spec.id).collect();
        if self.recipes.keys().any(|id| !known.contains(id)) {
            self.recipes.retain(|id, _| known.contains(id));
        }
        site.sights().retain(|id, _| known.contains(id));
        self.book.keep(&specs);
        let interval = site.session.borrow().as_ref().map(|opened| opened.report_interval);
        let is_due = now.since(self.closed_at) >= interval.unwrap_or(REPORT_INTERVAL);
        site.keep_offset()?;
        if !site.time.is_known() {
            return Ok(());
        }
        if is_due || now.hour() != self.closed_at.hour() {
            return self.close(site);
        }
        Ok(())
    }

    fn end(&mut self, site: &Site) -> Result<(), LedgerError> {
        if !site.time.is_known() {
            return self.book.save(&site.ledger, &site.key);
        }
        self.close(site)
    }

    fn close(&mut self, site: &Site) -> Result<(), LedgerError> {
        let now = site.now();
        // Whatever began before now must be in the book before it says that all is complete.
        for spec in site.ledger.specs() {
            self.begin(site, &spec);
        }
        self.book.close(now);
        self.book.save(&site.ledger, &site.key)?;
        self.closed_at = now;
        *site.trouble() = None;
        site.metered.notify_one();
        Ok(())
    }
}

/// What a look at one member is judged in.
#[derive(Clone, Copy)]
struct Context<'a> {
    site: &'a Site,
    spec: &'a InstanceSpec,
    progress: &'a Progress,
    labour: Labour,
    at: Instant,
}

impl Health {
    fn take(&mut self, seen: Option<&Seen>, last_role: Option<String>) {
        match seen.and_then(|seen| seen.health.as_ref()) {
            Some(Ok(_)) => (self.failures, self.problem) = (Some(0), None),
            Some(Err(problem)) => {
                self.failures = Some(self.failures.unwrap_or(0) + 1);
                self.problem = Some(problem.clone());
            }
            None => (self.failures, self.problem) = (None, None),
        }
        // One unanswered question does not take the role away.
        let is_asked = seen.is_some_and(|seen| seen.health.is_some());
        let answer = seen.and_then(|seen| seen.role.clone());
        self.role = if is_asked { answer.or(last_role) } else { None };
    }
}

/// Shows what was seen to the report, if it differs from before in more than its instant. A look
/// that did not see every member is none that an outcome may follow.
fn show(site: &Site, observed: InstanceObserved, under: Option<Under>) {
    let mut sights = site.sights();
    let before = sights.get(&observed.id);
    let under = under.or(before.and_then(|sight| sight.under));
    let version = match before {
        Some(Sight { observed: last, version, .. }) => {
            let last = InstanceObserved { at: observed.at, ..last.clone() };
            if last == observed { *version } else { version + 1 }
        }
        None => 1,
    };
    if before.is_none_or(|sight| sight.version != version || sight.under != under) {
        site.moved.notify_one();
    }
    sights.insert(observed.id, Sight { observed, version, under });
}
