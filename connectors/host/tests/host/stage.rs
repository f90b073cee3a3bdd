//! A home on this machine for one test: with the real shim and the real Redis, gone afterwards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command as Program;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use catalog::recipe::{
    Command, Expect, Medium, MemberRecipe, Place, Probe, Question, RenderedFile,
};
use connectors::contract::Stage;
use connectors::runtime::{ConnectorError, Runtime};
use connectors_host::{HostConfig, HostRuntime};
use connectors_host_shim::directory::MemberDirectory;
use connectors_host_shim::process::{self, Seen};
use connectors_host_shim::record::{ChildRecord, PlaceRecord, ShimRecord};
use connectors_host_shim::{clean, durable};
use types::clock::{Clock, SystemClock};
use types::id::MemberId;
use types::secret::Secret;

const PASSWORD: &str = "a password of the tests";

/// A home that is cleaned when the test ends, however it ends.
pub struct Host {
    pub config: HostConfig,
    runtime: Arc<HostRuntime>,
}

impl Host {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut HostConfig)) -> Self {
        assert!(rustix::process::geteuid().is_root(), "these tests start users: run them as root");
        let root = tempfile::Builder::new().prefix("cellplane-test-").tempdir();
        let mut config = config(&root.expect("a directory").keep());
        change(&mut config);
        let runtime = open(config.clone()).expect("the home opens");
        Self { config, runtime: Arc::new(runtime) }
    }

    pub fn open_at(root: &Path) -> Result<HostRuntime, ConnectorError> {
        open(config(root))
    }

    pub fn directory(&self, member: MemberId) -> MemberDirectory {
        MemberDirectory::at(self.config.root.join("members").join(member.to_string()))
    }

    pub fn shim_pid(&self, member: MemberId) -> u32 {
        let path = self.directory(member).shim();
        durable::read_json::<ShimRecord>(&path).expect("is read").expect("is there").pid
    }

    /// Ends every shim of the member, also one that did not write itself down yet.
    pub fn kill_shims(&self, member: MemberId) {
        let directory = self.directory(member);
        let text = directory.path().display().to_string();
        let is_shim = |seen: &Seen| {
            let line = std::fs::read(format!("/proc/{}/cmdline", seen.pid)).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).into_owned();
            line.contains("cellplane-shim\0keep") && line.contains(&text)
        };
        let mut shims = process::all().expect("processes are listed");
        shims.retain(is_shim);
        process::kill(&shims);
    }

    /// The processes of the member's user, whoever started them.
    pub fn processes_of(&self, member: MemberId) -> Vec<Seen> {
        let place: Option<PlaceRecord> =
            durable::read_json(&self.directory(member).place()).expect("is read");
        process::of_user(place.expect("is there").user).expect("processes are listed")
    }

    pub async fn until_gone(&self, pid: u32) {
        for _ in 0..500 {
            if process::see(pid).is_none_or(|seen| seen.is_ended) {
                return;
            }
            self.pause().await;
        }
        panic!("process {pid} does not end");
    }

    pub async fn leftovers(&self) -> Vec<String> {
        self.runtime.leftovers().await.expect("leftovers are found")
    }

    pub fn clean(&self) -> String {
        let mut program = Program::new(shim());
        program.arg("clean").arg("--root").arg(&self.config.root);
        let output = program.output().expect("it is run");
        String::from_utf8(output.stdout).expect("it is text")
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let timeout = std::time::Duration::from_secs(2);
        let cleaned =
            clean::clean(&self.config.root, &self.config.claims, timeout, &mut std::io::sink());
        if !std::thread::panicking() {
            cleaned.expect("the home is cleaned");
        }
    }
}

#[async_trait]
impl Stage for Host {
    fn runtime(&self) -> Arc<dyn Runtime> {
        self.runtime.clone()
    }

    fn reopened(&self) -> Arc<dyn Runtime> {
        Arc::new(open(self.config.clone()).expect("the home opens again"))
    }

    fn medium(&self) -> Medium {
        Medium {
            package: "redis".to_owned(),
            software_version: "7.0".to_owned(),
            debian_packages: ["redis-server", "redis-tools"].map(str::to_owned).to_vec(),
            version_prefix: "7.0.".to_owned(),
            main_package: "redis-server".to_owned(),
        }
    }

    fn recipe(&self, place: &Place) -> MemberRecipe {
        let port = place.endpoint.port.to_string();
        let directory = &place.directory;
        let config = format!(
            "bind 127.0.0.1\nport {port}\ndir {directory}\nrequirepass \"{PASSWORD}\"\nsave \"\"\n"
        );
        let ping = Command {
            argv: ["usr/bin/redis-cli", "-p", port.as_str(), "PING"].map(str::to_owned).to_vec(),
            environment: BTreeMap::from([("REDISCLI_AUTH".to_owned(), Secret::new(PASSWORD))]),
            stdin: None,
            timeout_ms: 5_000,
        };
        let server = ["usr/bin/redis-server".to_owned(), format!("{directory}/redis.conf")];
        MemberRecipe {
            id: place.member,
            start_order: 0,
            role: "primary".to_owned(),
            files: vec![RenderedFile {
                path: "redis.conf".to_owned(),
                content: Secret::new(config),
            }],
            check: None,
            process: Command {
                argv: server.to_vec(),
                environment: BTreeMap::new(),
                stdin: None,
                timeout_ms: 0,
            },
            stop_timeout_ms: 5_000,
            health: Probe {
                question: Question::Command(ping),
                expect: Expect::FirstLine { text: "PONG".to_owned() },
            },
            role_probe: None,
        }
    }

    async fn crash(&self, member: MemberId) {
        let child: Option<ChildRecord> =
            durable::read_json(&self.directory(member).child()).expect("is read");
        signal_kill(child.expect("a process is there").pid);
    }

    async fn pause(&self) {
        SystemClock.sleep(super::PAUSE).await;
    }
}

/// Ends a process without asking.
pub fn signal_kill(pid: u32) {
    let raw = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw).expect("a pid");
    rustix::process::kill_process(raw, rustix::process::Signal::KILL).expect("it is there");
}

fn open(config: HostConfig) -> Result<HostRuntime, ConnectorError> {
    HostRuntime::open(config, Arc::new(SystemClock))
}

fn config(root: &Path) -> HostConfig {
    let mut config = HostConfig::new(root, shim());
    // Fetched once for all tests and all runs; not in the build directory, which other users
    // often cannot reach.
    config.media = std::env::temp_dir().join("cellplane-test-media");
    config.restart.first_pause_ms = 50;
    config.ports = 25_000..=29_999;
    config
}

/// The shim as it is shipped; cargo builds the programs of a package for its own tests only.
fn shim() -> PathBuf {
    static SHIM: OnceLock<PathBuf> = OnceLock::new();
    SHIM.get_or_init(|| {
        let test = std::env::current_exe().expect("this program has a path");
        let target = test.ancestors().nth(3).expect("it is in target/debug/deps");
        let build = Program::new(env!("CARGO"))
            .args(["rustc", "--quiet", "--release", "--package", "connectors-host-shim"])
            .args(["--bin", "cellplane-shim", "--target-dir"])
            .arg(target)
            .args(["--", "-C", "target-feature=+crt-static"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo runs");
        let why = String::from_utf8_lossy(&build.stderr);
        assert!(build.status.success(), "the shim is built: {why}");
        target.join("release").join("cellplane-shim")
    })
    .clone()
}
