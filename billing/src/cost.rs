//! What instances cost this month so far: provisional, by the same rules as the bill.

use std::collections::{BTreeMap, HashMap};

use billing_rating::amount::{self, PLACES};
use billing_rating::charge::Charge;
use billing_rating::knowledge::Knowledge;
use billing_rating::meter::Meter;
use billing_rating::price::Model;
use billing_rating::rate;
use control_plane_core::call::Call;
use control_plane_core::error::{Error, Result};
use control_plane_store::instance::Instance;
use control_plane_store::{InTenant, UsageStatus, cell, lifecycle, usage_record};
use policies::action::Action;
use policies::permit::{Task, task_scope};
use types::id::InstanceId;
use types::instant::Instant;
use types::interval::Interval;
use types::money::Decimal;

use crate::source::{Source, accepted, failed, state_line};

/// Usage and cost of a month so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Like `2026-11`.
    pub period: String,
    /// Code of the currency.
    pub currency: String,
    /// Exact, before the bill's rounding: ten places.
    pub amount: Decimal,
    /// Everything before this instant is counted; none: nothing yet.
    pub complete_to: Option<Instant>,
    /// By meter.
    pub lines: Vec<CostLine>,
}

/// One meter's part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CostLine {
    /// The meter.
    pub meter: Meter,
    /// In the meter's unit.
    pub quantity: i128,
    /// Ten places.
    pub amount: Decimal,
}

/// What one instance costs.
pub async fn of_instance(call: &Call, row: &Instance) -> Result<Cost> {
    let mut costs = of_instances(call, std::slice::from_ref(row)).await?;
    costs.remove(&row.id).ok_or(Error::NotFound { what: "instance" })
}

/// What each of these instances costs, in as many statements for all as for one.
///
/// # Errors
/// Asks for the right to see each of them.
pub async fn of_instances(call: &Call, rows: &[Instance]) -> Result<HashMap<InstanceId, Cost>> {
    for row in rows {
        call.permit_part(Action::View, row).await?;
    }
    let reader = call.plane().store.read(&task_scope(Task::Observe, call.tenant()?));
    let source = Source::load(&reader).await?;
    let calendar = source.calendar()?;
    let period = calendar.period_of(call.now());
    let interval = calendar.interval(period);
    let facts = facts(&reader, &source, rows, interval).await?;
    let ids: Vec<_> = rows.iter().map(|row| row.cell_id).collect();
    let cells = cell::by_ids(&reader, &ids).await?;
    let watermarks: HashMap<_, _> = cells.into_iter().map(|row| (row.id, row.watermark)).collect();
    let Facts { states, records, owners } = facts;
    let work = tokio::task::spawn_blocking(move || {
        let charges = {
            let knowledge = Knowledge::new(&states, &records);
            rate::period(&source.ground()?, period, &knowledge).map_err(failed)?
        };
        Ok::<_, Error>((source, charges))
    });
    let (source, charges) =
        work.await.map_err(|error| Error::internal("rate instances", error))??;
    let mut by_instance: HashMap<InstanceId, Vec<Charge>> = HashMap::new();
    for charge in charges {
        if let Some(instance) = owners.get(&charge.key.resource) {
            by_instance.entry(*instance).or_default().push(charge);
        }
    }
    let cost = |row: &Instance| {
        let lines = lines(by_instance.get(&row.id).map_or(&[], Vec::as_slice));
        Cost {
            period: period.to_string(),
            currency: source.row.currency.clone(),
            amount: amount::sum(lines.iter().map(|line| &line.amount), PLACES),
            complete_to: watermarks.get(&row.cell_id).copied().flatten(),
            lines,
        }
    };
    Ok(rows.iter().map(|row| (row.id, cost(row))).collect())
}

struct Facts {
    states: Vec<billing_rating::lifecycle::StateLine>,
    records: Vec<billing_rating::usage::Record>,
    owners: HashMap<String, InstanceId>,
}

async fn facts(
    reader: &dyn InTenant,
    source: &Source,
    rows: &[Instance],
    interval: Interval,
) -> Result<Facts> {
    let (start, end) = (interval.start(), interval.end());
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let known = lifecycle::of_instances(reader, &ids).await?;
    let owners: HashMap<_, _> =
        known.iter().map(|row| (row.resource.clone(), row.instance_id)).collect();
    // The price of a tiered line depends on what the others use.
    let (known, used) = if is_tiered(source, end) {
        let all = lifecycle::alive(reader, None, start, end).await?;
        (all, usage_record::counted_between(reader, None, start, end).await?)
    } else {
        let resources: Vec<_> = owners.keys().cloned().collect();
        let used = usage_record::of_resources(reader, &resources, start.hour(), end).await?;
        (known, used.into_iter().filter(|row| row.status == UsageStatus::Counted).collect())
    };
    let records = used.into_iter().map(|row| Ok(accepted(row)?.record));
    Ok(Facts {
        states: known.into_iter().map(state_line).collect::<Result<Vec<_>>>()?,
        records: records.collect::<Result<Vec<_>>>()?,
        owners,
    })
}

fn is_tiered(source: &Source, before: Instant) -> bool {
    let versions = source.books.iter().flat_map(|book| &book.versions);
    let held = versions.filter(|version| version.effective_from < before);
    held.flat_map(|version| &version.lines).any(|line| line.model == Model::Tiered)
}

fn lines(charges: &[Charge]) -> Vec<CostLine> {
    let mut meters: BTreeMap<Meter, Vec<&Charge>> = BTreeMap::new();
    for charge in charges {
        meters.entry(charge.key.meter).or_default().push(charge);
    }
    let line = |(meter, charges): (Meter, Vec<&Charge>)| CostLine {
        meter,
        quantity: charges.iter().map(|charge| charge.quantity).sum(),
        amount: amount::sum(charges.iter().map(|charge| &charge.amount), PLACES),
    };
    meters.into_iter().map(line).collect()
}
