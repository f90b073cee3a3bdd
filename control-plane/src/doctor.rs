//! What is wrong with this installation, and what to do: looks at everything and changes nothing.
//!
//! Each check goes on with what it can reach, so a plane that is down or a database that is gone is
//! one finding among others. Whether the data is right in itself is not asked here.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use control_plane_core::identity_provider::NoWire;
use control_plane_store::{Store, StoreSettings};
use policies::permit::{FleetPermit, Task};
use serde::Serialize;

use crate::config::Config;
use crate::home::Home;
use crate::wiring::{self, Parts};

mod cell;
mod database;
mod files;
mod month;
mod port;
mod redis;

/// A database that does not answer within this time is called gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Ok,
    /// It works, and somebody should look at it.
    Warning,
    /// Something does not work.
    Error,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable name of the check, e.g. `database.reachable`.
    pub name: &'static str,
    /// How bad it is.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do about it; empty if nothing.
    pub advice: String,
}

/// What was found so far.
#[derive(Debug, Default)]
pub struct Findings(Vec<Finding>);

impl Findings {
    fn ok(&mut self, name: &'static str, found: impl Into<String>) {
        self.add(name, Verdict::Ok, found, "");
    }

    fn warning(&mut self, name: &'static str, found: impl Into<String>, advice: impl Into<String>) {
        self.add(name, Verdict::Warning, found, advice);
    }

    fn error(&mut self, name: &'static str, found: impl Into<String>, advice: impl Into<String>) {
        self.add(name, Verdict::Error, found, advice);
    }

    fn add(
        &mut self,
        name: &'static str,
        verdict: Verdict,
        found: impl Into<String>,
        advice: impl Into<String>,
    ) {
        self.0.push(Finding { name, verdict, found: found.into(), advice: advice.into() });
    }
}

/// Looks at everything. Changes nothing, whatever it finds.
pub async fn examine(home: &Path, file: Option<&Path>, parts: Parts) -> Vec<Finding> {
    let mut findings = Findings::default();
    let config = match Config::load(file) {
        Ok(config) => {
            let told = file.map_or("built-in default".into(), |file| file.display().to_string());
            findings.ok("configuration", format!("{told}, overlaid by the environment"));
            config
        }
        Err(error) => {
            let advice = "correct it; `cellplane-plane config check` tells when it can be used; the \
                          checks below are made with the default";
            findings.error("configuration", chain(&error), advice);
            Config::documented()
        }
    };
    Box::pin(examine_with(home, &config, parts, findings)).await
}

/// The same with a configuration that is known already.
pub async fn examine_with(
    home: &Path,
    config: &Config,
    parts: Parts,
    mut findings: Findings,
) -> Vec<Finding> {
    if !files::of_home(home, &mut findings) {
        port::all(None, config, &mut findings).await;
        return findings.0;
    }
    let home = Home::at(home);
    let keys = files::keys(&home, config, parts.clock.now(), &mut findings);
    let is_running = port::all(Some(&home), config, &mut findings).await;
    if crate::http::portal::is_built() {
        findings.ok("portal", "it is in this program");
    } else {
        let advice = "run `make portal` and build again; the API and the command line work";
        findings.warning("portal", "this program was built without it", advice);
    }
    redis::look(&home, config, &mut findings).await;
    let settings = home.database(config).map(|url| StoreSettings {
        url,
        connections_max: 2,
        wait: PATIENCE.min(Duration::from_millis(config.database.wait_ms)),
        statement: Some(Duration::from_millis(config.database.statement_ms)),
        role: config.database_role(),
    });
    let store = match settings {
        Ok(settings) => database::open(&settings, &home, is_running, &parts, &mut findings).await,
        Err(error) => {
            let advice = "make `database.url_file` readable for the plane's user";
            findings.error("database.reachable", chain(&error), advice);
            None
        }
    };
    if let Some(store) = store {
        Box::pin(data(&home, config, keys, store, parts, &mut findings)).await;
    }
    findings.ok("backup", "unknown: see “Back up” in docs/how-to.md, and try a restore");
    findings.0
}

/// What can only be asked with the tables of this release.
async fn data(
    home: &Home,
    config: &Config,
    are_keys_there: bool,
    store: Store,
    parts: Parts,
    findings: &mut Findings,
) {
    let permit = FleetPermit::task(Task::Console);
    if are_keys_there {
        let addresses = home.addresses(config);
        match wiring::plane(home, config, store.clone(), parts, &addresses, Arc::new(NoWire)) {
            Ok(plane) => {
                database::secrets(&plane, &permit, findings).await;
                cell::all(&plane, &permit, findings).await;
                cell::losses(&plane, &permit, findings).await;
                cell::operations(&plane, &permit, findings).await;
                month::all(&plane, &permit, findings).await;
                month::licences(&plane, &permit, findings).await;
            }
            Err(error) => findings.error("keys", chain(&error), "restore `keys/` from a backup"),
        }
    }
    if let Err(error) = store.close().await {
        findings.warning("database.reachable", chain(&error), "");
    }
}

/// An error with all its sources on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
