//! Starts a program under the member's user and limits, without a shell and without `unsafe`.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use rustix::fs::MemfdFlags;
use rustix::process::Resource;

use crate::record::ProcessRecord;

/// Sets limits, then runs the rest of its arguments. First in the line, since it needs root.
pub const PRLIMIT: &str = "/usr/bin/prlimit";
/// Gives up root for good, then runs the rest of its arguments.
pub const SETPRIV: &str = "/usr/bin/setpriv";

/// What comes before a program so that it runs as the user, within limits. Each of the programs
/// replaces itself by the next, so the process id stays.
pub fn prefix(user: u32, open_files_max: u64, processes_max: u64) -> Vec<String> {
    let open_files_max = allowed(Resource::Nofile, open_files_max);
    let processes_max = allowed(Resource::Nproc, processes_max);
    vec![
        PRLIMIT.to_owned(),
        "--core=0:0".to_owned(),
        format!("--nofile={open_files_max}:{open_files_max}"),
        format!("--nproc={processes_max}:{processes_max}"),
        SETPRIV.to_owned(),
        format!("--reuid={user}"),
        format!("--regid={user}"),
        "--clear-groups".to_owned(),
        "--no-new-privs".to_owned(),
        "--inh-caps=-all".to_owned(),
        "--".to_owned(),
    ]
}

/// Starts the process in a group of its own, with its output going to the log.
pub fn spawn(process: &ProcessRecord, log: &File) -> io::Result<Child> {
    let line = prefix(process.user, process.open_files_max, process.processes_max);
    let mut command = Command::new(&line[0]);
    command
        .args(&line[1..])
        .args(&process.argv)
        .env_clear()
        .envs(&process.environment)
        .current_dir(&process.directory)
        .stdin(stdin(process)?)
        .stdout(log.try_clone()?)
        .stderr(log.try_clone()?)
        .process_group(0);
    command.spawn()
}

/// A limit that can be set: in a container even root cannot go above the one it was given.
fn allowed(resource: Resource, wanted: u64) -> u64 {
    rustix::process::getrlimit(resource).maximum.map_or(wanted, |maximum| maximum.min(wanted))
}

fn stdin(process: &ProcessRecord) -> io::Result<Stdio> {
    let Some(text) = &process.stdin else { return Ok(Stdio::null()) };
    // Memory and not a pipe: whoever starts it need not stay until it has read everything.
    let mut file = File::from(rustix::fs::memfd_create("stdin", MemfdFlags::CLOEXEC)?);
    file.write_all(text.as_bytes())?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file.into())
}
