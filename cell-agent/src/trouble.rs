//! What an agent does whose ledger cannot be written, e.g. because its disk is full: it takes
//! nothing in and reports nothing that it saw, says what is wrong, and goes on from the ledger as
//! soon as that can be written again. Members go on meanwhile, and their keepers' journals tell
//! afterwards what happened, so no usage is lost or counted twice.

use std::time::Duration;

use cell_agent_protocol::observed::ObservedRequest;
use cell_agent_protocol::session::OpenSession;
use tokio::sync::mpsc::UnboundedReceiver;
use types::cell::Condition;
use types::clock::Clock;
use types::generation::Revision;
use types::id::Ids;
use types::operation::Problem;

use crate::agent::{AgentError, LinkStatus, open_ledger};
use crate::enrol::AGENT_VERSION;
use crate::identity::Enrolled;
use crate::ledger::LedgerError;
use crate::site::{Ground, Lost, Opened, Site};
use types::backoff::Backoff;

/// Between two tries to write the ledger.
const PAUSE: Backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(30) };
/// A host that hangs is not asked any longer how it is.
const LOOK_LIMIT: Duration = Duration::from_secs(2);

/// What is known of a ledger that cannot be used now.
struct Known {
    boot_id: String,
    last_sequence: i64,
    revision: Revision,
    spooled: i64,
    offset_us: i64,
}

/// Waits until the ledger can be written again, and begins anew from what it holds. `failures`
/// counts how often that was needed shortly before.
pub(crate) async fn outlast(
    site: Site,
    enrolled: &Enrolled,
    error: LedgerError,
    failures: u32,
) -> Result<(Site, UnboundedReceiver<Lost>), AgentError> {
    let known = Known {
        boot_id: site.ledger.boot_id(),
        last_sequence: site.ledger.last_sequence(),
        revision: site.ledger.revision(),
        spooled: site.ledger.spooled_count().unwrap_or_default(),
        offset_us: site.ledger.offset_us(),
    };
    // The file is let go of, since only one can have it open.
    let Site { clock, ids, runtime, key, state, way, settings, status, ledger, .. } = site;
    drop(ledger);
    let since = clock.now();
    status.send_modify(|status| status.link = LinkStatus::Away { since });
    let (mut error, mut failures, mut session) = (error, failures, None);
    let (ledger, problem) = loop {
        let problem = problem_of(&error);
        say(&problem, &error);
        let voice = Voice { clock: clock.as_ref(), known: &known, enrolled, problem: &problem };
        let host = tokio::time::timeout(LOOK_LIMIT, runtime.host()).await.ok().flatten();
        let condition = Condition { host, ..Condition::default() };
        let client = way.known(enrolled, &key).ok();
        if session.is_none()
            && let Some(client) = client
        {
            session = voice.open(client, settings.capabilities.clone()).await;
        }
        if let Some(opened) = &session
            && !voice.tell(opened, condition).await
        {
            session = None;
        }
        failures += 1;
        clock.sleep(PAUSE.drawn(failures, ids.as_ref())).await;
        match open_ledger(&state, clock.as_ref(), ids.as_ref()).await {
            Ok(ledger) => break (ledger, problem),
            Err(next) if next.is_passing() => error = next,
            Err(next) => return Err(next.into()),
        }
    };
    tracing::info!("the ledger can be opened again; going on from what it holds");
    // What had room for a little may still have none for the next: the trouble is told on until
    // usage was written down.
    let trouble = Some(problem);
    Ok(Site::new(Ground {
        clock,
        ids,
        runtime,
        ledger,
        key,
        state,
        way,
        settings,
        status,
        trouble,
    })?)
}

/// Says what is wrong with the ledger of an agent that starts, and waits before the next try.
pub(crate) async fn wait(clock: &dyn Clock, ids: &dyn Ids, error: &LedgerError, failures: u32) {
    say(&problem_of(error), error);
    clock.sleep(PAUSE.drawn(failures, ids)).await;
}

fn say(problem: &Problem, error: &LedgerError) {
    tracing::error!(
        code = problem.code,
        error = error as &dyn std::error::Error,
        "the ledger cannot be written; members go on, and nothing else does until it can"
    );
}

fn problem_of(error: &LedgerError) -> Problem {
    let (code, what) = error.lack();
    Problem { code: code.to_owned(), message: format!("the agent's state directory: {what}") }
}

/// How the plane is told.
struct Voice<'a> {
    clock: &'a dyn Clock,
    known: &'a Known,
    enrolled: &'a Enrolled,
    problem: &'a Problem,
}

impl Voice<'_> {
    async fn open(
        &self,
        client: crate::plane::PlaneClient,
        capabilities: Vec<String>,
    ) -> Option<Opened> {
        let asked = OpenSession {
            protocol: cell_agent_protocol::VERSION,
            agent_version: AGENT_VERSION.to_owned(),
            boot_id: self.known.boot_id.clone(),
            last_sequence: self.known.last_sequence,
            sent_at: self.clock.now(),
            capabilities,
            // What is kept cannot be said for sure.
            process: None,
            kept_from: None,
            revision: None,
        };
        match client.session(&asked).await {
            Ok(session) => Some(Opened::new(&session, client)),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, cell.id = %self.enrolled.cell(), "the plane cannot be told");
                None
            }
        }
    }

    async fn tell(&self, opened: &Opened, condition: Condition) -> bool {
        let report = ObservedRequest {
            session: opened.id,
            number: opened.next_report(),
            at: self.clock.now().shifted(self.known.offset_us),
            revision: self.known.revision,
            instances: Vec::new(),
            changes: Vec::new(),
            operations: Vec::new(),
            logs: Vec::new(),
            spooled: self.known.spooled,
            condition: Some(Condition {
                trouble: Some(Box::new(self.problem.clone())),
                ..condition
            }),
        };
        opened.client.observed(&report).await.is_ok()
    }
}
