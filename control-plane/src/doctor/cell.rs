//! Cells and their operations, by what they last reported.

use control_plane_core::cell::alarm::AlarmCode;
use control_plane_core::cell::view;
use control_plane_core::plane::Plane;
use control_plane_store::{cell, operation, usage_loss};
use policies::permit::FleetPermit;
use types::cell::CellState;

use crate::doctor::{Findings, chain};

/// Names that are listed before "and more".
const NAMED: u64 = 20;
/// How long after its deadline an operation is ended by the plane at the latest.
const GRACE: std::time::Duration = std::time::Duration::from_secs(180);

/// Every alarm of every cell, and what their clocks say of ours.
pub async fn all(plane: &Plane, permit: &FleetPermit, findings: &mut Findings) {
    let cells = match view::views(plane, permit).await {
        Ok(cells) => cells,
        Err(error) => return findings.error("cells", chain(&error), "look at the database's log"),
    };
    let now = plane.clock.now();
    let future = cells.iter().filter_map(|cell| cell.row.last_report_at).max();
    if let Some(future) = future.filter(|last| *last > now.plus(std::time::Duration::from_secs(5)))
    {
        let told = format!("a cell reported at {future}, which is to come: this clock went back");
        findings.error("clock", told, "set the clock of this machine before the plane is started");
    } else {
        findings.ok("clock", format!("{now}"));
    }
    let enrolled = cells.iter().filter(|cell| cell.row.state == CellState::Enrolled).count();
    if enrolled == 0 {
        let advice = "make one with `cellplane-plane cell create`, and enrol an agent";
        findings.warning("cells", "no cell can take an order", advice);
    }
    let mut is_good = true;
    for cell in &cells {
        let (name, load) = (&cell.row.name, &cell.load);
        if cell.row.state != CellState::Enrolled && load.instances > 0 {
            let told =
                format!("cell {name} is {} and has {} instances", cell.row.state, load.instances);
            findings.warning("cells", told, "let an agent in again with a new join token");
            is_good = false;
        }
        for alarm in &cell.alarms {
            let told = format!("cell {name}: {}", alarm.code);
            match alarm.code {
                AlarmCode::CloneSuspected
                | AlarmCode::PlaneRestored
                | AlarmCode::Orphans
                | AlarmCode::Silent
                | AlarmCode::Lagging => {
                    findings.error("cells", told, &*alarm.message);
                }
                _ => findings.warning("cells", told, &*alarm.message),
            }
            is_good = false;
        }
    }
    if is_good && enrolled > 0 {
        findings.ok("cells", format!("{enrolled} cells report and have no alarm"));
    }
}

/// Usage that is lost for good, of cells whose loss nobody has looked at.
pub async fn losses(plane: &Plane, permit: &FleetPermit, findings: &mut Findings) {
    let name = "usage.lost";
    let reader = plane.store.fleet_read(permit);
    let lost = match usage_loss::all_anywhere(&reader).await {
        Ok(lost) => lost,
        Err(error) => return findings.error(name, chain(&error), "look at the database's log"),
    };
    let cells = match cell::all(&reader).await {
        Ok(cells) => cells,
        Err(error) => return findings.error(name, chain(&error), "look at the database's log"),
    };
    let mut is_good = true;
    for cell in cells {
        let checked = cell.loss_checked_at;
        let open = lost.iter().filter(|loss| loss.cell_id == cell.id);
        let open = open.filter(|loss| checked.is_none_or(|checked| checked < loss.declared_at));
        let ranges: Vec<_> =
            open.map(|loss| format!("{} to {}", loss.first_sequence, loss.last_sequence)).collect();
        if ranges.is_empty() {
            continue;
        }
        let told = format!("cell {}: usage records {} are lost", cell.name, ranges.join(", "));
        let advice = "their time is a declared gap on the bill; `usage audit` shows of which \
                      resources, `cell accept-loss` ends this warning";
        findings.warning(name, told, advice);
        is_good = false;
    }
    if is_good {
        findings.ok(name, "none that was not looked after");
    }
}

/// Operations that should have ended.
pub async fn operations(plane: &Plane, permit: &FleetPermit, findings: &mut Findings) {
    let name = "operations";
    let before = plane.clock.now().minus(GRACE);
    match operation::overdue(&plane.store.fleet_read(permit), before, NAMED).await {
        Ok(rows) if rows.is_empty() => findings.ok(name, "none is past its deadline"),
        Ok(rows) => {
            let ids: Vec<_> = rows.iter().map(|row| row.id.to_string()).collect();
            let told = format!("past their deadline and not ended: {}", ids.join(", "));
            let advice = "the plane ends them while it runs; if it runs, its task `expire` fails: \
                          see its log";
            findings.error(name, told, advice);
        }
        Err(error) => findings.error(name, chain(&error), "look at the database's log"),
    }
}
