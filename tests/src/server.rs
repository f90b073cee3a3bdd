//! A database server for one test alone, which may kill it and start it again.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::engine::Engine;

/// What a killed server remembers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Everything that it acknowledged, as in production.
    Good,
    /// Not what it acknowledged within the last seconds: a planted fault.
    Bad,
}

/// A running server; removed when dropped.
#[derive(Debug)]
pub struct Server {
    engine: Engine,
    port: u16,
    said: BufReader<ChildStdout>,
    script: Child,
}

impl Server {
    /// Starts a server.
    ///
    /// # Panics
    /// If it is not installed or does not come up; it said why on standard error.
    pub fn start(engine: Engine, memory: Memory) -> Self {
        Self::start_below(engine, memory, &std::env::temp_dir())
    }

    /// Starts a server that has its files below a directory.
    ///
    /// # Panics
    /// As for [`Server::start`].
    pub fn start_below(engine: Engine, memory: Memory, directory: &Path) -> Self {
        let directory = tempfile::Builder::new().prefix("cellplane-").tempdir_in(directory);
        // From here on the script removes it, also when this process is killed.
        let directory = directory.expect("make a directory").keep();
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("find a free port");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        drop(listener);
        let memory = match memory {
            Memory::Good => "crashing",
            Memory::Bad => "forgetful",
        };
        let mut script = Command::new("sh")
            .args(["-c", engine.script(), "sh"])
            .arg(&directory)
            .arg(port.to_string())
            .arg(memory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C must reach the tests and not the script that cleans up behind them.
            .process_group(0)
            .spawn()
            .expect("run sh");
        let said = BufReader::new(script.stdout.take().expect("its output is ours"));
        let mut server = Self { engine, port, said, script };
        server.hear("ready");
        server
    }

    /// Address of a new, empty database.
    ///
    /// # Panics
    /// If the server refuses to make one.
    pub fn new_database(&self) -> String {
        self.run("CREATE DATABASE story");
        self.keep();
        format!("{}/story", self.engine.url(self.port))
    }

    /// What was done so far is kept in any case.
    ///
    /// # Panics
    /// If the server refuses it.
    pub fn keep(&self) {
        if self.engine == Engine::Postgres {
            self.run("CHECKPOINT");
        }
    }

    /// Runs a statement as the owner of the server.
    ///
    /// # Panics
    /// If the server refuses it.
    pub fn run(&self, sql: &str) {
        self.engine.run(self.port, sql);
    }

    /// Kills all its processes at once.
    ///
    /// # Panics
    /// If they cannot be killed.
    pub fn crash(&mut self) {
        self.order("crash");
    }

    /// Starts it again after a crash.
    ///
    /// # Panics
    /// If it does not come up.
    pub fn restart(&mut self) {
        self.order("start");
    }

    fn order(&mut self, word: &str) {
        let script = self.script.stdin.as_mut().expect("its input is ours");
        writeln!(script, "{word}").expect("the script listens");
        self.hear("done");
    }

    fn hear(&mut self, word: &str) {
        let mut line = String::new();
        self.said.read_line(&mut line).expect("the script speaks");
        assert_eq!(line.trim(), word, "{:?} did not do it", self.engine);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        // Whatever is left then is said on standard error.
        let _ = self.script.wait();
    }
}
