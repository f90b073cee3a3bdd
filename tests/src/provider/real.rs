//! An OpenID provider of another making: panva's oidc-provider as a process of node, with the
//! story's clock.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use types::clock::{Clock as _, ManualClock};

use crate::browser::{Browser, Page};
use crate::world::World;

/// Pages between leaving and coming back, at most.
const PAGES_MAX: usize = 10;

/// A running provider; killed when dropped.
pub struct Real {
    _process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    issuer: String,
    clock: ManualClock,
}

impl Real {
    /// Starts it for a plane.
    ///
    /// # Panics
    /// If node or the package is missing; `make test` installs it.
    pub async fn start(world: &World) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("provider");
        assert!(
            folder.join("node_modules").is_dir(),
            "oidc-provider is not installed; run `npm ci` in tests/provider"
        );
        let mut command = Command::new("node");
        command.arg("server.mjs").current_dir(folder).kill_on_drop(true);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().expect("node");
        let input = process.stdin.take().expect("standard input");
        let output = BufReader::new(process.stdout.take().expect("standard output")).lines();
        let (clock, issuer) = (world.clock.clone(), String::new());
        let mut real = Self { _process: process, input, output, issuer, clock };
        real.set(json!({ "plane": world.address() })).await;
        real
    }

    /// Its issuer identifier.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Sets what is to be different, and its clock by the story's.
    ///
    /// # Panics
    /// If it does not answer.
    pub async fn set(&mut self, mut settings: Value) {
        settings["now"] = json!(self.clock.now().micros() / 1_000);
        let line = format!("{settings}\n");
        self.input.write_all(line.as_bytes()).await.expect("a running provider");
        let answer = self.output.next_line().await.expect("an answer").expect("a running provider");
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        self.issuer = answer["issuer"].as_str().expect("an issuer").to_owned();
    }

    /// Somebody goes through the provider's pages and comes back; where the plane sends them then.
    ///
    /// # Panics
    /// If they do not come back.
    pub async fn pass(&self, browser: &Browser, left: &Page, who: &str) -> Page {
        let mut place = left.location().to_owned();
        for _ in 0..PAGES_MAX {
            if let Some(at) = place.find("/sign-in/callback") {
                return browser.get(&place[at..]).await;
            }
            let address = self.absolute(&place);
            let page = browser.get(&address).await;
            if let Some(next) = page.location {
                place = next;
                continue;
            }
            let asks = |prompt: &str| page.text.contains(&format!("value=\"{prompt}\""));
            let form: &[(&str, &str)] = if asks("login") {
                &[("prompt", "login"), ("login", who), ("password", "any")]
            } else {
                assert!(asks("consent"), "no page of a sign-in: {}", page.text);
                &[("prompt", "consent")]
            };
            place = browser.post(&address, form).await.location().to_owned();
        }
        panic!("never came back from {place}");
    }

    /// The address of a page, which may be given from the root.
    pub fn absolute(&self, place: &str) -> String {
        if place.starts_with('/') { format!("{}{place}", self.issuer) } else { place.to_owned() }
    }
}
