//! Between the network and the plane: what is watched of every answer, and planted bugs of the
//! plane.

use std::net::SocketAddr;
use std::sync::Arc;

use cell_agent_protocol::observed::ObservedRequest;
use cell_agent_protocol::usage::{UsageAnswer, UsageRecord, UsageRequest};
use control_plane_store::usage_hour::{self, UsageHour};
use control_plane_store::{lifecycle, usage_record};
use policies::permit::CellIdentity;
use serde::Serialize;
use types::id::CellId;

use crate::plane::Routers;
use crate::planted::Planted;
use crate::wire::{Frame, Head};
use crate::world::{CellSite, World, lock};

/// What of an answer goes into the trace: certificates are signed with chance that is not ours.
pub fn told(answer: &Frame) -> Vec<u8> {
    if answer.head.path.ends_with("/renew") { Vec::new() } else { answer.body.clone() }
}

/// The plane's answer.
pub async fn answered(
    world: &Arc<World>,
    routers: &Routers,
    mut question: Frame,
    peer: SocketAddr,
) -> Frame {
    let asker = question.head.shown.as_ref().map(|(cell, _)| *cell);
    let site = world.cells.iter().find(|site| Some(site.id) == asker);
    let Some(site) = site else { return routers.ask(question, peer).await };
    match question.head.path.as_str() {
        "/agent/v1/usage" => usage(world, routers, site, question, peer).await,
        "/agent/v1/observed" => {
            let settled = lose(world, &mut question);
            let mut answer = routers.ask(question, peer).await;
            if !settled.is_empty() && answer.head.status == 200 {
                change(&mut answer, |body| {
                    if let Some(list) = body["settled"].as_array_mut() {
                        list.extend(settled.into_iter().map(serde_json::Value::String));
                    }
                });
            }
            answer
        }
        _ => routers.ask(question, peer).await,
    }
}

async fn usage(
    world: &Arc<World>,
    routers: &Routers,
    site: &CellSite,
    question: Frame,
    peer: SocketAddr,
) -> Frame {
    let Ok(request) = serde_json::from_slice::<UsageRequest>(&question.body) else {
        return routers.ask(question, peer).await;
    };
    let last = request.records.last().map(|record| record.sequence);
    if let Some(acknowledged) = last
        && world.strikes(Planted::AckBeforeSave, 120)
    {
        return reply(&question, &UsageAnswer { acknowledged });
    }
    let identity = CellIdentity::proved(site.id);
    let sequences: Vec<_> = request.records.iter().map(|record| record.sequence).collect();
    let reader = routers.plane.store.cell_read(&identity);
    let known = usage_record::existing(&reader, &sequences).await.unwrap_or_default();
    let answer = routers.ask(question, peer).await;
    let Ok(told) = serde_json::from_slice::<UsageAnswer>(&answer.body) else { return answer };
    let is_new = |record: &&UsageRecord| !known.iter().any(|row| row.sequence == record.sequence);
    let fresh: Vec<_> = request.records.iter().filter(is_new).cloned().collect();
    watch(world, site, &request, &fresh, told);
    if !fresh.is_empty() && world.strikes(Planted::RollupTwice, 150) {
        add_again(routers, &identity, &fresh).await;
    }
    answer
}

/// What was said to be complete stays complete.
fn watch(
    world: &World,
    site: &CellSite,
    request: &UsageRequest,
    fresh: &[UsageRecord],
    told: UsageAnswer,
) {
    let mut complete_to = lock(&site.complete_to);
    for record in fresh.iter().filter(|record| record.start < *complete_to) {
        world.violation(format!(
            "{} was complete to {}, then came usage {} from {}",
            site.process.host, *complete_to, record.sequence, record.start
        ));
    }
    let highest = request.records.last().map_or(0, |record| record.sequence);
    if told.acknowledged >= highest {
        *complete_to = request.watermark.min(world.time.now()).max(*complete_to);
    }
}

async fn add_again(routers: &Routers, identity: &CellIdentity, records: &[UsageRecord]) {
    let store = &routers.plane.store;
    let Ok(tx) = store.cell(identity).await else { return };
    let resources: Vec<_> = records.iter().map(|record| record.resource.clone()).collect();
    let homes = lifecycle::homes(&tx, &resources).await.unwrap_or_default();
    let hours = records.iter().filter_map(|record| {
        let home = homes.iter().find(|home| home.resource == record.resource)?;
        Some(UsageHour {
            tenant_id: home.tenant,
            resource: record.resource.clone(),
            meter: record.meter.clone(),
            hour: record.start.hour(),
            project_id: home.project,
            quantity: record.quantity,
        })
    });
    if usage_hour::add_in_cell(&tx, hours.collect()).await.is_ok() {
        // A bug that fails is no bug.
        let _ = tx.commit().await;
    }
}

/// Loses parts of a report; answers the operations that are to be acknowledged all the same.
fn lose(world: &World, question: &mut Frame) -> Vec<String> {
    let Ok(mut request) = serde_json::from_slice::<ObservedRequest>(&question.body) else {
        return Vec::new();
    };
    let mut settled = Vec::new();
    if !request.changes.is_empty() && world.strikes(Planted::StatesLost, 200) {
        request.changes.clear();
    }
    let has_outcome = request.operations.iter().any(|operation| operation.state.is_final());
    if has_outcome && world.strikes(Planted::OutcomeLost, 400) {
        let (ended, rest) =
            request.operations.drain(..).partition(|operation| operation.state.is_final());
        let ended: Vec<types::operation::OperationObserved> = ended;
        settled.extend(ended.iter().map(|operation| operation.id.to_string()));
        request.operations = rest;
    }
    if let Ok(body) = serde_json::to_vec(&request)
        && world.planted.is_some()
    {
        question.body = body;
    }
    settled
}

/// Changes the JSON of a message.
pub fn change(frame: &mut Frame, how: impl FnOnce(&mut serde_json::Value)) {
    if let Ok(mut body) = serde_json::from_slice(&frame.body) {
        how(&mut body);
        frame.body = body.to_string().into_bytes();
    }
}

fn reply(question: &Frame, body: &impl Serialize) -> Frame {
    let body = serde_json::to_vec(body).expect("an answer has a JSON form");
    let path = question.head.path.clone();
    Frame { head: Head { path, status: 200, ..Head::default() }, body }
}

/// The other cell.
pub fn other(world: &World, cell: CellId) -> Option<&Arc<CellSite>> {
    world.cells.iter().find(|site| site.id != cell)
}
