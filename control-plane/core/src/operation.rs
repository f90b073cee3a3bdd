//! Operations: opened with each change of generation, moved on by what the cell reports.

use control_plane_store::instance::Instance;
use std::collections::BTreeMap;
use std::time::Duration;

pub use control_plane_store::operation::Operation;
use control_plane_store::operation::OperationFilter;
pub use control_plane_store::operation_log::OperationLog;
use control_plane_store::{CellTx, TenantTx, operation, operation_log};
use types::id::{InstanceId, OperationId};
use types::instant::Instant;
use types::operation::{LogLine, OperationKind, OperationObserved, OperationState, Step};

use crate::call::Call;
use crate::error::{Error, Result};
use crate::nudge::Topic;
use crate::page::{Page, Paged};

pub mod slow;
pub mod waiting;

/// Hints may be lost, so whoever follows looks by itself this often.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Log lines in one answer at most.
pub const LINES_MAX: u64 = 500;

/// Opens the operation that the instance's row names.
pub async fn open(call: &Call, tx: &TenantTx, row: &Instance, kind: OperationKind) -> Result<()> {
    let now = call.now();
    let fresh = Operation {
        id: row.operation_id,
        tenant_id: row.tenant_id,
        project_id: row.project_id,
        instance_id: row.id,
        cell_id: row.cell_id,
        kind,
        state: OperationState::Pending,
        generation: row.generation,
        created_at: now,
        created_by: call.caller().subject,
        started_at: None,
        ended_at: None,
        deadline: now.plus(call.plane().settings.operation_deadline),
        steps: "[]".to_owned(),
        problem_code: None,
        problem_message: None,
        last_line: 0,
        attempt: None,
    };
    Ok(operation::insert(tx, fresh).await?)
}

/// Ends an operation that a newer generation takes the place of, if it has not ended.
pub(crate) async fn supersede(tx: &TenantTx, id: OperationId, now: Instant) -> Result<()> {
    let Some(mut row) = operation::lock(tx, id).await? else { return Ok(()) };
    if row.state.is_final() {
        return Ok(());
    }
    row.state = OperationState::Superseded;
    row.ended_at = Some(now);
    Ok(operation::update(tx, row).await?)
}

/// Whether an operation ended without success.
pub(crate) async fn has_failed(tx: &TenantTx, id: OperationId) -> Result<bool> {
    let row = operation::find(tx, id).await?;
    Ok(row.is_some_and(|row| row.state == OperationState::Failed))
}

/// One operation that the caller may see.
pub async fn get(call: &Call, id: OperationId) -> Result<Operation> {
    let reader = call.reader().await?;
    operation::find(&reader, id).await?.ok_or(Error::NotFound { what: "operation" })
}

/// Several operations; those the caller may not see are missing.
pub async fn by_ids(call: &Call, ids: &[OperationId]) -> Result<Vec<Operation>> {
    Ok(operation::by_ids(&call.reader().await?, ids).await?)
}

/// The operations of an instance, newest first.
pub async fn list(call: &Call, instance: InstanceId, page: &Page) -> Result<Paged<Operation>> {
    let filter = OperationFilter { instance: Some(instance), ..OperationFilter::default() };
    Ok(operation::list(&call.reader().await?, &filter, page).await?)
}

/// The newest operations of each of several instances.
pub async fn first_of_instances(
    call: &Call,
    instances: &[InstanceId],
    first: u64,
) -> Result<BTreeMap<InstanceId, Paged<Operation>>> {
    Ok(operation::first_of_instances(&call.reader().await?, instances, first).await?)
}

/// Lines of an operation's log after a number.
pub async fn log(
    call: &Call,
    id: OperationId,
    after: i64,
    first: u64,
) -> Result<Vec<OperationLog>> {
    let reader = call.reader().await?;
    Ok(operation_log::after(&reader, id, after, first.min(LINES_MAX)).await?)
}

/// The steps as the cell reported them.
pub fn steps(row: &Operation) -> Result<Vec<Step>> {
    serde_json::from_str(&row.steps).map_err(|error| Error::internal("read stored steps", error))
}

/// What a report does to a stored operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// The report is older than what is known, or of another cell's work.
    Ignored,
    /// The row to be written.
    To(Box<Operation>),
}

/// Judges a report: an operation that ended does not begin again, and nothing moves backwards.
pub fn judge(known: &Operation, seen: &OperationObserved) -> Move {
    if known.state.is_final()
        || seen.generation != known.generation
        || rank(seen.state) < rank(known.state)
    {
        return Move::Ignored;
    }
    let mut row = known.clone();
    row.state = seen.state;
    // Steps are plain data that always have a JSON form.
    row.steps = serde_json::to_string(&seen.steps).unwrap_or_else(|_| known.steps.clone());
    if seen.state != OperationState::Pending {
        row.started_at = known.started_at.or(Some(seen.at));
    }
    if seen.state.is_final() {
        row.ended_at = Some(seen.at);
    }
    if let Some(problem) = &seen.problem {
        row.problem_code = Some(problem.code.clone());
        row.problem_message = Some(problem.message.clone());
    }
    if row == *known { Move::Ignored } else { Move::To(Box::new(row)) }
}

fn rank(state: OperationState) -> u8 {
    match state {
        OperationState::Pending => 0,
        OperationState::Running => 1,
        OperationState::Succeeded | OperationState::Failed | OperationState::Superseded => 2,
    }
}

/// Adds log lines of the cell's own operations; lines that are there already are left alone.
pub async fn add_lines(tx: &CellTx, operations: &[Operation], lines: &[LogLine]) -> Result<()> {
    let rows = lines.iter().filter_map(|line| {
        let owner = operations.iter().find(|operation| operation.id == line.operation)?;
        Some(OperationLog {
            operation_id: line.operation,
            number: line.number,
            tenant_id: owner.tenant_id,
            project_id: owner.project_id,
            step: line.step,
            at: line.at,
            text: line.text.clone(),
        })
    });
    Ok(operation_log::insert_new_in_cell(tx, rows.collect()).await?)
}

/// An operation each time it moves, with the lines behind the last ones; ends with the operation.
pub fn follow(
    call: Call,
    id: OperationId,
    after: i64,
) -> impl futures::Stream<Item = Result<(Operation, Vec<OperationLog>)>> {
    let start = Following { call, id, after, last: None };
    futures::stream::unfold(Some(start), async |state| {
        let mut state = state?;
        match state.step().await {
            Ok(moved) => {
                // Lines may be left over when it ended; then there is one more look.
                let ended = moved.0.state.is_final() && (moved.1.len() as u64) < LINES_MAX;
                Some((Ok(moved), (!ended).then_some(state)))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
}

struct Following {
    call: Call,
    id: OperationId,
    after: i64,
    last: Option<Operation>,
}

impl Following {
    /// Waits until something is new.
    async fn step(&mut self) -> Result<(Operation, Vec<OperationLog>)> {
        loop {
            let plane = self.call.shared_plane();
            let mut hint = plane.nudges.listen(Topic::Operation(self.id));
            let mut rights = plane.nudges.listen(Topic::Rights(self.call.tenant()?));
            let row = get(&self.call, self.id).await?;
            let lines = log(&self.call, self.id, self.after, LINES_MAX).await?;
            if !lines.is_empty() || self.last.as_ref() != Some(&row) {
                self.after = lines.last().map_or(self.after, |line| line.number);
                self.last = Some(row.clone());
                return Ok((row, lines));
            }
            tokio::select! {
                _ = hint.changed() => {}
                _ = rights.changed() => {}
                () = plane.clock.sleep(LOOK_AGAIN) => {}
            }
        }
    }
}
