//! The agent's configuration: an embedded documented default, overlaid by a file, then by the
//! environment. Everything is checked before anything is opened.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Environment, File, FileFormat};
use serde::Deserialize;

/// The documented default.
pub const DEFAULT: &str = include_str!("config.default.toml");

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A key is unknown or a value has the wrong type.
    #[error("read configuration")]
    Read(#[source] config::ConfigError),
    /// A value makes no sense.
    #[error("`{key}` {problem}")]
    Value {
        /// The key, as `section.key`.
        key: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// The whole configuration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the agent keeps what it must not forget.
    pub state: State,
    /// How members are placed on this host.
    pub host: Host,
    /// How often members are looked at.
    pub probe: Probe,
    /// When a process that ended by itself is started again.
    pub restart: Restart,
    /// How much is done at the same time.
    pub work: Work,
    /// What is logged.
    pub log: Log,
}

/// Section `state`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct State {
    /// Absolute path of the state directory.
    pub directory: PathBuf,
}

/// Section `host`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Host {
    /// Absolute path of everything of this cell on the host.
    pub directory: PathBuf,
    /// Absolute path of the claims, shared by all cells of the host.
    pub claims_directory: PathBuf,
    /// Absolute path of the unpacked products; empty for below `directory`.
    pub media_directory: PathBuf,
    /// Path of the shim program; empty for the one beside the agent.
    pub shim: PathBuf,
    /// What members listen on.
    pub bind_address: IpAddr,
    /// First port for members.
    pub first_port: u16,
    /// Last port for members.
    pub last_port: u16,
    /// First numeric user id for members.
    pub first_uid: u32,
    /// Last numeric user id for members.
    pub last_uid: u32,
}

/// Section `probe`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// Milliseconds between two looks at a member.
    pub interval_ms: u64,
}

impl Probe {
    /// The interval as a duration.
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.interval_ms)
    }
}

/// Section `restart`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restart {
    /// Milliseconds of the first pause.
    pub first_pause_ms: u64,
    /// Milliseconds of the longest pause.
    pub longest_pause_ms: u64,
    /// Milliseconds after which the pauses begin anew.
    pub steady_ms: u64,
    /// Ends within the window that are too many.
    pub ends_max: usize,
    /// Milliseconds of the window.
    pub window_ms: u64,
}

/// Section `work`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Work {
    /// Steps that run at the same time.
    pub concurrency: usize,
}

/// Section `log`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Directives of what is logged.
    pub filter: String,
}

impl Config {
    /// The default, overlaid by the file if one is given, then by `CELLPLANE_AGENT__SECTION__KEY`.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let environment =
            Environment::with_prefix("CELLPLANE_AGENT").prefix_separator("__").separator("__");
        Self::overlay(file, environment.try_parsing(true))
    }

    fn overlay(file: Option<&Path>, environment: Environment) -> Result<Self, ConfigError> {
        let mut sources =
            config::Config::builder().add_source(File::from_str(DEFAULT, FileFormat::Toml));
        if let Some(path) = file {
            sources = sources.add_source(File::from(path).format(FileFormat::Toml));
        }
        let config: Self = sources
            .add_source(environment)
            .build()
            .and_then(config::Config::try_deserialize)
            .map_err(ConfigError::Read)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        let wrong = |key, problem| Err(ConfigError::Value { key, problem });
        if !self.state.directory.is_absolute() {
            return wrong("state.directory", "must be an absolute path");
        }
        if !self.host.directory.is_absolute() {
            return wrong("host.directory", "must be an absolute path");
        }
        if !self.host.claims_directory.is_absolute() {
            return wrong("host.claims_directory", "must be an absolute path");
        }
        let media = &self.host.media_directory;
        if !media.as_os_str().is_empty() && !media.is_absolute() {
            return wrong("host.media_directory", "must be an absolute path or empty");
        }
        if self.host.bind_address.is_unspecified() {
            return wrong("host.bind_address", "must be one address, not all addresses");
        }
        if self.host.first_port < 1024 {
            return wrong("host.first_port", "must be 1024 or above");
        }
        if self.host.last_port < self.host.first_port {
            return wrong("host.last_port", "must not be below host.first_port");
        }
        if self.host.first_uid < 1000 {
            return wrong("host.first_uid", "must be 1000 or above");
        }
        if self.host.last_uid < self.host.first_uid {
            return wrong("host.last_uid", "must not be below host.first_uid");
        }
        if !(100..=60_000).contains(&self.probe.interval_ms) {
            return wrong("probe.interval_ms", "must be between 100 and 60000");
        }
        self.restart.check()?;
        if !(1..=64).contains(&self.work.concurrency) {
            return wrong("work.concurrency", "must be between 1 and 64");
        }
        Ok(())
    }
}

impl Restart {
    fn check(&self) -> Result<(), ConfigError> {
        let wrong = |key, problem| Err(ConfigError::Value { key, problem });
        // A process that ends at once must not keep its host busy.
        if !(100..=60_000).contains(&self.first_pause_ms) {
            return wrong("restart.first_pause_ms", "must be between 100 and 60000");
        }
        if !(self.first_pause_ms..=3_600_000).contains(&self.longest_pause_ms) {
            let problem = "must not be below restart.first_pause_ms or above 3600000";
            return wrong("restart.longest_pause_ms", problem);
        }
        if !(1_000..=86_400_000).contains(&self.steady_ms) {
            return wrong("restart.steady_ms", "must be between 1000 and 86400000");
        }
        if !(1..=1_000).contains(&self.ends_max) {
            return wrong("restart.ends_max", "must be between 1 and 1000");
        }
        if !(1_000..=86_400_000).contains(&self.window_ms) {
            return wrong("restart.window_ms", "must be between 1000 and 86400000");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("agent.toml");
        std::fs::write(&path, file).expect("a file");
        let pairs = environment.iter().map(|(key, value)| (key.to_string(), value.to_string()));
        let environment = Environment::with_prefix("CELLPLANE_AGENT")
            .prefix_separator("__")
            .separator("__")
            .try_parsing(true)
            .source(Some(pairs.collect()));
        Config::overlay(Some(&path), environment).map_err(|error| match error {
            ConfigError::Read(source) => source.to_string(),
            other => other.to_string(),
        })
    }

    #[track_caller]
    fn check_refused(file: &str, environment: &[(&str, &str)], expected: &str) {
        let refused = load(file, environment).expect_err("a refusal");
        assert!(refused.contains(expected), "{refused}");
    }

    #[test]
    fn the_default_can_be_used() {
        let config = load("", &[]).expect("the default");
        assert_eq!(config.probe.interval(), Duration::from_secs(2));
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = "[work]\nconcurrency = 5\n[probe]\ninterval_ms = 500\n";
        let config = load(file, &[("CELLPLANE_AGENT__WORK__CONCURRENCY", "6")]).expect("a config");
        assert_eq!((config.work.concurrency, config.probe.interval_ms), (6, 500));
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        check_refused("[work]\ncolour = 1\n", &[], "colour");
        check_refused("", &[("CELLPLANE_AGENT__WORK__COLOUR", "1")], "colour");
        check_refused("[work]\nconcurrency = 0\n", &[], "`work.concurrency` must be");
        check_refused("[work]\nconcurrency = \"many\"\n", &[], "concurrency");
        check_refused("[state]\ndirectory = \"here\"\n", &[], "absolute");
        check_refused("[host]\nbind_address = \"0.0.0.0\"\n", &[], "one address");
        check_refused("[host]\nmedia_directory = \"here\"\n", &[], "host.media_directory");
        check_refused("[host]\nfirst_port = 80\n", &[], "1024");
        check_refused("[host]\nlast_port = 1100\n", &[], "host.last_port");
        check_refused("[host]\nfirst_uid = 0\n", &[], "1000");
        check_refused("[probe]\ninterval_ms = 1\n", &[], "probe.interval_ms");
        check_refused("[restart]\nfirst_pause_ms = 0\n", &[], "restart.first_pause_ms");
        check_refused("[restart]\nlongest_pause_ms = 10\n", &[], "restart.longest_pause_ms");
        check_refused("[restart]\nsteady_ms = 0\n", &[], "restart.steady_ms");
        check_refused("[restart]\nends_max = 0\n", &[], "restart.ends_max");
        check_refused("[restart]\nwindow_ms = 0\n", &[], "restart.window_ms");
    }
}
