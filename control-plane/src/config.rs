//! The plane's configuration: an embedded documented default, overlaid by a file, then by the
//! environment. Everything is checked before a port or a database is opened.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use config::{Environment, File, FileFormat, Map, Value, ValueKind};
use control_plane_core::address_range;
use ipnet::IpNet;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

mod rule;

/// The documented default.
pub const DEFAULT: &str = include_str!("../config.default.toml");

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file is missing or not TOML, or a value has the wrong type.
    #[error("read configuration")]
    Read(#[source] config::ConfigError),
    /// Somebody set what does not exist.
    #[error(
        "`{0}` is not a key of the configuration; `cellplane-plane config check` prints them all"
    )]
    UnknownKey(String),
    /// A value makes no sense.
    #[error("`{key}` {problem}")]
    Value {
        /// The key, as `section.key`.
        key: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}

macro_rules! sections {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $kind:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $kind,)* }
    )*};
}

sections! {
    /// The whole configuration; the sections are described in `config.default.toml`.
    Config {
        /// Portal and API.
        http: Http,
        /// The port of agents.
        agent: Agent,
        /// The database.
        database: Database,
        /// Licences.
        licence: Licence,
        /// Sign-in and sessions.
        session: Session,
        /// Sign-in through OpenID providers.
        openid: Openid,
        /// Operations.
        operation: Operation,
        /// Limits of use.
        limit: Limit,
        /// Hints between planes.
        redis: Redis,
        /// Numbers for monitoring.
        metrics: Metrics,
        /// What is logged.
        log: Log,
    }
    /// Section `http`.
    Http {
        /// Where portal and API answer.
        listen: SocketAddr,
        /// Where people reach the portal; empty: the address listened on.
        public_address: String,
        /// Proxies before this port that say whom they ask for, as ranges of addresses.
        #[serde(deserialize_with = "ranges")]
        trusted_proxies: Vec<IpNet>,
        /// Whether another port may be taken.
        fallback_ports: bool,
        /// Bytes of one request.
        body_max_bytes: usize,
        /// Seconds for requests to end when the plane stops.
        drain_s: u64,
    }
    /// Section `agent`.
    Agent {
        /// Where agents call in.
        listen: SocketAddr,
        /// Where agents reach it; empty: the address listened on.
        public_address: String,
        /// Milliseconds for a TLS handshake.
        handshake_timeout_ms: u64,
        /// Hours that a cell's certificate is good.
        certificate_life_h: u64,
        /// Seconds between two reports.
        report_interval_s: u64,
    }
    /// Section `database`.
    Database {
        /// The address; empty: SQLite in the home directory.
        url: String,
        /// A file with the address; empty: none.
        url_file: PathBuf,
        /// The role under which the plane works on PostgreSQL; empty: that of the login, without a
        /// second wall.
        role: String,
        /// Most connections at once.
        connections_max: u32,
        /// Milliseconds that a transaction waits for its turn.
        wait_ms: u64,
        /// Milliseconds that a statement may take.
        statement_ms: u64,
    }
    /// Section `licence`.
    Licence {
        /// Files with public keys of issuers.
        issuers: Vec<PathBuf>,
        /// Identifies the installation; empty: drawn.
        installation: String,
    }
    /// Section `session`.
    Session {
        /// Seconds that a sign-in link is good.
        code_life_s: u64,
        /// Seconds that a session of the portal lasts.
        portal_life_s: u64,
        /// Seconds that a session of the command line lasts.
        command_line_life_s: u64,
        /// Seconds that a token of a program lasts at most.
        token_life_max_s: u64,
        /// Seconds between two looks at the session of an open subscription.
        recheck_s: u64,
    }
    /// Section `openid`.
    Openid {
        /// Whether issuers on this machine may be asked over http.
        loopback_http: bool,
        /// The proxy on the way to providers; empty: none.
        proxy: String,
    }
    /// Section `operation`.
    Operation {
        /// Seconds that an operation may take.
        deadline_s: u64,
    }
    /// Section `limit`.
    Limit {
        /// Requests in a row.
        requests_burst: u32,
        /// Requests per second.
        requests_per_second: u32,
        /// Requests of strangers in a row.
        strangers_burst: u32,
        /// Requests of strangers per second.
        strangers_per_second: u32,
        /// Open connections per port.
        connections_max: usize,
    }
    /// Section `redis`.
    Redis {
        /// The address; empty: none.
        url: String,
        /// A file with the address; empty: none.
        url_file: PathBuf,
    }
    /// Section `metrics`.
    Metrics {
        /// Where the numbers answer; empty: on the portal's port, to this machine.
        listen: String,
    }
    /// Section `log`.
    Log {
        /// Directives of what is logged.
        filter: String,
        /// In which form.
        format: LogFormat,
    }
}

/// Forms of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object per line.
    Json,
}

impl Config {
    /// The default, overlaid by the file if one is given, then by `CELLPLANE__SECTION__KEY`.
    ///
    /// # Errors
    /// Names the key that is unknown or wrong.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::overlay(file, environment())
    }

    /// The documented default, without file and environment.
    pub fn documented() -> Self {
        let sources =
            config::Config::builder().add_source(File::from_str(DEFAULT, FileFormat::Toml));
        let read = sources.build().and_then(config::Config::try_deserialize);
        read.expect("a test reads the embedded default")
    }

    fn overlay(file: Option<&Path>, environment: Environment) -> Result<Self, ConfigError> {
        let default = config::Config::builder()
            .add_source(File::from_str(DEFAULT, FileFormat::Toml))
            .build()
            .map_err(ConfigError::Read)?;
        let mut sources = config::Config::builder().add_source(default.clone());
        if let Some(path) = file {
            sources = sources.add_source(File::from(path).format(FileFormat::Toml));
        }
        let merged = sources.add_source(environment).build().map_err(ConfigError::Read)?;
        if let Some(key) = unknown(&default.cache, &merged.cache) {
            return Err(ConfigError::UnknownKey(key));
        }
        let config: Self = merged.try_deserialize().map_err(ConfigError::Read)?;
        rule::check(&config)?;
        Ok(config)
    }

    /// The configuration as TOML, without what may be a password.
    pub fn shown(&self) -> String {
        let mut shown = self.clone();
        if !shown.redis.url.is_empty() {
            "redis:(hidden)".clone_into(&mut shown.redis.url);
        }
        if !shown.database.url.is_empty() {
            let scheme = shown.database.url.split_once(':').map_or("", |(scheme, _)| scheme);
            shown.database.url = format!("{scheme}:(hidden)");
        }
        toml::to_string(&shown).expect("a configuration has a TOML form")
    }

    /// The role under which to work on PostgreSQL; none: as who signs in.
    pub fn database_role(&self) -> Option<String> {
        Some(self.database.role.clone()).filter(|role| !role.is_empty())
    }

    /// No request takes longer: its turn at the database, twice a statement's time, and what is
    /// done between.
    pub fn patience(&self) -> Duration {
        let database = &self.database;
        Duration::from_millis(database.wait_ms + database.statement_ms * 2)
    }

    /// How long requests may take to end when the plane stops.
    pub fn drain(&self) -> Duration {
        Duration::from_secs(self.http.drain_s)
    }
}

/// `CELLPLANE__HTTP__LISTEN` sets `http.listen`; lists are separated by commas.
fn environment() -> Environment {
    Environment::with_prefix("CELLPLANE")
        .prefix_separator("__")
        .separator("__")
        .try_parsing(true)
        .list_separator(",")
        .with_list_parse_key("licence.issuers")
        .with_list_parse_key("http.trusted_proxies")
}

/// Ranges of addresses, and single ones.
fn ranges<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(from)?;
    let wrong = |text: &String| {
        D::Error::custom(format!("`{text}` is no range of addresses: {}", address_range::EXAMPLES))
    };
    texts.iter().map(|text| address_range::parse(text).ok_or_else(|| wrong(text))).collect()
}

/// The first key of the merged configuration that the default does not have.
fn unknown(default: &Value, merged: &Value) -> Option<String> {
    fn walk(known: &Map<String, Value>, found: &Map<String, Value>, path: &str) -> Option<String> {
        let mut names: Vec<_> = found.keys().collect();
        names.sort();
        names.into_iter().find_map(|name| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            match (known.get(name).map(|value| &value.kind), &found[name].kind) {
                (None, _) => Some(path),
                (Some(ValueKind::Table(known)), ValueKind::Table(found)) => {
                    walk(known, found, &path)
                }
                (Some(_), _) => None,
            }
        })
    }
    match (&default.kind, &merged.kind) {
        (ValueKind::Table(known), ValueKind::Table(found)) => walk(known, found, ""),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(file: &str, pairs: &[(&str, &str)]) -> Result<Config, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plane.toml");
        std::fs::write(&path, file).expect("a file");
        let pairs = pairs.iter().map(|(key, value)| (key.to_string(), value.to_string()));
        let environment = environment().source(Some(pairs.collect()));
        Config::overlay(Some(&path), environment).map_err(|error| match error {
            ConfigError::Read(source) => source.to_string(),
            other => other.to_string(),
        })
    }

    #[track_caller]
    fn refused(file: &str, pairs: &[(&str, &str)], expected: &str) {
        let told = load(file, pairs).expect_err("a refusal");
        assert!(told.contains(expected), "{told}");
    }

    #[test]
    fn the_default_can_be_used() {
        assert_eq!(load("", &[]), Ok(Config::documented()));
    }

    #[test]
    fn the_environment_wins_over_the_file() {
        let file = "[http]\nlisten = \"127.0.0.1:1\"\ndrain_s = 3\n";
        let pairs = [
            ("CELLPLANE__HTTP__LISTEN", "127.0.0.1:2"),
            ("CELLPLANE__LICENCE__ISSUERS", "a.pub,b.pub"),
            ("CELLPLANE__HTTP__TRUSTED_PROXIES", "10.0.0.0/8,192.0.2.1"),
        ];
        let config = load(file, &pairs).expect("a configuration");
        assert_eq!((config.http.listen.port(), config.http.drain_s), (2, 3));
        assert_eq!(config.licence.issuers, [PathBuf::from("a.pub"), PathBuf::from("b.pub")]);
        let proxies: Vec<_> = config.http.trusted_proxies.iter().map(IpNet::to_string).collect();
        assert_eq!(proxies, ["10.0.0.0/8", "192.0.2.1/32"]);
    }

    #[test]
    fn an_unknown_key_is_named() {
        refused("[http]\ncolour = 1\n", &[], "`http.colour` is not a key");
        refused("[colour]\nred = 1\n", &[], "`colour` is not a key");
        refused("", &[("CELLPLANE__AGENT__COLOUR", "1")], "`agent.colour` is not a key");
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        refused("[http]\nlisten = \"here\"\n", &[], "http.listen");
        refused("[http]\npublic_address = \"https://a/b\"\n", &[], "`http.public_address` must");
        refused("[http]\npublic_address = \"https://a/\"\n", &[], "`http.public_address` must");
        refused("[http]\ntrusted_proxies = [\"proxy\"]\n", &[], "`proxy` is no range");
        refused("[http]\ntrusted_proxies = [\"proxy\"]\n", &[], "http.trusted_proxies");
        refused("[http]\ntrusted_proxies = [\"::/0\"]\n", &[], "`http.trusted_proxies` must");
        refused("[agent]\npublic_address = \"http://a\"\n", &[], "`agent.public_address` must");
        refused("[agent]\ncertificate_life_h = 48\n", &[], "`agent.certificate_life_h` must");
        refused("[session]\nrecheck_s = 31\n", &[], "`session.recheck_s` must");
        refused("[log]\nformat = \"xml\"\n", &[], "xml");
        refused("[database]\nurl = \"sqlite:a\"\nurl_file = \"b\"\n", &[], "exclude each other");
    }

    #[test]
    fn no_password_is_shown() {
        let mut config = Config::documented();
        config.database.url = "postgres://plane:hush@db/plane".to_owned();
        assert!(!config.shown().contains("hush"));
        assert!(config.shown().contains("postgres:(hidden)"));
    }
}
