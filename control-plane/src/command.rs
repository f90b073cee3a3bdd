//! The command line of the plane: the server, and what is done on its own machine.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Parser, Subcommand};
use control_plane_core::error::Error;
use control_plane_core::identity_provider::NoWire;
use control_plane_core::plane::SharedPlane;
use policies::permit::{FleetPermit, Task};

use crate::ca::{Authority, CaError};
use crate::config::{Config, ConfigError};
use crate::home::{Addresses, Home, HomeError};
use crate::wiring::{self, Parts, StartError};

pub mod billing;
pub mod cell;
pub mod demo;
pub mod doctor;
pub mod licence;
pub mod serve;
pub mod sign_in;
pub mod verify;

/// cellplane's plane: tenants, orders, bills and the conversation with cells.
#[derive(Debug, Parser)]
#[command(name = "cellplane-plane", version, propagate_version = true)]
pub struct Arguments {
    /// Directory with the embedded database and the keys; made at the first start
    #[arg(long, global = true, env = "CELLPLANE_HOME", default_value = ".cellplane")]
    home: PathBuf,
    /// Configuration file; what it leaves out keeps its default
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the plane until it is told to stop (SIGTERM or Ctrl-C)
    Serve,
    /// Bring the database's tables to what this release needs
    Migrate,
    /// Look at the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Say what is wrong with this installation and what to do; changes nothing
    ///
    /// Works while the plane or its database is down. Ends with 1 if there is an error.
    Doctor(doctor::Arguments),
    /// Print a link that signs a user in once; works beside a running plane
    SignIn(sign_in::Arguments),
    /// Cells and their agents
    #[command(subcommand)]
    Cell(cell::Command),
    /// Licences and the keys they are signed with
    #[command(subcommand)]
    Licence(licence::Command),
    /// Closing, export and recomputation of bills
    #[command(subcommand)]
    Billing(billing::Command),
    /// What cells metered
    #[command(subcommand)]
    Usage(billing::UsageCommand),
    /// Prove that the database is consistent; works beside a running plane and changes nothing
    Verify(verify::Arguments),
    /// A tenant to try things with
    #[command(subcommand)]
    Demo(demo::Command),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check file and environment, and print what holds; no secrets are shown
    Check,
}

/// Why a command did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The log's filter.
    #[error("`log.filter` cannot be read")]
    Log(#[from] tracing_subscriber::filter::ParseError),
    /// The plane cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The home directory.
    #[error("use the home directory")]
    Home(#[from] HomeError),
    /// The certificate authority.
    #[error("open the certificate authority")]
    Ca(#[from] CaError),
    /// The plane refuses.
    #[error(transparent)]
    Refused(#[from] Error),
    /// The database.
    #[error("use the database")]
    Store(#[from] control_plane_store::StoreError),
    /// Files of an export.
    #[error(transparent)]
    Files(#[from] ::billing::recompute::FilesError),
    /// An argument or a file makes no sense.
    #[error("{0}")]
    Input(String),
    /// A file cannot be read or written.
    #[error("use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Nobody reads what is printed.
    #[error("print")]
    Print(#[from] io::Error),
}

/// What every command returns.
pub type Result<T = ()> = std::result::Result<T, CommandError>;

/// Runs one command and tells how it went.
pub async fn run(arguments: Arguments) -> ExitCode {
    match dispatch(arguments).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // The reader, `head` for example, has had enough.
        Err(CommandError::Print(cause)) if cause.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(error) => {
            let mut text = format!("error: {error}");
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                text.push_str(&format!("\n  because: {cause}"));
                source = cause.source();
            }
            // There is nowhere else to tell it.
            let _ = writeln!(io::stderr(), "{text}");
            ExitCode::FAILURE
        }
    }
}

/// Answers whether all is well, for the commands that judge.
async fn dispatch(arguments: Arguments) -> Result<bool> {
    if let Command::Doctor(doctor) = &arguments.command {
        // Boxed, since the compiler gives up on futures that are nested as deep as all commands.
        let config = arguments.config.as_deref();
        return Box::pin(doctor::run(&arguments.home, config, doctor)).await;
    }
    Box::pin(carry_out(arguments)).await.map(|()| true)
}

async fn carry_out(arguments: Arguments) -> Result {
    let config = Config::load(arguments.config.as_deref())?;
    if let Command::Config(ConfigCommand::Check) = &arguments.command {
        return Ok(io::stdout().write_all(config.shown().as_bytes())?);
    }
    crate::log::begin(&config.log)?;
    if let Command::Serve = &arguments.command {
        return serve::run(&arguments.home, config).await;
    }
    if let Command::Migrate = &arguments.command {
        return serve::migrate(&arguments.home, &config).await;
    }
    if let Command::Billing(billing::Command::Recompute { directories }) = &arguments.command {
        return billing::recompute(directories);
    }
    let console = Console::open(&arguments, config).await?;
    match &arguments.command {
        Command::SignIn(arguments) => sign_in::run(&console, arguments).await?,
        Command::Cell(command) => cell::run(&console, command).await?,
        Command::Licence(command) => licence::run(&console, command).await?,
        Command::Billing(command) => billing::run(&console, command).await?,
        Command::Usage(command) => billing::run_usage(&console, command).await?,
        Command::Verify(arguments) => verify::run(&console, arguments).await?,
        Command::Demo(command) => demo::run(&console, command).await?,
        Command::Serve | Command::Migrate | Command::Config(_) | Command::Doctor(_) => {}
    }
    console.plane.store.close().await?;
    Ok(())
}

/// What a command beside the running plane works with.
pub struct Console {
    /// The plane, in this process.
    pub plane: SharedPlane,
    /// The home directory.
    pub home: Home,
    /// How the running plane is reached.
    pub addresses: Addresses,
    /// The right of whoever may read the master key.
    pub permit: FleetPermit,
}

impl Console {
    async fn open(arguments: &Arguments, config: Config) -> Result<Self> {
        let (home, parts) = (Home::open(&arguments.home)?, Parts::of_machine());
        if let Command::Demo(_) = &arguments.command {
            demo::prepare(&home, &*parts.random)?;
        }
        let addresses = home.addresses(&config);
        let store = wiring::open_store(&home, &config).await?;
        let plane = wiring::plane(&home, &config, store, parts, &addresses, Arc::new(NoWire))?;
        Ok(Self { plane, home, addresses, permit: FleetPermit::task(Task::Console) })
    }

    /// For tests and demos: a console beside a plane of this process.
    pub fn beside(plane: SharedPlane, home: Home, addresses: Addresses) -> Self {
        Self { plane, home, addresses, permit: FleetPermit::task(Task::Console) }
    }

    /// The certificate authority of this home.
    ///
    /// # Errors
    /// If its files cannot be used.
    pub fn authority(&self) -> Result<Authority> {
        Ok(Authority::open(&self.home, self.plane.clock.now(), &*self.plane.random)?)
    }
}

/// Prints one line of result.
fn print(line: impl std::fmt::Display) -> Result {
    Ok(writeln!(io::stdout(), "{line}")?)
}
