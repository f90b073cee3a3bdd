//! What every command is given: the terminal, the surroundings, the remembered session.

use std::path::PathBuf;
use std::sync::Arc;

use types::clock::{SharedClock, SystemClock};
use types::id::{Ids, SystemIds};
use types::secret::Secret;

use crate::address::Address;
use crate::arguments::GlobalArguments;
use crate::client::Client;
use crate::config::{Config, Environment};
use crate::error::{Error, Result};
use crate::terminal::Terminal;

/// Everything the program takes from outside, as inputs.
pub struct Machine {
    /// Where it writes and asks.
    pub terminal: Terminal,
    /// Time, also for waiting.
    pub clock: SharedClock,
    /// Where idempotency keys come from.
    pub ids: Arc<dyn Ids>,
    /// What the surroundings say.
    pub environment: Environment,
}

impl Machine {
    /// This process's own.
    pub fn real() -> Self {
        let environment = Environment::read();
        Self {
            terminal: Terminal::real(environment.no_colour),
            clock: Arc::new(SystemClock),
            ids: Arc::new(SystemIds),
            environment,
        }
    }
}

/// One run of the program.
pub struct Program {
    /// Where it writes and asks.
    pub terminal: Terminal,
    machine: Machine,
    global: GlobalArguments,
}

impl Program {
    /// Puts together what a command needs.
    pub fn new(machine: Machine, terminal: Terminal, global: GlobalArguments) -> Self {
        Self { terminal, machine, global }
    }

    /// The address given on the command line.
    pub fn address(&self) -> Option<&Address> {
        self.global.address.as_ref()
    }

    /// The file that remembers session and default project.
    pub fn config_file(&self) -> Result<PathBuf> {
        match &self.global.config {
            Some(path) => Ok(path.clone()),
            None => self.machine.environment.config_file(),
        }
    }

    /// What that file remembers.
    pub fn config(&self) -> Result<Config> {
        Config::load(&self.config_file()?)
    }

    /// The clock.
    pub fn clock(&self) -> SharedClock {
        Arc::clone(&self.machine.clock)
    }

    /// A client without a session, for signing in.
    pub fn stranger(&self, address: Address) -> Result<Client> {
        Client::new(address, None, self.clock(), Arc::clone(&self.machine.ids))
    }

    /// A token that was given for this run alone: the file wins over the environment.
    fn given_token(&self) -> Result<Option<Secret>> {
        let Some(path) = &self.global.token_file else {
            return Ok(self.machine.environment.token.clone());
        };
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::Usage(format!("--token-file {}: {error}", path.display())))?;
        match text.trim() {
            "" => Err(Error::Usage(format!("--token-file {}: it is empty", path.display()))),
            token => Ok(Some(Secret::new(token))),
        }
    }

    /// A client with the token that was given, else with the remembered session.
    pub fn client(&self) -> Result<Client> {
        if let Some(token) = self.given_token()? {
            let remembered = || self.config().ok()?.address?.parse().ok();
            let address = self.address().cloned().or_else(remembered).ok_or_else(|| {
                Error::Usage("a token alone needs --address ADDRESS as well".to_owned())
            })?;
            return Client::new(address, Some(token), self.clock(), Arc::clone(&self.machine.ids));
        }
        let config = self.config()?;
        let (Some(remembered), Some(token)) = (config.address, config.token) else {
            return Err(Error::NotSignedIn);
        };
        let home: Address = remembered.parse().map_err(|error| Error::Config {
            path: self.config_file().unwrap_or_default(),
            problem: format!("address {remembered}: {error}"),
        })?;
        let address = match self.address() {
            Some(given) if !given.may_have_token_of(&home) => {
                return Err(Error::Usage(format!(
                    "signed in at {home}; the token is not sent to {given}: sign in there"
                )));
            }
            Some(given) => given.clone(),
            None => home,
        };
        Client::new(address, Some(token), self.clock(), Arc::clone(&self.machine.ids))
    }

    /// The project that is meant: the named one, else the default one.
    pub fn project(&self, named: Option<&str>) -> Result<Option<String>> {
        match named {
            Some(named) => Ok(Some(named.to_owned())),
            None => Ok(self.config()?.project),
        }
    }
}
