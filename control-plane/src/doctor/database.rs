//! The database: whether it answers, what it is, whether its tables are ours, whether it takes a
//! write, and whether the key opens what is in it.

use std::fs;
use std::time::Duration;

use control_plane_core::plane::Plane;
use control_plane_store::{Engine, Store, StoreSettings, examination, instance, wall};
use policies::permit::{FleetPermit, Task};

use crate::doctor::{Findings, chain};
use crate::home::Home;
use crate::wiring::Parts;

/// A database whose clock differs by more makes sense of nothing that is logged beside it.
const CLOCK_OFF: Duration = Duration::from_secs(5);

/// The database, if its tables can be read by this release.
pub async fn open(
    settings: &StoreSettings,
    home: &Home,
    is_running: bool,
    parts: &Parts,
    findings: &mut Findings,
) -> Option<Store> {
    let store = match Store::examine(settings).await {
        Ok(store) => store,
        Err(error) => return gone(&error, findings),
    };
    if let Err(error) = store.ping().await {
        return gone(&error, findings);
    }
    findings.ok("database.reachable", format!("{:?} answers", store.engine()));
    set(&store, findings).await;
    clock(&store, parts, findings).await;
    match store.pending_migrations().await {
        Ok(0) => findings.ok("database.migrations", "the tables are those of this release"),
        Ok(pending) => {
            let told = format!("{pending} migrations are to be run");
            let advice = "stop the planes, back up, run `cellplane-plane migrate`";
            findings.error("database.migrations", told, advice);
            return None;
        }
        Err(error) => {
            let advice = "the tables may be of a later release: use that one's program";
            findings.error("database.migrations", chain(&error), advice);
            return None;
        }
    }
    second_wall(&store, findings).await;
    write(&store, home, is_running, findings).await;
    heads(&store, findings).await;
    Some(store)
}

fn gone(error: &dyn std::error::Error, findings: &mut Findings) -> Option<Store> {
    let advice = "start the database, check `database.url_file`, its host and password; an \
                  embedded one is made when the plane starts for the first time";
    findings.error("database.reachable", chain(error), advice);
    None
}

async fn set(store: &Store, findings: &mut Findings) {
    let name = "database.settings";
    let settings = match examination::settings(store).await {
        Ok(settings) => settings,
        Err(error) => return findings.error(name, chain(&error), "look at the database's log"),
    };
    let shown: Vec<_> =
        settings.iter().map(|one| format!("{} = {}", one.name, one.found)).collect();
    let mut shown = shown.join(", ");
    if store.engine() == Engine::Sqlite {
        shown.push_str("; the plane writes with synchronous = FULL");
    }
    let wrong: Vec<_> = settings.iter().filter(|one| !one.is_good()).collect();
    if wrong.is_empty() {
        return findings.ok(name, shown);
    }
    let wanted = wrong.iter().map(|one| format!("{} = {}", one.name, one.wanted.unwrap_or("?")));
    let wanted: Vec<_> = wanted.collect();
    let advice = format!(
        "set {}: with other values a crash may lose what was acknowledged",
        wanted.join(", ")
    );
    findings.warning(name, shown, advice);
}

async fn clock(store: &Store, parts: &Parts, findings: &mut Findings) {
    let name = "clock.database";
    let ours = parts.clock.now();
    let theirs = match examination::now(store).await {
        Ok(Some(theirs)) => theirs,
        Ok(None) => return findings.ok(name, "an embedded database has the clock of this machine"),
        Err(error) => return findings.warning(name, chain(&error), ""),
    };
    let off = if theirs > ours { theirs.since(ours) } else { ours.since(theirs) };
    let told = format!("the clocks of database and plane differ by {} ms", off.as_millis());
    if off > CLOCK_OFF {
        findings.warning(name, told, "set up NTP on both machines");
    } else {
        findings.ok(name, told);
    }
}

async fn write(store: &Store, home: &Home, is_running: bool, findings: &mut Findings) {
    let name = "database.write";
    let log = fs::metadata(home.path("plane.db-wal")).map_or(0, |found| found.len());
    if store.engine() == Engine::Sqlite && !is_running && log > 0 {
        // Whoever closes such a database last would write the log into it.
        let told = "not tried: the write-ahead log holds what a killed plane left; its next start \
                    takes it in";
        return findings.ok(name, told);
    }
    let tried = async {
        let tx = store.fleet(&FleetPermit::task(Task::Console)).await?;
        examination::try_write(tx).await
    };
    match tried.await {
        Ok(()) => findings.ok(name, "a write was tried and rolled back"),
        Err(error) => {
            let advice = "make the database writable: rights of its files, room on its disk, no \
                          read-only replica, nobody who keeps it locked";
            findings.error(name, chain(&error), advice);
        }
    }
}

/// Whether the database itself keeps tenants apart.
async fn second_wall(store: &Store, findings: &mut Findings) {
    let name = "database.wall";
    let wall = match wall::look(store).await {
        Ok(Some(wall)) => wall,
        Ok(None) if store.engine() == Engine::Postgres => {
            let advice = "set `database.role` and run `cellplane-plane migrate`";
            return findings.warning(name, "no role, so no row-level security", advice);
        }
        Ok(None) => return findings.ok(name, "this engine has no row-level security"),
        Err(error) => return findings.error(name, chain(&error), "look at the database's log"),
    };
    let (role, login) = (&wall.role, &wall.login);
    if wall.steps_around {
        let told = format!("{role} is a superuser or has BYPASSRLS: no policy binds it");
        let advice = format!("ALTER ROLE {role} NOSUPERUSER NOBYPASSRLS");
        findings.error(name, told, advice);
    } else if !wall.gaps.is_empty() {
        let told = format!("no row-level security on {}", wall.gaps.join(", "));
        findings.error(name, told, "run `cellplane-plane migrate` as the owner of the tables");
    } else if wall.owned > 0 {
        let told = format!("{role} owns {} tables and could take their policies away", wall.owned);
        findings.warning(name, told, "give the tables to another role: see docs/databases.md");
    } else if wall.login_steps_around {
        let told = format!(
            "row-level security binds {role}, but the plane signs in as {login}, whom it does not \
             bind"
        );
        let advice = format!(
            "give the plane a login of its own that may do nothing but take the role {role}: see \
             docs/databases.md"
        );
        findings.warning(name, told, advice);
    } else {
        findings.ok(name, format!("row-level security binds {role}; signed in as {login}"));
    }
}

async fn heads(store: &Store, findings: &mut Findings) {
    let name = "database.heads";
    let reader = store.fleet_read(&FleetPermit::task(Task::Console));
    match examination::broken_heads(&reader).await {
        Ok(0) => findings.ok(name, "feeds and trails end where their heads say"),
        Ok(count) => {
            let told =
                format!("{count} tenants have a feed or a trail that its head disagrees with");
            let advice = "somebody changed rows by hand, or restored a part: restore the whole \
                          database from one backup";
            findings.error(name, told, advice);
        }
        Err(error) => findings.error(name, chain(&error), "look at the database's log"),
    }
}

/// Whether the master key opens the newest secret.
pub async fn secrets(plane: &Plane, permit: &FleetPermit, findings: &mut Findings) {
    let name = "keys.opens";
    match instance::newest_anywhere(&plane.store.fleet_read(permit)).await {
        Ok(None) => findings.ok(name, "there is no secret yet"),
        Ok(Some(row)) => match control_plane_core::desired::open_secrets(plane, &row) {
            Ok(_) => findings.ok(name, "the master key opens the newest secret"),
            Err(_) => {
                let told = "the master key does not open the newest secret of an instance";
                let advice = "keys/master.key is of another installation, or was made anew: \
                              restore the one that belongs to this database";
                findings.error(name, told, advice);
            }
        },
        Err(error) => findings.error(name, chain(&error), "look at the database's log"),
    }
}
