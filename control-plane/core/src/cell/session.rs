//! The opening of the conversation with a cell: who calls, from which disk, and which of the two
//! knows more. Of two agents, or of a disk that is older than what the plane knows, one is refused;
//! a plane that is older than its cell notes it, declares what is lost, and goes on.

use control_plane_store::cell::{self, Cell};
use control_plane_store::usage_loss::{self, UsageLoss};
use control_plane_store::{CellTx, cell_head, usage_record};
use policies::permit::CellIdentity;
use types::cell::CellState;
use types::generation::Revision;
use types::id::AgentSessionId;
use types::instant::Instant;

use crate::cell::alarm::AlarmCode;
use crate::cell::{Answer, Refused};
use crate::error::Result;
use crate::nudge::Topic;
use crate::plane::Plane;

/// What an agent says of itself when it opens a session.
#[derive(Clone, Debug)]
pub struct Opening {
    /// Version of the agent program.
    pub agent_version: String,
    /// Of the agent's state directory.
    pub boot_id: String,
    /// Highest sequence number it ever gave out.
    pub last_sequence: i64,
    /// Its clock when it sent this.
    pub sent_at: Instant,
    /// What the cell can do.
    pub capabilities: Vec<String>,
    /// Version of the protocol that it speaks.
    pub protocol: u32,
    /// When the certificate ends that it showed.
    pub certificate_expires_at: Option<Instant>,
    /// Drawn when its process began.
    pub process: Option<String>,
    /// Lowest sequence that it still has or will give next.
    pub kept_from: Option<i64>,
    /// The desired revision that it has taken in.
    pub revision: Option<Revision>,
}

/// Opens a session, which ends the one before.
pub async fn open_session(
    plane: &Plane,
    identity: &CellIdentity,
    opening: Opening,
) -> Answer<(AgentSessionId, Cell)> {
    let now = plane.clock.now();
    let tx = plane.store.cell(identity).await?;
    let mut row = cell::lock_in_cell(&tx).await?;
    if row.state != CellState::Enrolled {
        return Ok(Err(Refused::NotEnrolled));
    }
    let same_disk = row.boot_id.as_deref() == Some(opening.boot_id.as_str());
    if !same_disk || opening.last_sequence < row.highest_sequence {
        tracing::error!(
            cell.id = %row.id,
            known = row.highest_sequence,
            told = opening.last_sequence,
            same_disk,
            "agent looks like a copy or a rolled-back disk"
        );
        row.alarm = Some(AlarmCode::CloneSuspected.as_str().to_owned());
        cell::update_in_cell(&tx, row).await?;
        tx.commit().await?;
        return Ok(Err(Refused::Clone));
    }
    catch_up(&tx, &mut row, &opening, now).await?;
    let session = AgentSessionId::next(&*plane.ids);
    row.alarm = None;
    if opening.process.is_some() && opening.process == row.agent_process_before {
        tracing::error!(cell.id = %row.id, "two agents with one identity call in turns");
        row.alarm = Some(AlarmCode::CloneSuspected.as_str().to_owned());
    }
    if opening.process != row.agent_process {
        row.agent_process_before = row.agent_process.take();
        row.agent_process = opening.process;
    }
    row.session_id = Some(session);
    row.session_opened_at = Some(now);
    row.report_number = None;
    row.agent_version = Some(opening.agent_version);
    row.clock_difference_us = Some(opening.sent_at.micros() - now.micros());
    row.capabilities = serde_json::to_string(&opening.capabilities).ok();
    row.protocol = i32::try_from(opening.protocol).ok();
    row.certificate_expires_at = opening.certificate_expires_at;
    row.session_count = Some(row.session_count.unwrap_or_default() + 1);
    cell::update_in_cell(&tx, row.clone()).await?;
    tx.commit().await?;
    plane.nudges.send(Topic::Cell(row.id));
    Ok(Ok((session, row)))
}

/// Takes from the cell how far revisions and sequences went, where it knows more.
async fn catch_up(tx: &CellTx, row: &mut Cell, opening: &Opening, now: Instant) -> Result<()> {
    let known = cell_head::get_in_cell(tx).await?;
    if let Some(told) = opening.revision.filter(|told| *told > known) {
        let (cell, known, told) = (row.id, known.0, told.0);
        tracing::warn!(cell.id = %cell, known, told, "the cell has newer wishes than this plane");
        row.restored_at = Some(now);
        // Above it, so that the agent has news to ask for.
        cell_head::raise_in_cell(tx, Revision(told).next()).await?;
    }
    let is_first = row.session_count.is_none();
    let kept_from = match opening.kept_from {
        // A record can be missing in what the agent still has, and comes then.
        Some(kept_from) => kept_from,
        // An agent that does not say and was just let in counts on from the highest number.
        None if is_first => row.highest_sequence.saturating_add(1),
        None => return Ok(()),
    };
    if kept_from - 1 <= row.acknowledged_sequence {
        return Ok(());
    }
    let present = usage_record::sequences_after(tx, row.acknowledged_sequence).await?;
    let lost = missing(row.acknowledged_sequence + 1, kept_from - 1, &present);
    let loss = |(first, last): &(i64, i64)| UsageLoss {
        cell_id: row.id,
        first_sequence: *first,
        last_sequence: *last,
        declared_at: now,
    };
    usage_loss::insert_all_in_cell(tx, lost.iter().map(loss).collect()).await?;
    let (from, to) = (row.acknowledged_sequence + 1, kept_from - 1);
    tracing::warn!(cell.id = %row.id, from, to, "usage records that nobody has any more");
    // What an earlier agent of this cell lost with its disk says nothing of the plane.
    if to > row.highest_sequence {
        row.restored_at = Some(now);
    }
    let behind = present.iter().copied().skip_while(|sequence| *sequence <= to);
    row.acknowledged_sequence = (to + 1..)
        .zip(behind)
        .take_while(|(next, there)| next == there)
        .map(|(next, _)| next)
        .last()
        .unwrap_or(to);
    row.highest_sequence = row.highest_sequence.max(row.acknowledged_sequence);
    Ok(())
}

/// The ranges between the two ends that are not there; `present` is in order.
fn missing(first: i64, last: i64, present: &[i64]) -> Vec<(i64, i64)> {
    let mut ranges = Vec::new();
    let mut next = first;
    for there in present.iter().copied().filter(|there| (first..=last).contains(there)) {
        if next < there {
            ranges.push((next, there - 1));
        }
        next = there + 1;
    }
    if next <= last {
        ranges.push((next, last));
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(present: &[i64], expected: &[(i64, i64)]) {
        assert_eq!(missing(4, 9, present), expected);
    }

    #[test]
    fn only_what_is_not_there_is_missing() {
        check(&[], &[(4, 9)]);
        check(&[4, 5, 6, 7, 8, 9, 10], &[]);
        check(&[5, 8, 11], &[(4, 4), (6, 7), (9, 9)]);
        check(&[2, 9], &[(4, 8)]);
    }
}
