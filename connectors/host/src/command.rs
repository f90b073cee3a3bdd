//! Runs a program of a medium beside a member, as the member's user.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use catalog::recipe::Command;
use connectors::runtime::{CommandOutput, ConnectorError};
use connectors_host_shim::launch;
use rustix::process::{Pid, Signal};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

use crate::config::HostConfig;
use crate::failure;
use crate::media::Installed;

const OUTPUT_BYTES_MAX: usize = 64 * 1024;

/// Program and arguments with the program found in the medium, and the whole environment.
pub fn resolve(
    installed: &Installed,
    home: &Path,
    command: &Command,
) -> Result<(Vec<String>, BTreeMap<String, String>), ConnectorError> {
    let (program, arguments) = command.argv.split_first().ok_or_else(|| {
        failure::refused("PROGRAM_MISSING", "the package names no program to run")
    })?;
    let mut argv = vec![installed.program(program)?.display().to_string()];
    argv.extend(arguments.iter().cloned());
    let mut environment = BTreeMap::from([
        ("PATH".to_owned(), "/usr/sbin:/usr/bin:/sbin:/bin".to_owned()),
        ("HOME".to_owned(), home.display().to_string()),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
    ]);
    environment.extend(installed.library_path().map(|path| ("LD_LIBRARY_PATH".to_owned(), path)));
    let own = command.environment.iter();
    environment.extend(own.map(|(name, value)| (name.clone(), value.reveal().to_owned())));
    Ok((argv, environment))
}

/// Runs the command to its end or to its timeout.
pub async fn run(
    config: &HostConfig,
    user: u32,
    home: &Path,
    installed: &Installed,
    command: &Command,
) -> Result<CommandOutput, ConnectorError> {
    let failed = |error: io::Error| failure::io("run a command", &error);
    let (argv, environment) = resolve(installed, home, command)?;
    let line = launch::prefix(user, config.open_files_max, config.processes_max);
    let mut child = tokio::process::Command::new(&line[0])
        .args(&line[1..])
        .args(argv)
        .env_clear()
        .envs(environment)
        .current_dir(home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(failed)?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let text = command.stdin.as_ref();
    let give = async move {
        if let (Some(mut stdin), Some(text)) = (stdin, text) {
            // A program that does not read its input judges that itself.
            let _ = stdin.write_all(text.reveal().as_bytes()).await;
        }
    };
    let everything = async {
        tokio::join!(give, read_start(stdout, &mut out), read_start(stderr, &mut err));
        child.wait().await
    };
    let limit = Duration::from_millis(command.timeout_ms);
    let code = match tokio::time::timeout(limit, everything).await {
        Ok(status) => status.map_err(failed)?.code(),
        Err(_) => {
            end_group(child.id());
            child.kill().await.map_err(failed)?;
            None
        }
    };
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(CommandOutput { code, stdout: text(out), stderr: text(err) })
}

/// Keeps the beginning and lets the rest go by, so that the program is not held up.
async fn read_start(from: Option<impl AsyncRead + Unpin>, into: &mut Vec<u8>) {
    let Some(mut from) = from else { return };
    let mut piece = [0; 4_096];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let left = OUTPUT_BYTES_MAX.saturating_sub(into.len());
        into.extend_from_slice(&piece[..length.min(left)]);
    }
}

/// Ends what the program started too. Its id is its own until it is waited for.
fn end_group(pid: Option<u32>) {
    if let Some(pid) = pid.and_then(|pid| i32::try_from(pid).ok()).and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process_group(pid, Signal::KILL);
    }
}
