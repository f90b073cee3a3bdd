//! A bill down to the resource: its charges by project, resource, plan, meter and price line, with
//! the names that people gave things.

use std::collections::{BTreeMap, HashMap};

use billing_rating::amount::{self, PLACES};
use billing_rating::charge::Charge;
use billing_rating::meter::Meter;
use control_plane_core::error::{Error, Result};
use control_plane_store::instance::{self, Instance};
use control_plane_store::{InTenant, charge, member};
use types::id::{InstanceId, MemberId, OrganizationId, PlanId, ProjectId, VolumeId};
use types::money::Decimal;

use crate::bill::BillView;
use crate::source;

/// What one resource costs at one price. The cursor is its place in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceRow {
    /// Where it stands, for the next page.
    pub cursor: String,
    /// Its id, like `mbr_…` or `vol_…`.
    pub resource: String,
    /// Its name, like `shop-cache-0`; its id if nobody knows it any more.
    pub name: String,
    /// The name of the instance it is or is part of.
    pub instance_name: String,
    /// That instance.
    pub instance: Option<InstanceId>,
    /// Its project.
    pub project: Option<ProjectId>,
    /// Its plan then.
    pub plan: Option<PlanId>,
    /// How it was measured.
    pub meter: Meter,
    /// The price of `per` units; none without one price for all of it.
    pub unit_price: Option<Decimal>,
    /// How many units the price is for.
    pub per: Option<i64>,
    /// In the meter's unit.
    pub quantity: i128,
    /// Ten places.
    pub amount: Decimal,
}

/// A part of the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResourcePage {
    /// The rows, in order of project and resource.
    pub rows: Vec<ResourceRow>,
    /// Whether there are rows before them.
    pub has_previous: bool,
    /// Whether there are rows behind them.
    pub has_next: bool,
}

/// What is charged together.
type Group<'c> = (&'c str, &'c str, Option<&'c str>, Meter, Option<&'c str>);

/// The rows behind a cursor, at most `first`.
pub async fn list(view: &BillView, first: usize, after: Option<&str>) -> Result<ResourcePage> {
    let charges = charges(view).await?;
    let mut groups: BTreeMap<Group<'_>, Vec<&Charge>> = BTreeMap::new();
    for charge in &charges {
        let key = &charge.key;
        let (plan, line) = (key.plan.as_deref(), key.price_line.as_deref());
        let group = (key.project.as_str(), key.resource.as_str(), plan, key.meter, line);
        groups.entry(group).or_default().push(charge);
    }
    let mut rows: Vec<_> =
        groups.into_iter().map(|(group, charges)| row(group, &charges)).collect();
    let start = match after {
        None => 0,
        Some(after) => {
            let place = rows.iter().position(|row| row.cursor == after);
            let message = "expected a cursor from an earlier page";
            place.ok_or_else(|| Error::invalid("after", "malformed", message))? + 1
        }
    };
    let mut rows = rows.split_off(start);
    let has_next = rows.len() > first;
    rows.truncate(first);
    name(&view.shown.reader, &mut rows).await?;
    Ok(ResourcePage { rows, has_previous: start > 0, has_next })
}

/// The names of resources, in as many statements for all as for one.
pub async fn names(view: &BillView, resources: &[String]) -> Result<HashMap<String, String>> {
    let places = places(&view.shown.reader, resources).await?;
    Ok(places.into_iter().map(|(resource, place)| (resource, place.name)).collect())
}

/// The charges of the bill.
async fn charges(view: &BillView) -> Result<Vec<Charge>> {
    let bill = &view.bill;
    if let Some(month) = &view.shown.provisional {
        // Charges know their stay; corrections stand on the last bill of their owner.
        let is_last = month
            .bills
            .iter()
            .rfind(|each| each.organization == bill.organization)
            .is_some_and(|last| last.stay == bill.stay);
        let mine = month.charges.iter().filter(|charge| {
            charge.key.organization == bill.organization
                && match charge.key.charge_period == bill.period {
                    true => bill.stay.is_some_and(|stay| stay.start() == charge.key.stay),
                    false => is_last,
                }
        });
        return Ok(mine.cloned().collect());
    }
    let organization: OrganizationId = bill
        .organization
        .parse()
        .map_err(|error| Error::internal("read the organization of a bill", error))?;
    let period = bill.period.to_string();
    let rows = charge::of_bill_period(&view.shown.reader, &period, Some(organization)).await?;
    let charges = rows.iter().map(source::charge).collect::<Result<Vec<_>>>()?;
    Ok(charges.into_iter().filter(|charge| charge.bill == bill.number).collect())
}

fn row(group: Group<'_>, charges: &[&Charge]) -> ResourceRow {
    let (project, resource, plan, meter, line) = group;
    let common = |value: fn(&Charge) -> Option<String>| {
        let first = charges.first().and_then(|charge| value(charge));
        charges.iter().all(|charge| value(charge) == first).then_some(first).flatten()
    };
    let unit_price = common(|charge| charge.unit_price.as_ref().map(ToString::to_string));
    let per = common(|charge| charge.per.map(|per| per.to_string()));
    ResourceRow {
        cursor: [project, resource, plan.unwrap_or("-"), meter.as_str(), line.unwrap_or("-")]
            .join("/"),
        resource: resource.to_owned(),
        name: resource.to_owned(),
        instance_name: String::new(),
        instance: None,
        project: project.parse().ok(),
        plan: plan.and_then(|plan| plan.parse().ok()),
        meter,
        unit_price: unit_price.and_then(|text| text.parse().ok()),
        per: per.and_then(|text| text.parse().ok()),
        quantity: charges.iter().map(|charge| charge.quantity).sum(),
        amount: amount::sum(charges.iter().map(|charge| &charge.amount), PLACES),
    }
}

async fn name(reader: &dyn InTenant, rows: &mut [ResourceRow]) -> Result<()> {
    let resources: Vec<_> = rows.iter().map(|row| row.resource.clone()).collect();
    let places = places(reader, &resources).await?;
    for row in rows {
        let Some(place) = places.get(&row.resource) else { continue };
        row.name = place.name.clone();
        row.instance_name = place.instance_name.clone();
        row.instance = Some(place.instance);
    }
    Ok(())
}

struct Place {
    name: String,
    instance_name: String,
    instance: InstanceId,
}

async fn places(reader: &dyn InTenant, resources: &[String]) -> Result<HashMap<String, Place>> {
    let members: Vec<MemberId> = resources.iter().filter_map(|text| text.parse().ok()).collect();
    let volumes: Vec<VolumeId> = resources.iter().filter_map(|text| text.parse().ok()).collect();
    let mut instances: Vec<InstanceId> =
        resources.iter().filter_map(|text| text.parse().ok()).collect();
    let members = member::of_resources(reader, &members, &volumes).await?;
    instances.extend(members.iter().map(|member| member.instance_id));
    let instances = instance::by_ids(reader, &instances).await?;
    let instances: HashMap<InstanceId, &Instance> =
        instances.iter().map(|row| (row.id, row)).collect();
    let mut places = HashMap::new();
    for row in instances.values() {
        places.insert(row.id.to_string(), place(row, row.name.clone()));
    }
    for member in members {
        let Some(row) = instances.get(&member.instance_id) else { continue };
        let name = format!("{}-{}", row.name, member.ordinal);
        places.insert(member.id.to_string(), place(row, name.clone()));
        places.insert(member.volume_id.to_string(), place(row, name));
    }
    Ok(places)
}

fn place(row: &Instance, name: String) -> Place {
    Place { name, instance_name: row.name.clone(), instance: row.id }
}
