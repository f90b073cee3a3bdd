//! Talks to the keeper of a member, and brings one if there should be one and is none.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use connectors::runtime::ConnectorError;
use connectors_host_shim::conversation::{self, Request};
use connectors_host_shim::directory::MemberDirectory;
use connectors_host_shim::durable;
use connectors_host_shim::record::KeepRecord;
use rustix::event::{PollFd, PollFlags, Timespec};

use crate::config::HostConfig;
use crate::failure;

/// Opens a session for the shim, so that it outlives the agent.
pub const SETSID: &str = "/usr/bin/setsid";
/// A shim answers at once; this is for a host that is out of breath.
const ANSWER_TIME: Duration = Duration::from_secs(10);
/// A shim that takes over may have to end what the one before it left.
const READY_SECONDS: i64 = 30;

/// The shim's program below the root.
pub fn program(config: &HostConfig) -> PathBuf {
    config.root.join("bin").join("cellplane-shim")
}

/// Copies the shim below the root, so that members do not depend on where it was built. A running
/// shim keeps the program it was started with.
pub fn install(config: &HostConfig) -> Result<(), ConnectorError> {
    let target = program(config);
    let verb = format!("copy the shim from {}", config.shim.display());
    let failed = |error: io::Error| failure::io(&verb, &error);
    let content = fs::read(&config.shim).map_err(failed)?;
    if fs::read(&target).is_ok_and(|there| there == content) {
        return Ok(());
    }
    let bin = config.root.join("bin");
    crate::place::make_directory(&bin, 0o711).map_err(failed)?;
    let mut fresh = tempfile::NamedTempFile::new_in(&bin).map_err(failed)?;
    io::Write::write_all(&mut fresh, &content).map_err(failed)?;
    fresh.as_file().set_permissions(fs::Permissions::from_mode(0o755)).map_err(failed)?;
    fresh.as_file().sync_all().map_err(failed)?;
    fresh.persist(&target).map_err(|error| failed(error.error))?;
    durable::sync_directory(&bin).map_err(failed)
}

/// What the keeper wrote down last, and whether a process may be alive.
pub fn noted(directory: &MemberDirectory) -> Result<(Option<KeepRecord>, bool), ConnectorError> {
    let keep = durable::read_json(&directory.keep())
        .map_err(|error| failure::io("read what the shim noted", &error))?;
    Ok((keep, directory.child().exists()))
}

/// Asks the shim of the member. None: there is no shim.
pub fn ask(
    directory: &MemberDirectory,
    request: Request,
    extra: Duration,
) -> Result<Option<KeepRecord>, ConnectorError> {
    match conversation::ask(directory, request, ANSWER_TIME + extra) {
        Ok(answer) => match answer.problem {
            None => Ok(Some(answer.keep)),
            Some(problem) => Err(failure::unavailable("MEMBER_BUSY", problem)),
        },
        Err(error) if conversation::is_absent(&error) => Ok(None),
        Err(error) => {
            Err(failure::unavailable("SHIM_SILENT", format!("ask the member's shim: {error}")))
        }
    }
}

/// Asks the shim of the member; brings one first if there is none.
pub fn ask_surely(
    config: &HostConfig,
    directory: &MemberDirectory,
    request: Request,
    extra: Duration,
) -> Result<KeepRecord, ConnectorError> {
    // A shim may leave between two questions, so one more try is fair.
    for _ in 0..3 {
        if let Some(keep) = ask(directory, request, extra)? {
            return Ok(keep);
        }
        launch(config, directory.path())?;
    }
    let message = format!("the shim of {} does not stay", directory.path().display());
    Err(failure::unavailable("SHIM_NOT_STARTED", message))
}

/// Starts a shim in a session of its own and returns when it, or the one that was faster, answers.
fn launch(config: &HostConfig, directory: &Path) -> Result<(), ConnectorError> {
    let failed = |error: io::Error| failure::io("start the member's shim", &error);
    let log =
        File::options().append(true).create(true).mode(0o600).open(directory.join("shim.log"));
    durable::reached(&directory.join("shim"), "launch");
    let mut starter = Command::new(SETSID)
        .arg("--fork")
        .arg(program(config))
        .arg("keep")
        .arg(directory)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log.map_err(failed)?)
        .spawn()
        .map_err(failed)?;
    let answer = starter.stdout.take().map(first_line).unwrap_or_default();
    starter.wait().map_err(failed)?;
    durable::reached(&directory.join("shim"), "launched");
    if answer == "ready" {
        return Ok(());
    }
    let message = format!("the shim of {} did not start: {answer}", directory.display());
    // It is another program, and this is how the system names the two.
    let code = match answer.as_str() {
        answer if answer.contains("No space left on device") => "DISK_FULL",
        answer if answer.contains("Read-only file system") => "READ_ONLY",
        _ => "SHIM_NOT_STARTED",
    };
    Err(failure::unavailable(code, message))
}

fn first_line(output: std::process::ChildStdout) -> String {
    let patience = Timespec { tv_sec: READY_SECONDS, tv_nsec: 0 };
    let mut watched = [PollFd::new(&output, PollFlags::IN)];
    if !matches!(rustix::event::poll(&mut watched, Some(&patience)), Ok(count) if count > 0) {
        return "it said nothing".to_owned();
    }
    let mut line = String::new();
    // What cannot be read is judged like silence.
    let _ = BufReader::new(output).read_line(&mut line);
    line.trim_end().to_owned()
}
