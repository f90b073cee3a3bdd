//! A real Redis for tests: fetched with apt once and unpacked, started on a port of its own, killed
//! and started again by the test. Nothing is installed.

use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use redis::{Client, Connection, RedisResult};

/// Of the libraries that Redis needs, those that Debian does not put on every machine.
const PACKAGES: [&str; 5] =
    ["redis-server", "redis-tools", "libatomic1", "liblzf1", "libjemalloc2"];

/// What the server of a test asks for.
pub const PASSWORD: &str = "said-to-redis-alone";

/// A Redis that keeps nothing.
#[derive(Debug)]
pub struct Redis {
    root: PathBuf,
    port: u16,
    process: Option<Child>,
}

impl Redis {
    /// Starts one; what is fetched is kept in the folder.
    ///
    /// # Panics
    /// If it cannot be fetched or does not come up.
    pub fn start(folder: &Path) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let mut redis = Self { root: medium(folder), port, process: None };
        redis.come_back();
        redis
    }

    /// The address for `redis.url`, with its password.
    pub fn url(&self) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}", self.port)
    }

    /// Kills it; whoever is connected hears of it.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().ok();
            process.wait().ok();
        }
    }

    /// Starts it again on the same port.
    ///
    /// # Panics
    /// If it does not come up.
    pub fn come_back(&mut self) {
        let libraries = ["usr/lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu"];
        let libraries = libraries.map(|path| self.root.join(path).display().to_string()).join(":");
        // It dies with whoever started it, however that ends.
        let mut process = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", "--"])
            .arg(self.root.join("usr/bin/redis-server"))
            .arg("-")
            .env("LD_LIBRARY_PATH", libraries)
            .current_dir(std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("run redis-server");
        let settings = format!(
            "bind 127.0.0.1\nport {}\nsave \"\"\nappendonly no\nrequirepass {PASSWORD}\n",
            self.port
        );
        let mut input = process.stdin.take().expect("its input is ours");
        input.write_all(settings.as_bytes()).expect("it reads its settings");
        drop(input);
        self.process = Some(process);
        let answers = (0..200).any(|_| {
            let is_there = self.connect().is_ok();
            if !is_there {
                // A port that nobody listens on refuses at once.
                std::thread::park_timeout(Duration::from_millis(50));
            }
            is_there
        });
        assert!(answers, "Redis did not come up");
    }

    /// Says something on a channel, and answers how many heard it.
    ///
    /// # Panics
    /// If nobody answers.
    pub fn publish(&self, channel: &str, what: &[u8]) -> usize {
        let mut publish = redis::cmd("PUBLISH");
        publish.arg(channel).arg(what);
        publish.query(&mut self.connect().expect("a connection")).expect("an answer")
    }

    fn connect(&self) -> RedisResult<Connection> {
        Client::open(self.url())?.get_connection_with_timeout(Duration::from_secs(5))
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The unpacked packages.
fn medium(folder: &Path) -> PathBuf {
    static MEDIUM: OnceLock<PathBuf> = OnceLock::new();
    let unpack = || {
        let folder = folder.join("redis-for-hints");
        let root = folder.join("root");
        if root.join("complete").exists() {
            return root;
        }
        std::fs::create_dir_all(&root).expect("a folder");
        let mut apt = Command::new("apt-get");
        run(apt.args(["--quiet", "download"]).args(PACKAGES).current_dir(&folder));
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("a file").path();
            if path.extension().is_some_and(|it| it == "deb") {
                run(Command::new("dpkg-deb").arg("-x").arg(&path).arg(&root));
            }
        }
        std::fs::write(root.join("complete"), "").expect("written");
        root
    };
    MEDIUM.get_or_init(unpack).clone()
}

fn run(command: &mut Command) {
    let output = command.output().expect("run a program");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {problem}");
}
