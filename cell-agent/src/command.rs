//! The command line: reads the configuration, opens the host, runs the agent until it is told to
//! stop.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use cell_agent_protocol::enrol::{JoinToken, JoinTokenError};
use clap::{Args, Parser, Subcommand, ValueEnum};
use connectors::runtime::ConnectorError;
use connectors_host::{HostConfig, HostRuntime, RestartRule};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use types::cell::Orphan;
use types::clock::{SharedClock, SystemClock};
use types::id::{InstanceId, SystemIds};

use crate::agent::{Agent, AgentError, AgentHandle, AgentParts, Settings};
use crate::config::{Config, ConfigError};

/// An agent that was asked to stop takes no longer.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// The agent of a cell: runs what the plane wants on this host.
#[derive(Debug, Parser)]
#[command(name = "cellplane-agent", version)]
struct Arguments {
    /// A configuration file over the built-in default.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How log lines look.
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Become a cell with a join token from the plane's operator.
    Enrol(Enrol),
    /// Run the agent in the foreground.
    Run(Run),
    /// Look at the configuration.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Say how many rows the ledger holds, by table; only while no agent runs on it.
    Ledger,
    /// Put readings from standard input, a line of JSON each, into the spool; only while no agent
    /// runs on it, and only in programs for tests.
    #[cfg(feature = "fire")]
    Enter,
    /// List instances that the plane does not know, since it was restored from a backup, or delete
    /// one of them; only while no agent runs.
    Orphans(Orphans),
}

#[derive(Debug, Args)]
struct Orphans {
    /// Delete this one with its data, at the agent's next run.
    #[arg(long, value_name = "INSTANCE")]
    delete: Option<InstanceId>,
}

#[derive(Debug, Args)]
struct Enrol {
    /// Where the join token is: a file, or `-` for standard input. Never give it as an argument.
    #[arg(long, value_name = "FILE")]
    token_file: PathBuf,
}

#[derive(Debug, Args)]
struct Run {
    /// Enrol first with the join token in this file, or `-` for standard input, unless enrolled.
    #[arg(long, value_name = "FILE")]
    join_token_file: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Say whether the configuration can be used.
    Check,
}

/// Why the program ended without success.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error("use the configuration")]
    Config(#[from] ConfigError),
    #[error("`log.filter` is not a filter")]
    Filter(#[from] tracing_subscriber::filter::ParseError),
    #[error("read the join token from {}", path.display())]
    TokenFile {
        path: PathBuf,
        #[source]
        source: io::Error,
    },
    #[cfg(feature = "fire")]
    #[error("enter readings")]
    Enter(#[from] crate::enter::EnterError),
    #[error("read the join token")]
    Token(#[from] JoinTokenError),
    #[error("open this host for members")]
    Host(#[from] ConnectorError),
    #[error("run the agent")]
    Agent(#[from] AgentError),
    #[error("{0} is no orphan: the plane knows it, so delete it there")]
    NoOrphan(InstanceId),
    #[error("{0}")]
    System(&'static str, #[source] io::Error),
}

/// Runs the command line; the first argument is the program's name.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Nothing is left to say if even that cannot be printed.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match carry_out(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "cellplane-agent: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// The error and all its sources on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

fn carry_out(arguments: Arguments) -> Result<(), CommandError> {
    let config = Config::load(arguments.config.as_deref())?;
    let filter: Targets = config.log.filter.parse()?;
    match arguments.command {
        Command::Config(ConfigCommand::Check) => {
            let _ = writeln!(io::stdout(), "The configuration can be used.");
            Ok(())
        }
        Command::Ledger => {
            let counts = Agent::ledger_counts(&config.state.directory, &SystemIds)?;
            for (table, rows) in counts {
                let _ = writeln!(io::stdout(), "{table} {rows}");
            }
            Ok(())
        }
        #[cfg(feature = "fire")]
        Command::Enter => {
            let text = io::read_to_string(io::stdin())
                .map_err(|error| CommandError::System("read standard input", error))?;
            let last = crate::enter::readings(&config.state.directory, &SystemIds, &text)?;
            let _ = writeln!(io::stdout(), "{last}");
            Ok(())
        }
        Command::Orphans(asked) => orphans(&config.state.directory, &asked),
        Command::Enrol(Enrol { token_file }) => {
            begin_log(filter, arguments.log_format);
            let token = read_token(&token_file)?;
            let cell = runtime()?.block_on(Agent::enrol(
                Arc::new(SystemClock),
                &SystemIds,
                &config.state.directory,
                &token,
            ))?;
            let _ = writeln!(io::stdout(), "Enrolled as {cell}.");
            Ok(())
        }
        Command::Run(Run { join_token_file }) => {
            begin_log(filter, arguments.log_format);
            let token = match join_token_file {
                Some(path) => read_token_if_there(&path)?,
                None => None,
            };
            runtime()?.block_on(run(config, token))
        }
    }
}

fn orphans(state: &Path, asked: &Orphans) -> Result<(), CommandError> {
    let Some(instance) = asked.delete else {
        for orphan in Agent::orphans(state, &SystemIds)? {
            let Orphan { instance, tenant, project, members } = orphan;
            let _ = writeln!(io::stdout(), "{instance}\t{tenant}\t{project}\t{members} members");
        }
        return Ok(());
    };
    if !Agent::delete_orphan(state, &SystemIds, instance)? {
        return Err(CommandError::NoOrphan(instance));
    }
    let _ =
        writeln!(io::stdout(), "{instance} is deleted with its data when the agent runs again.");
    Ok(())
}

fn begin_log(targets: Targets, format: LogFormat) {
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    let filtered = tracing_subscriber::registry().with(targets);
    match format {
        LogFormat::Text => filtered.with(lines).init(),
        LogFormat::Json => filtered.with(lines.json()).init(),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, CommandError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let built = builder.worker_threads(2).max_blocking_threads(8).enable_all().build();
    built.map_err(|error| CommandError::System("start the program", error))
}

fn read_token(path: &Path) -> Result<JoinToken, CommandError> {
    let mut line = String::new();
    let read = if path == Path::new("-") {
        io::stdin().read_to_string(&mut line)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut line))
    };
    read.map_err(|source| CommandError::TokenFile { path: path.to_owned(), source })?;
    Ok(JoinToken::from_line(&line)?)
}

/// A token is used once, so its file may be gone at a later start.
fn read_token_if_there(path: &Path) -> Result<Option<JoinToken>, CommandError> {
    match read_token(path) {
        Ok(token) => Ok(Some(token)),
        Err(CommandError::TokenFile { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

async fn run(config: Config, join_token: Option<JoinToken>) -> Result<(), CommandError> {
    let clock: SharedClock = Arc::new(SystemClock);
    let host = HostRuntime::open(host_config(&config)?, clock.clone())?;
    let parts = AgentParts {
        clock,
        ids: Arc::new(SystemIds),
        runtime: Arc::new(host),
        state_dir: config.state.directory,
        settings: Settings {
            probe_interval: Duration::from_millis(config.probe.interval_ms),
            concurrency: config.work.concurrency,
            ..Settings::default()
        },
        join_token,
    };
    let failed = |error| CommandError::System("listen for signals", error);
    let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
    // While the plane is away the first start waits for the enrolment, and can be stopped.
    let mut agent = tokio::select! {
        agent = Agent::start(parts) => agent?,
        _ = terminate.recv() => return Ok(()),
        _ = interrupt.recv() => return Ok(()),
    };
    tokio::select! {
        ended = agent.finished() => return Ok(ended?),
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    stop(agent).await
}

async fn stop(agent: AgentHandle) -> Result<(), CommandError> {
    match tokio::time::timeout(STOP_LIMIT, agent.stop()).await {
        Ok(ended) => Ok(ended?),
        // Whatever was not finished is found again in the ledger.
        Err(_) => Ok(()),
    }
}

fn host_config(config: &Config) -> Result<HostConfig, CommandError> {
    let host = &config.host;
    let shim = if host.shim.as_os_str().is_empty() {
        let program = std::env::current_exe()
            .map_err(|error| CommandError::System("find the agent's own program", error))?;
        program.with_file_name("cellplane-shim")
    } else {
        host.shim.clone()
    };
    let mut settings = HostConfig::new(&host.directory, shim);
    settings.claims = host.claims_directory.clone();
    if !host.media_directory.as_os_str().is_empty() {
        settings.media = host.media_directory.clone();
    }
    settings.bind_address = host.bind_address;
    settings.ports = host.first_port..=host.last_port;
    settings.users = host.first_uid..=host.last_uid;
    let restart = &config.restart;
    settings.restart = RestartRule {
        first_pause_ms: restart.first_pause_ms,
        longest_pause_ms: restart.longest_pause_ms,
        steady_ms: restart.steady_ms,
        ends_max: restart.ends_max,
        window_ms: restart.window_ms,
    };
    Ok(settings)
}
