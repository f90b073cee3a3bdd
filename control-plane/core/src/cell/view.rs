//! Cells as operators see them, and the little of them that everybody sees.

use std::collections::BTreeMap;
use std::time::Duration;

use control_plane_store::cell::load::{self, Load};
use control_plane_store::cell::{self, Cell};
use policies::action::Action;
use policies::permit::{FleetPermit, Task};
use types::cell::{CellState, Condition};
use types::generation::Revision;
use types::id::CellId;
use types::instant::Instant;

use crate::call::Call;
use crate::cell::alarm::{self, Alarm};
use crate::error::{Error, Result};
use crate::placement::silent_since;
use crate::plane::Plane;

/// Everything that is known of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellView {
    /// What it reported, and what the plane wants of it.
    pub row: Cell,
    /// What it has to do.
    pub load: Load,
    /// Agent and host as at the last report.
    pub condition: Option<Condition>,
    /// Since when it is silent: what it reported is not to be trusted any more.
    pub silent_since: Option<Instant>,
    /// What is the matter, the worst first.
    pub alarms: Vec<Alarm>,
}

impl CellView {
    /// Puts together what is known at an instant.
    pub fn new(row: Cell, load: Load, now: Instant, report_interval: Duration) -> Self {
        let condition = row.agent_condition.as_deref();
        let condition = condition.and_then(|text| serde_json::from_str(text).ok());
        let is_enrolled = row.state == CellState::Enrolled;
        let silent_since = silent_since(&row, now, report_interval).filter(|_| is_enrolled);
        let mut view = Self { row, load, condition, silent_since, alarms: Vec::new() };
        view.alarms = alarm::judge(&view, now, report_interval);
        view
    }

    /// Up to which revision everything that is wanted was made true, or failed for good.
    pub fn made_revision(&self) -> Revision {
        let below = self.load.lowest_open_revision.map(|lowest| Revision(lowest.0 - 1));
        self.row.taken_revision.min(below.unwrap_or(self.row.taken_revision))
    }
}

/// What everybody may know of a cell that one's instances run in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Glance {
    /// Its name.
    pub name: String,
    /// How the plane sees it.
    pub state: CellState,
    /// Up to where it has taken in what is wanted.
    pub taken_revision: Revision,
    /// Since when nothing was heard of it.
    pub silent_since: Option<Instant>,
}

impl Glance {
    /// Of a cell at an instant.
    pub fn new(row: &Cell, now: Instant, report_interval: Duration) -> Self {
        Self {
            name: row.name.clone(),
            state: row.state,
            taken_revision: row.taken_revision,
            silent_since: silent_since(row, now, report_interval),
        }
    }
}

/// A glance at every cell.
pub async fn glances(call: &Call) -> Result<BTreeMap<CellId, Glance>> {
    all_glances(call.plane()).await
}

/// The same for whoever was permitted to see more.
pub(crate) async fn all_glances(plane: &Plane) -> Result<BTreeMap<CellId, Glance>> {
    let rows = cell::all(&plane.store.fleet_read(&FleetPermit::task(Task::Observe))).await?;
    let (now, interval) = (plane.clock.now(), plane.settings.report_interval);
    Ok(rows.iter().map(|row| (row.id, Glance::new(row, now, interval))).collect())
}

/// All cells by name, for operators.
pub async fn list(call: &Call) -> Result<Vec<CellView>> {
    let permit = call.fleet(Action::OperateCells, "cells").await?;
    views(call.plane(), &permit).await
}

/// One cell by id or name, for operators.
pub async fn get(call: &Call, id_or_name: &str) -> Result<CellView> {
    let permit = call.fleet(Action::OperateCells, "cell").await?;
    let views = views(call.plane(), &permit).await?;
    let is_meant =
        |view: &CellView| view.row.name == id_or_name || view.row.id.to_string() == id_or_name;
    views.into_iter().find(is_meant).ok_or(Error::NotFound { what: "cell" })
}

/// All cells by name, for the console and those who were permitted.
pub async fn views(plane: &Plane, permit: &FleetPermit) -> Result<Vec<CellView>> {
    let reader = plane.store.fleet_read(permit);
    let mut loads = load::all(&reader).await?;
    let (now, interval) = (plane.clock.now(), plane.settings.report_interval);
    let mut rows = cell::all(&reader).await?;
    rows.sort_by(|one, other| one.name.cmp(&other.name));
    let view = |row: Cell| {
        let load = loads.remove(&row.id).unwrap_or_default();
        CellView::new(row, load, now, interval)
    };
    Ok(rows.into_iter().map(view).collect())
}
