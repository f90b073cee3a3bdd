//! What would be done to each of many instances: what is needed is read for all at once, and then
//! each is judged by itself.

use std::collections::HashMap;

use control_plane_store::instance::Instance;
use control_plane_store::operation::Operation;
use policies::action::Action;
use types::id::{InstanceId, OperationId};
use types::operation::OperationState;

use super::{Item, Work};
use crate::call::Call;
use crate::configuration::change::{self, ChangePreview, Known, Wanted};
use crate::configuration::{self, Configuration};
use crate::error::{Error, Result};
use crate::instance::{self, Member};
use crate::operation;

/// What is known of the instances.
struct Around {
    configurations: HashMap<InstanceId, Configuration>,
    members: HashMap<InstanceId, Vec<Member>>,
    operations: HashMap<OperationId, Operation>,
}

/// Judges every instance.
pub(super) async fn at_all(call: &Call, rows: Vec<Instance>, work: &Work) -> Result<Vec<Item>> {
    let around = read(call, &rows, work).await?;
    let mut items = Vec::new();
    for row in rows {
        items.push(at(call, row, work, &around).await?);
    }
    Ok(items)
}

async fn read(call: &Call, rows: &[Instance], work: &Work) -> Result<Around> {
    let operations: Vec<_> = rows.iter().map(|row| row.operation_id).collect();
    let operations = operation::by_ids(call, &operations).await?;
    let operations = operations.into_iter().map(|row| (row.id, row)).collect();
    let (mut configurations, mut members) = (HashMap::new(), HashMap::new());
    if let Work::Change(_) = work {
        let keys: Vec<_> = rows.iter().map(|row| (row.id, row.configuration_number)).collect();
        let found = configuration::by_keys(call, &keys).await?;
        configurations.extend(found.into_iter().map(|row| (row.instance_id, row)));
        let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
        for row in instance::members(call, &ids).await? {
            members.entry(row.instance_id).or_insert_with(Vec::new).push(row);
        }
    }
    Ok(Around { configurations, members, operations })
}

async fn at(call: &Call, row: Instance, work: &Work, around: &Around) -> Result<Item> {
    let action = match work {
        Work::Change(_) => Action::Change,
        Work::Wish(_) => Action::Operate,
    };
    let permit = match call.permit_part(action, &row).await {
        Ok(permit) => permit,
        Err(refusal @ Error::Forbidden { .. }) => {
            return Ok(Item { refusal: Some(refusal), ..Item::of(row, None) });
        }
        Err(other) => return Err(other),
    };
    let known = around.operations.get(&row.operation_id);
    let known = known.ok_or(Error::NotFound { what: "operation" })?;
    let (change, refusal) = match work {
        Work::Change(wanted) => match look(call, &row, wanted, known, around) {
            Ok(change) => {
                let refusal = is_free(&row, known).and_then(|()| change.admit()).err();
                (Some(change), refusal)
            }
            Err(refusal) => (None, Some(refusal)),
        },
        Work::Wish(wish) => {
            let may_repeat = instance::is_behind(&row) || known.state == OperationState::Failed;
            let admitted = instance::admit(&row, *wish, may_repeat);
            (None, admitted.and_then(|()| is_free(&row, known)).err())
        }
    };
    Ok(Item { change, refusal, ..Item::of(row, Some(permit)) })
}

fn look(
    call: &Call,
    row: &Instance,
    wanted: &Wanted,
    operation: &Operation,
    around: &Around,
) -> Result<ChangePreview> {
    let missing = Error::NotFound { what: "configuration" };
    let known = Known {
        plane: call.plane(),
        now: call.now(),
        row,
        package: configuration::package_of(call, row)?,
        current: around.configurations.get(&row.id).ok_or(missing)?,
        earlier: None,
        operation,
        members: around.members.get(&row.id).map(Vec::as_slice).unwrap_or_default(),
    };
    change::plan(&known, wanted)
}

/// A single request takes the place of work that has not ended; one about many leaves it alone.
fn is_free(row: &Instance, operation: &Operation) -> Result<()> {
    if operation.state.is_final() {
        return Ok(());
    }
    let message = format!(
        "the instance is {}: {} is at work on it; wait until that has ended",
        row.state, operation.kind
    );
    Err(Error::Conflict { why: "operation_running", message })
}
