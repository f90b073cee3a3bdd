//! What a report says of the agent, its host, and the steps that it tries in vain.

use control_plane_store::CellTx;
use control_plane_store::cell::Cell;
use control_plane_store::operation;
use types::cell::Condition;
use types::id::OperationId;
use types::operation::Attempt;

use crate::error::{Error, Result};

/// Vain tries that are taken from one report at most.
const ATTEMPTS_MAX: usize = 200;
/// Instances that the plane does not know, or not as new, from one report at most.
const BEYOND_MAX: usize = 200;
/// Longest text that an agent says of its host or of a try, in characters.
const TEXT_MAX: usize = 300;

/// Keeps what was said; what an agent does not say is not known any more.
pub(super) fn keep(row: &mut Cell, said: Option<&Condition>) {
    let mut kept = said.cloned();
    if let Some(condition) = &mut kept {
        // They belong to operations, and are kept there.
        condition.attempts = Vec::new();
        condition.orphans.truncate(BEYOND_MAX);
        condition.newer.truncate(BEYOND_MAX);
        if let Some(host) = &mut condition.host {
            host.kernel = short(&host.kernel);
        }
        if let Some(trouble) = &mut condition.trouble {
            (trouble.code, trouble.message) = (short(&trouble.code), short(&trouble.message));
        }
        if let Some(ahead_us) = condition.clock_ahead_us {
            row.clock_difference_us = Some(ahead_us);
        }
    }
    row.agent_condition = kept.and_then(|condition| serde_json::to_string(&condition).ok());
}

/// Notes vain tries at their operations. Answers the operations of which something new was said;
/// those of other cells are not found.
pub(super) async fn note_attempts(tx: &CellTx, attempts: &[Attempt]) -> Result<Vec<OperationId>> {
    let attempts = &attempts[..attempts.len().min(ATTEMPTS_MAX)];
    if attempts.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<_> = attempts.iter().map(|attempt| attempt.operation).collect();
    let mut noted = Vec::new();
    for row in operation::by_ids_in_cell(tx, &ids).await? {
        let Some(attempt) = attempts.iter().find(|attempt| attempt.operation == row.id) else {
            continue;
        };
        let attempt = Attempt { reason: short(&attempt.reason), ..attempt.clone() };
        let text = serde_json::to_string(&attempt)
            .map_err(|error| Error::internal("write a vain try", error))?;
        if row.state.is_final() || row.attempt.as_ref() == Some(&text) {
            continue;
        }
        operation::note_attempt_in_cell(tx, row.id, text).await?;
        noted.push(row.id);
    }
    Ok(noted)
}

fn short(text: &str) -> String {
    text.chars().filter(|one| !one.is_control()).take(TEXT_MAX).collect()
}
