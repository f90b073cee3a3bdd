//! What a benchmark runs on: a folder, a PostgreSQL that syncs, the release build of the plane.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use types::clock::{Clock as _, SystemClock};

use crate::Outcome;

/// How long a program may take to come up.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder for everything, removed at the end.
pub fn folder() -> Outcome<TempDir> {
    let folder = tempfile::Builder::new().prefix("cellplane-bench-").tempdir()?;
    // Members run as other users and must be able to pass.
    run(Command::new("chmod").arg("711").arg(folder.path()))?;
    Ok(folder)
}

/// A program that was built beside this one.
pub fn program(name: &str) -> Outcome<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    match path.is_file() {
        true => Ok(path),
        false => Err(format!("{} is not built; run infra/bench.sh", path.display()).into()),
    }
}

/// Runs a program to its end and answers what it printed.
pub fn run(command: &mut Command) -> Outcome<String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{command:?} failed: {said}").into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Waits until something is true.
pub async fn until(what: &str, mut is_true: impl AsyncFnMut() -> bool) -> Outcome {
    let began = Instant::now();
    while !is_true().await {
        if began.elapsed() > PATIENCE {
            return Err(format!("never saw {what}").into());
        }
        SystemClock.sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

/// A process that ends with the benchmark.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A PostgreSQL server whose commits are on the disk.
pub struct Postgres {
    port: String,
    // Its standard input is what keeps the server up.
    script: Child,
}

impl Postgres {
    /// Starts the newest one that is installed.
    pub fn start() -> Outcome<Self> {
        let directory = tempfile::Builder::new().prefix("cellplane-bench-pg-").tempdir()?.keep();
        let port = free_port()?;
        let mut script = Command::new("sh")
            .args(["-c", include_str!("../../src/engine/postgres.sh"), "sh"])
            .arg(&directory)
            .args([&port, "durable"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let mut ready = String::new();
        let out = script.stdout.take().ok_or("no output")?;
        BufReader::new(out).read_line(&mut ready)?;
        match ready.trim() {
            "ready" => Ok(Self { port, script }),
            _ => Err("PostgreSQL did not come up; run infra/setup.sh bench".into()),
        }
    }

    /// The address of its one database.
    pub fn url(&self) -> String {
        format!("postgres://cellplane@127.0.0.1:{}/postgres", self.port)
    }

    /// A client program with this server's address.
    pub fn client(&self, program: &str) -> Command {
        let mut client = Command::new(program);
        client.env("PGHOST", "127.0.0.1").env("PGPORT", &self.port);
        client.env("PGUSER", "cellplane").env("PGDATABASE", "postgres");
        client
    }

    /// Runs statements and answers the rows as plain text.
    pub fn ask(&self, sql: &str) -> Outcome<String> {
        run(self.client("psql").args(["-qXAt", "-v", "ON_ERROR_STOP=1", "-c", sql]))
    }

    /// Runs a file of statements.
    pub fn run_file(&self, file: &Path) -> Outcome<String> {
        run(self.client("psql").args(["-qXAt", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let _ = self.script.wait();
    }
}

/// A port that nobody uses at the moment.
pub fn free_port() -> Outcome<String> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0))?;
    Ok(listener.local_addr()?.port().to_string())
}

/// The release build of the plane with the demo's tenant, on a database of its own.
pub struct Plane {
    program: PathBuf,
    home: PathBuf,
    settings: Vec<(String, String)>,
    /// Where people reach it, once it serves.
    pub http: String,
    /// Where agents reach it, once it serves.
    pub agent: String,
    /// The process, once it serves.
    pub process: Option<Running>,
    /// From its start until it said that it is ready.
    pub ready_after: Duration,
}

impl Plane {
    /// Makes tables and tenant. Without an address on the embedded database.
    pub fn prepare(folder: &Path, database: Option<&str>) -> Outcome<Self> {
        let home = folder.join("home");
        let mut settings = vec![
            ("HTTP__LISTEN", "127.0.0.1:0"),
            ("AGENT__LISTEN", "127.0.0.1:0"),
            // The limit counts every request and is never reached.
            ("LIMIT__REQUESTS_BURST", "10000000"),
            ("LIMIT__REQUESTS_PER_SECOND", "1000000"),
            ("LOG__FILTER", "warn"),
        ];
        if let Some(url) = database {
            settings.push(("DATABASE__URL", url));
        }
        let name = |(key, value): (&str, &str)| (format!("CELLPLANE__{key}"), value.to_owned());
        let plane = Self {
            program: program("cellplane-plane")?,
            home,
            settings: settings.into_iter().map(name).collect(),
            http: String::new(),
            agent: String::new(),
            process: None,
            ready_after: Duration::ZERO,
        };
        plane.command(&["migrate"])?;
        plane.command(&["demo", "seed"])?;
        Ok(plane)
    }

    fn program(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("--home").arg(&self.home).envs(self.settings.iter().cloned());
        command
    }

    /// Runs a command of the console.
    pub fn command(&self, arguments: &[&str]) -> Outcome<String> {
        run(self.program().args(arguments))
    }

    /// A file of the home directory.
    pub fn file(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// Serves until this is dropped.
    pub async fn serve(&mut self) -> Outcome {
        let began = Instant::now();
        let log = fs::File::create(self.file("plane.log"))?;
        let mut command = self.program();
        command.arg("serve").stderr(log.try_clone()?).stdout(log);
        self.process = Some(Running(command.spawn()?));
        let noted = self.file("addresses.json");
        // One who was killed left his.
        let _ = fs::remove_file(&noted);
        let mut addresses = Value::Null;
        until("the plane's addresses", async || {
            let text = fs::read_to_string(&noted).unwrap_or_default();
            addresses = serde_json::from_str(&text).unwrap_or_default();
            addresses.is_object()
        })
        .await?;
        let text = |name: &str| addresses[name].as_str().unwrap_or_default().to_owned();
        (self.http, self.agent) = (text("http"), text("agent"));
        let client = reqwest::Client::builder().no_proxy().build()?;
        let address = format!("{}/readyz", self.http);
        let is_ready = async || match client.get(&address).send().await {
            Ok(answer) => answer.status().is_success(),
            Err(_) => false,
        };
        until("a ready plane", is_ready).await?;
        self.ready_after = began.elapsed();
        Ok(())
    }

    /// Stops serving, as a crash would.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Licences so many members.
    pub fn license(&self, count: u32) -> Outcome {
        let count = count.to_string();
        let signed = self.command(&["licence", "sign", "--id", "bench", "--count", &count])?;
        let file = self.file("bench-licence.json");
        fs::write(&file, signed)?;
        self.command(&["licence", "install", &file.to_string_lossy()])?;
        Ok(())
    }

    /// Makes a cell and the line that lets its agent in.
    pub fn join_line(&self, cell: &str) -> Outcome<String> {
        self.command(&["cell", "create", cell])?;
        self.command(&["cell", "join-token", cell])
    }

    /// A token of a session of somebody of the demo's tenant.
    pub async fn sign_in(&self, name: &str) -> Outcome<String> {
        let link = self.command(&["sign-in", "--as", name])?;
        let code = link.rsplit(['=', '#', '/']).next().ok_or("a link without a code")?.to_owned();
        let client = reqwest::Client::builder().no_proxy().build()?;
        let body = json!({ "code": code, "client": "command-line" });
        let answer = client.post(format!("{}/sign-in", self.http)).json(&body).send().await?;
        let answer: Value = answer.json().await?;
        let token = answer["token"].as_str();
        Ok(token.ok_or_else(|| format!("no token in {answer}"))?.to_owned())
    }
}

/// Runs a Python program that is given as text.
pub fn python(program: &str, arguments: &[&str]) -> Outcome<String> {
    run(Command::new("python3").args(["-c", program]).args(arguments))
}
