//! The trait of the connectors, carried out on this host.

use std::collections::HashMap;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use catalog::recipe::{CANDIDATE, Command, Exchange, Medium, MemberRecipe, Place};
use connectors::preflight::{Check, Need};
use connectors::runtime::{
    CommandOutput, ConnectorError, MemberRequest, MemberSeen, ProcessChange, ProcessState, Runtime,
    StepLog,
};
use connectors_host_shim::clean;
use connectors_host_shim::conversation::Request;
use connectors_host_shim::directory::MemberDirectory;
use connectors_host_shim::record::{Doing, KeepRecord, PlaceRecord, ProcessRecord};
use connectors_host_shim::{durable, journal, launch, log};
use types::cell::HostFacts;
use types::clock::SharedClock;
use types::id::MemberId;
use types::instance::Software;
use types::instant::Instant;

use crate::config::HostConfig;
use crate::failure::{self, blocking};
use crate::{command, exchange, fact, file, media, place, preflight, shim};

/// How long a member without a known timeout is asked politely.
const STOP_TIME: Duration = Duration::from_secs(10);

/// Runs members on this host.
pub struct HostRuntime {
    config: Arc<HostConfig>,
    clock: SharedClock,
    busy: Mutex<HashMap<MemberId, Arc<tokio::sync::Mutex<()>>>>,
    /// Held while the host is looked at: a disk that hangs is not asked a second time.
    looking: Arc<tokio::sync::Mutex<()>>,
}

impl HostRuntime {
    /// Opens the home on this host: makes its directories and copies the shim.
    ///
    /// Members that run already go on; nothing is started or stopped. Refused if the process is
    /// not root, if a program it needs is missing, or if users could not reach the root.
    pub fn open(mut config: HostConfig, clock: SharedClock) -> Result<Self, ConnectorError> {
        let failed = |error: io::Error| failure::io("open the home", &error);
        if !rustix::process::geteuid().is_root() {
            return Err(failure::refused(
                "PERMISSION",
                "the agent must run as root, since each member runs as a user of its own",
            ));
        }
        if config.bind_address.is_unspecified() {
            let message = "members need one address that clients can reach, not all addresses";
            return Err(failure::refused("BIND_ADDRESS", message));
        }
        for program in [launch::PRLIMIT, launch::SETPRIV, shim::SETSID] {
            if !Path::new(program).exists() {
                let message = format!("{program} is missing; install the package util-linux");
                return Err(failure::refused("PROGRAM_MISSING", message));
            }
        }
        fs::create_dir_all(&config.root).map_err(failed)?;
        // Claims and processes name members by their real path.
        config.root = config.root.canonicalize().map_err(failed)?;
        for directory in [config.root.clone(), config.root.join("members")] {
            place::make_directory(&directory, 0o711).map_err(failed)?;
        }
        place::check_reachable(&config.root)?;
        fs::create_dir_all(&config.media).map_err(failed)?;
        config.media = config.media.canonicalize().map_err(failed)?;
        place::make_directory(&config.media, 0o755).map_err(failed)?;
        place::check_reachable(&config.media)?;
        shim::install(&config)?;
        Ok(Self {
            config: Arc::new(config),
            clock,
            busy: Mutex::default(),
            looking: Arc::default(),
        })
    }

    /// What is on this host of the home's members: directories, claimed numbers, processes. Empty
    /// after the last member was removed.
    pub async fn leftovers(&self) -> Result<Vec<String>, ConnectorError> {
        let config = self.config.clone();
        blocking(move || {
            clean::left(&config.root, &config.claims)
                .map_err(|error| failure::io("look for what is left", &error))
        })
        .await
    }

    /// Held while something is done to the member, so that nothing else is.
    fn turn(&self, member: MemberId) -> Arc<tokio::sync::Mutex<()>> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.entry(member).or_default().clone()
    }

    /// Does the work for the member where it holds up nobody, one after the other.
    async fn with<T: Send + 'static>(
        &self,
        member: MemberId,
        work: impl FnOnce(&HostConfig, &MemberDirectory) -> Result<T, ConnectorError> + Send + 'static,
    ) -> Result<T, ConnectorError> {
        let held = self.turn(member).lock_owned().await;
        let config = self.config.clone();
        blocking(move || {
            // Also when nobody waits for the outcome any more, the work is done to its end.
            let _held = held;
            work(&config, &place::directory(&config, member))
        })
        .await
    }
}

#[async_trait]
impl Runtime for HostRuntime {
    async fn look(&self, check: Check, need: &Need) -> Result<String, ConnectorError> {
        preflight::look(&self.config, check, need).await
    }

    async fn install(
        &self,
        medium: &Medium,
        log: &dyn StepLog,
    ) -> Result<Software, ConnectorError> {
        let installed = media::install(&self.config.media, medium, log).await?;
        let software = installed.software().clone();
        log.line(&format!("{} {} is here", medium.package, software.version));
        Ok(software)
    }

    async fn place(
        &self,
        request: &MemberRequest,
        log: &dyn StepLog,
    ) -> Result<Place, ConnectorError> {
        let (wanted, now) = (request.clone(), self.clock.now());
        let place = self
            .with(request.member, move |config, _| place::reserve(config, &wanted, now))
            .await?;
        log.line(&format!(
            "{} at {}:{} in {}",
            place.member, place.endpoint.host, place.endpoint.port, place.directory
        ));
        Ok(place)
    }

    async fn write(
        &self,
        recipe: &MemberRecipe,
        log: &dyn StepLog,
    ) -> Result<bool, ConnectorError> {
        let files = recipe.files.clone();
        let written = self
            .with(recipe.id, move |_, directory| {
                let user = place::read(directory)?.user;
                let mut written = Vec::new();
                for wanted in &files {
                    if file::write(directory, user, wanted)? {
                        written.push(wanted.path.clone());
                    }
                }
                Ok(written)
            })
            .await?;
        written.iter().for_each(|path| log.line(&format!("wrote {path}")));
        Ok(!written.is_empty())
    }

    async fn check(
        &self,
        recipe: &MemberRecipe,
        medium: &Medium,
    ) -> Result<Option<CommandOutput>, ConnectorError> {
        let Some(check) = recipe.check.clone() else { return Ok(None) };
        let member = recipe.id;
        self.with(member, move |_, directory| {
            let user = place::read(directory)?.user;
            for candidate in &check.files {
                file::write(directory, user, candidate)?;
            }
            Ok(())
        })
        .await?;
        let command = recipe.check.as_ref().map(|check| &check.command);
        let output = match command {
            Some(command) => self.run(member, medium, command).await,
            None => return Ok(None),
        };
        // Whatever came out, the candidates go: they hold secrets that are perhaps never in use.
        self.with(member, |_, directory| {
            match fs::remove_dir_all(directory.content().join(CANDIDATE)) {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    Err(failure::io("remove the candidates", &error))
                }
                _ => Ok(()),
            }
        })
        .await?;
        output.map(Some)
    }

    async fn start(
        &self,
        recipe: &MemberRecipe,
        medium: &Medium,
        log: &dyn StepLog,
    ) -> Result<(), ConnectorError> {
        let (recipe, medium, id) = (recipe.clone(), medium.clone(), recipe.id);
        let keep = self
            .with(id, move |config, directory| {
                let record = place::read(directory)?;
                check_port(config, directory, &record)?;
                let process = describe(config, directory, record.user, &recipe, &medium)?;
                describe_alone(directory, &process)
                    .map_err(|error| failure::io("describe the member's process", &error))?;
                shim::ask_surely(config, directory, Request::Start, Duration::ZERO)
            })
            .await?;
        match keep.pid {
            Some(pid) => log.line(&format!("runs as process {pid}")),
            None => log.line("was asked to start"),
        }
        Ok(())
    }

    async fn stop(&self, member: MemberId, log: &dyn StepLog) -> Result<(), ConnectorError> {
        self.with(member, |config, directory| {
            place::read(directory)?;
            let (keep, may_be_alive) = shim::noted(directory)?;
            let is_stopped = keep.is_none_or(|keep| keep.doing == Doing::Stopped);
            if is_stopped && !may_be_alive {
                return Ok(());
            }
            let timeout = stop_time(directory)?;
            let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
            shim::ask_surely(config, directory, Request::Stop { timeout_ms }, timeout).map(drop)
        })
        .await?;
        log.line("stopped");
        Ok(())
    }

    async fn remove(&self, member: MemberId, log: &dyn StepLog) -> Result<(), ConnectorError> {
        let removed = self
            .with(member, |config, directory| {
                let timeout = stop_time(directory).unwrap_or(STOP_TIME);
                clean::remove(directory, &config.claims, timeout)
                    .map_err(|error| failure::io("remove the member", &error))
            })
            .await?;
        removed.iter().for_each(|line| log.line(&format!("removed {line}")));
        Ok(())
    }

    async fn run(
        &self,
        member: MemberId,
        medium: &Medium,
        command: &Command,
    ) -> Result<CommandOutput, ConnectorError> {
        let directory = place::directory(&self.config, member);
        let user = place::read(&directory)?.user;
        let installed = media::get(&self.config.media, medium)?;
        command::run(&self.config, user, &directory.content(), &installed, command).await
    }

    async fn exchange(
        &self,
        member: MemberId,
        exchange: &Exchange,
    ) -> Result<CommandOutput, ConnectorError> {
        let record = place::read(&place::directory(&self.config, member))?;
        Ok(exchange::run(&record.host, record.port, exchange).await)
    }

    async fn see(&self, member: MemberId) -> Result<MemberSeen, ConnectorError> {
        // While something is done to the member its shim may be absent by intent.
        let held = self.turn(member).try_lock_owned().ok();
        let config = self.config.clone();
        blocking(move || {
            let directory = place::directory(&config, member);
            let record = place::read(&directory)?;
            let (noted, may_be_alive) = shim::noted(&directory)?;
            let needs = noted.as_ref().is_some_and(|keep| keep.needs_shim(may_be_alive));
            let keep = match (needs || may_be_alive, &held) {
                (true, Some(_)) => {
                    let nothing = Duration::ZERO;
                    Some(shim::ask_surely(&config, &directory, Request::Status, nothing)?)
                }
                (true, None) => shim::ask(&directory, Request::Status, Duration::ZERO)?.or(noted),
                (false, _) => noted,
            };
            let never = || KeepRecord { since: record.placed_at, ..KeepRecord::default() };
            let place = place::told(member, &directory, &record);
            Ok(seen(place, keep.unwrap_or_else(never)))
        })
        .await
    }

    async fn journal(
        &self,
        member: MemberId,
        after: Instant,
    ) -> Result<Vec<ProcessChange>, ConnectorError> {
        let config = self.config.clone();
        blocking(move || {
            let directory = place::directory(&config, member);
            place::read(&directory)?;
            let entries = journal::read_after(&directory.journal(), after.micros())
                .map_err(|error| failure::io("read the member's journal", &error))?;
            let told = |entry: journal::Entry| ProcessChange {
                process: state(entry.doing),
                at: Instant::from_micros(entry.at),
            };
            Ok(entries.into_iter().map(told).collect())
        })
        .await
    }

    async fn last_lines(&self, member: MemberId) -> Result<Vec<String>, ConnectorError> {
        let config = self.config.clone();
        blocking(move || {
            let directory = place::directory(&config, member);
            let process: Option<ProcessRecord> = durable::read_json(&directory.process())
                .map_err(|error| failure::io("read the member's process", &error))?;
            // A process that was never described printed nothing.
            let Some(process) = process else { return Ok(Vec::new()) };
            Ok(log::last_lines(&directory.log(), 0, &process))
        })
        .await
    }

    async fn list(&self) -> Result<Vec<MemberId>, ConnectorError> {
        let config = self.config.clone();
        blocking(move || {
            let failed = |error: io::Error| failure::io("list the members", &error);
            let mut found = Vec::new();
            let entries = match fs::read_dir(config.root.join("members")) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
                entries => entries.map_err(failed)?,
            };
            for entry in entries {
                let name = entry.map_err(failed)?.file_name();
                // Also one whose place was never finished: it has to be removed, too.
                found.extend(name.to_str().and_then(|name| name.parse::<MemberId>().ok()));
            }
            found.sort_unstable();
            Ok(found)
        })
        .await
    }

    async fn host(&self) -> Option<HostFacts> {
        let held = self.looking.clone().try_lock_owned().ok()?;
        let root = self.config.root.clone();
        blocking(move || {
            let _held = held;
            fact::of_host(&root).map_err(|error| failure::io("look at the host", &error))
        })
        .await
        .ok()
    }
}

/// Nobody else may have taken the member's port since it was chosen: the process would only end. A
/// member that never ran is better placed anew; what clients know waits until its port is free.
fn check_port(
    config: &HostConfig,
    directory: &MemberDirectory,
    record: &PlaceRecord,
) -> Result<(), ConnectorError> {
    let (_, may_be_alive) = shim::noted(directory)?;
    if may_be_alive || place::is_free(&record.host, record.port) {
        return Ok(());
    }
    // Its own process may listen: that of a shim which was killed before it wrote it down. Only the
    // next shim finds it.
    if directory.shim().exists()
        && shim::ask_surely(config, directory, Request::Status, Duration::ZERO)?.doing
            == Doing::Running
    {
        return Ok(());
    }
    let message = format!(
        "port {} of {} was taken by another program after it was chosen for this member",
        record.port, record.host
    );
    let entries = journal::read_after(&directory.journal(), 0)
        .map_err(|error| failure::io("read the member's journal", &error))?;
    if entries.is_empty() {
        return Err(failure::refused("PORT_TAKEN", message));
    }
    Err(failure::unavailable("PORT_TAKEN", message))
}

/// Writes what the keeper is to run. Somebody who was killed here may have left half a file with
/// secrets in it, which is swept away; two that start the member at once take turns.
fn describe_alone(directory: &MemberDirectory, process: &ProcessRecord) -> io::Result<()> {
    let turn = fs::File::open(directory.path())?;
    rustix::fs::flock(&turn, rustix::fs::FlockOperation::LockExclusive)?;
    durable::sweep(&directory.place())?;
    durable::sweep(&directory.process())?;
    durable::write_json(&directory.process(), process)
}

fn describe(
    config: &HostConfig,
    directory: &MemberDirectory,
    user: u32,
    recipe: &MemberRecipe,
    medium: &Medium,
) -> Result<ProcessRecord, ConnectorError> {
    let installed = media::get(&config.media, medium)?;
    let home = directory.content();
    let (argv, environment) = command::resolve(&installed, &home, &recipe.process)?;
    Ok(ProcessRecord {
        argv,
        environment,
        stdin: recipe.process.stdin.as_ref().map(|text| text.reveal().to_owned()),
        user,
        directory: home,
        open_files_max: config.open_files_max,
        processes_max: config.processes_max,
        stop_timeout_ms: recipe.stop_timeout_ms,
        restart: config.restart,
        log_bytes_max: config.log_bytes_max,
    })
}

fn stop_time(directory: &MemberDirectory) -> Result<Duration, ConnectorError> {
    let process: Option<ProcessRecord> = durable::read_json(&directory.process())
        .map_err(|error| failure::io("read the member's process", &error))?;
    Ok(process.map_or(STOP_TIME, |process| Duration::from_millis(process.stop_timeout_ms)))
}

fn seen(place: Place, keep: KeepRecord) -> MemberSeen {
    MemberSeen {
        place,
        process: state(keep.doing),
        since: Instant::from_micros(keep.since),
        pid: keep.pid,
        restarts: keep.restarts,
        last_exit: keep.last_exit,
    }
}

fn state(doing: Doing) -> ProcessState {
    match doing {
        Doing::Stopped => ProcessState::Stopped,
        Doing::Running => ProcessState::Running,
        Doing::Backoff => ProcessState::Backoff,
        Doing::GivenUp => ProcessState::GivenUp,
    }
}
