//! Real database servers for tests: started once per test process, a database for each test.
//!
//! Also included by path into the tests of `control-plane-store`, which this package depends on;
//! so nothing here may need more than the standard library and `tempfile`. What a server needs to
//! run and how it is removed stands in one script per engine: it waits on its standard input, which
//! closes when the test process ends, however it ends.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The engines that the store supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file per database.
    Sqlite,
    /// The newest PostgreSQL that is installed.
    Postgres,
    /// The installed MariaDB.
    MariaDb,
}

/// A running server, or the directory of SQLite's files.
#[derive(Debug)]
pub struct Server {
    engine: Engine,
    directory: PathBuf,
    port: u16,
    databases: AtomicU32,
    // Its standard input is what keeps the server up.
    _script: Child,
}

static SQLITE: OnceLock<Server> = OnceLock::new();
static POSTGRES: OnceLock<Server> = OnceLock::new();
static MARIADB: OnceLock<Server> = OnceLock::new();

impl Engine {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MariaDb];

    /// The server of this test process, started by whoever asks first.
    ///
    /// # Panics
    /// If the engine is not installed or does not come up; it said why on standard error.
    pub fn start(self) -> &'static Server {
        let server = match self {
            Self::Sqlite => &SQLITE,
            Self::Postgres => &POSTGRES,
            Self::MariaDb => &MARIADB,
        };
        server.get_or_init(|| {
            // Another program may take the free port before the server does.
            let started = (0..3).find_map(|_| Server::start(self));
            started.unwrap_or_else(|| panic!("{self:?} did not come up"))
        })
    }

    /// The engine of a database's address.
    pub fn of(url: &str) -> Self {
        match url.split(':').next() {
            Some("sqlite") => Self::Sqlite,
            Some("mysql") => Self::MariaDb,
            _ => Self::Postgres,
        }
    }

    /// What a statement calls a whole number that it makes of a sum.
    pub fn whole_number(self) -> &'static str {
        match self {
            Self::MariaDb => "SIGNED",
            _ => "BIGINT",
        }
    }

    /// What runs a server of it: takes a directory, a port, and how well it remembers.
    pub fn script(self) -> &'static str {
        match self {
            Self::Sqlite => include_str!("engine/sqlite.sh"),
            Self::Postgres => include_str!("engine/postgres.sh"),
            Self::MariaDb => include_str!("engine/mariadb.sh"),
        }
    }

    /// Where a server of it answers, without a database.
    ///
    /// # Panics
    /// For SQLite, which has no server.
    pub fn url(self, port: u16) -> String {
        match self {
            Self::Sqlite => panic!("SQLite has no server"),
            Self::Postgres => format!("postgres://cellplane@127.0.0.1:{port}"),
            Self::MariaDb => format!("mysql://root@127.0.0.1:{port}"),
        }
    }

    /// Runs a statement as the owner of a server, in no database of a test.
    ///
    /// # Panics
    /// If the server refuses it.
    pub fn run(self, port: u16, sql: &str) {
        let port = port.to_string();
        let mut client = match self {
            Self::Postgres => {
                let mut client = Command::new("psql");
                client.args(["-qXh", "127.0.0.1", "-p", &port, "-U", "cellplane"]);
                client.args(["-d", "postgres", "-c", sql]);
                client
            }
            _ => {
                let mut client = Command::new("mariadb");
                client.args(["--no-defaults", "-h", "127.0.0.1", "-P", &port, "-u", "root"]);
                client.args(["-e", sql]);
                client
            }
        };
        let ended = client.status().expect("run the engine's client");
        assert!(ended.success(), "the server refused: {sql}");
    }
}

impl Server {
    fn start(engine: Engine) -> Option<Self> {
        let directory =
            tempfile::Builder::new().prefix("cellplane-").tempdir().expect("make a directory");
        // From here on the script removes it, also when this process is killed.
        let directory = directory.keep();
        let port = free_port();
        let mut script = Command::new("sh")
            .args(["-c", engine.script(), "sh"])
            .arg(&directory)
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C must reach the tests and not the script that cleans up behind them.
            .process_group(0)
            .spawn()
            .expect("run sh");
        let mut ready = String::new();
        let answer = script.stdout.take().map(|out| BufReader::new(out).read_line(&mut ready));
        if !matches!(answer, Some(Ok(_))) || ready.trim() != "ready" {
            drop(script.stdin.take());
            script.wait().ok();
            return None;
        }
        Some(Self { engine, directory, port, databases: AtomicU32::new(0), _script: script })
    }

    /// Which engine runs.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Where the server answers, without a database.
    pub fn url(&self) -> String {
        match self.engine {
            Engine::Sqlite => format!("sqlite://{}", self.directory.display()),
            engine => engine.url(self.port),
        }
    }

    /// Address of a new, empty database that nobody else uses.
    ///
    /// # Panics
    /// If the server refuses to make one.
    pub fn new_database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed) + 1);
        match self.engine {
            Engine::Sqlite => return format!("{}/{name}.db", self.url()),
            _ => self.engine.run(self.port, &format!("CREATE DATABASE {name}")),
        }
        format!("{}/{name}", self.url())
    }

    /// Address of a new database with what another one holds; nobody may use that one meanwhile.
    ///
    /// # Panics
    /// If it cannot be copied.
    pub fn copy_of(&self, url: &str) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed) + 1);
        let known = url.rsplit('/').next().unwrap_or_default();
        match self.engine {
            Engine::Sqlite => {
                let copy = self.directory.join(format!("{name}.db"));
                std::fs::copy(self.directory.join(known), copy).expect("copy the file");
                return format!("{}/{name}.db", self.url());
            }
            Engine::Postgres => {
                self.engine.run(self.port, &format!("CREATE DATABASE {name} TEMPLATE {known}"))
            }
            Engine::MariaDb => {
                self.engine.run(self.port, &format!("CREATE DATABASE {name}"));
                let server = format!("--no-defaults -h 127.0.0.1 -P {} -u root", self.port);
                let copy = format!(
                    "set -o pipefail; mariadb-dump {server} --single-transaction --triggers \
                     {known} | mariadb {server} {name}"
                );
                let copied = Command::new("bash").args(["-c", &copy]).status().expect("run bash");
                assert!(copied.success(), "{known} was not copied");
            }
        }
        format!("{}/{name}", self.url())
    }

    /// The directory of the server's files.
    pub fn directory(&self) -> &Path {
        &self.directory
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("find a free port");
    listener.local_addr().expect("a bound socket has an address").port()
}
