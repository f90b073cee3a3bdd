//! An installation that every run starts from: made once, copied for each.

use std::fs;
use std::io;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use cell_agent::agent::Agent;
use cell_agent_protocol::enrol::JoinToken;
use control_plane::command::licence::{file, keygen};
use control_plane::config::Config;
use control_plane::home::Home;
use control_plane::wiring::{Parts, Server};
use control_plane_core::licence::{Packages, Star, Terms, Unit};
use control_plane_core::plane::Plane;
use control_plane_core::price_book::{self, NewLine};
use control_plane_core::sign_in::{self, Client};
use control_plane_core::tenant::NewTenant;
use control_plane_core::{call::Call, cell, licence, offering, project, subject, tenant};
use policies::permit::{FleetPermit, Task, task_permit};
use policies::role::{Node, Role};
use serde::{Deserialize, Serialize};
use types::clock::{Clock as _, ManualClock};
use types::id::{CellId, OfferingId, PlanId, ProjectId, SystemIds, TenantId};
use types::meter::Meter;
use types::random::SystemRandom;

use crate::clock::BEGIN;

const NAMES: &str = "installation.json";

/// Ids of what an installation holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Installation {
    /// The tenant.
    pub tenant: TenantId,
    /// Where its people order.
    pub project: ProjectId,
    /// What they order.
    pub offering: OfferingId,
    /// In which size.
    pub plan: PlanId,
    /// The session of the person who orders.
    pub token: String,
    /// The cells by name, in the order of their ids.
    pub cells: Vec<(String, CellId)>,
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

/// The configuration of a simulated plane: impatient, so that more happens in less time.
pub fn config() -> Config {
    let mut config = Config::documented();
    config.agent.report_interval_s = 10;
    config.operation.deadline_s = 90;
    // One reader: whether a second one is opened would depend on how fast the first one comes back.
    config.database.connections_max = 1;
    config
}

fn console() -> FleetPermit {
    FleetPermit::task(Task::Console)
}

/// Makes an installation in an empty folder.
///
/// # Errors
/// Says what is in the way.
pub async fn make(folder: &Path) -> Result<(), Failed> {
    let mut config = config();
    config.http.listen.set_port(0);
    config.agent.listen.set_port(0);
    let clock = ManualClock::at(BEGIN.minus(std::time::Duration::from_secs(600)));
    let parts = Parts {
        clock: Arc::new(clock.clone()),
        ids: Arc::new(SystemIds),
        random: Arc::new(SystemRandom),
    };
    let home = folder.join("home");
    let key = keygen(&Home::open(&home)?.path("keys"), &SystemRandom)?;
    let server = Server::start(&home, config, parts).await?;
    let plane = server.plane().clone();
    let mut made = sow(&plane).await?;
    let terms = Terms {
        id: "simulation".to_owned(),
        installation: plane.settings.installation.clone(),
        tenant: None,
        unit: Unit::Member,
        packages: Packages::All(Star::Star),
        count: 1_000,
        not_before: clock.now(),
        not_after: None,
    };
    licence::install(&plane, &console(), &file(&key, &terms)).await?;
    for name in ["north", "south"] {
        let id = cell::create(&plane, &console(), &name.parse()?, &name.parse()?).await?;
        let line = server.join_line(&console(), id).await?;
        let token = JoinToken::from_line(line.reveal())?;
        Agent::enrol(Arc::new(clock.clone()), &SystemIds, &folder.join(name), &token).await?;
        made.cells.push((name.to_owned(), id));
    }
    server.stop().await;
    fs::write(folder.join(NAMES), serde_json::to_vec_pretty(&made)?)?;
    Ok(())
}

async fn sow(plane: &Arc<Plane>) -> Result<Installation, Failed> {
    let new = NewTenant {
        name: "acme".parse()?,
        title: "Acme".parse()?,
        zone: "Asia/Shanghai".to_owned(),
        currency: "CNY".parse()?,
    };
    let (tenant, root) = tenant::create(plane, &console(), new).await?;
    let permit = task_permit(Task::Console, tenant);
    let project =
        project::create(plane, &permit, root, &"caches".parse()?, &"Caches".parse()?).await?;
    let (name, title) = ("dev".parse()?, "Dev".parse()?);
    let person = subject::create(plane, &console(), Some(tenant), &name, &title).await?;
    let at = Node::Organization(root);
    subject::bind(plane, &console(), Some(tenant), person, Role::Developer, at).await?;
    let package = plane.catalog.find("redis", "1.0.0").ok_or("redis is not embedded")?;
    let offering = offering::publish::to_all(plane, &console(), package).await?;
    let line = NewLine {
        plan: None,
        meter: Meter::MemberSeconds,
        unit_price: "0.05".parse()?,
        per: 3_600,
        stopped: false,
    };
    price_book::publish(plane, &console(), "CNY".parse()?, &[line], None).await?;
    let code = sign_in::create_code(plane, person).await?;
    let from = Ipv4Addr::LOCALHOST.into();
    let opened = sign_in::open(plane, code.code.reveal(), Client::CommandLine, from).await?;
    let call = Call::new(plane.clone(), opened.caller, Some(from));
    let plans = offering::plans(&call, &[offering]).await?;
    let plan = plans.first().ok_or("redis has no plans")?.id;
    let token = opened.token.reveal().to_owned();
    Ok(Installation { tenant, project, offering, plan, token, cells: Vec::new() })
}

/// Reads what an installation holds.
///
/// # Errors
/// If the folder is none.
pub fn open(folder: &Path) -> io::Result<Installation> {
    Ok(serde_json::from_slice(&fs::read(folder.join(NAMES))?)?)
}

/// Copies a folder with everything in it.
///
/// # Errors
/// Those of the disk.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
