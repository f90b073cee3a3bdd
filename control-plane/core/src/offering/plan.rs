//! Plans that operators add to offerings, beside those that the package suggests.

use catalog::manifest::PlanTemplate;
use catalog::text::Text;
use control_plane_store::{FleetTx, plan};
use policies::action::Action;
use serde::Serialize;
use types::id::{OfferingId, PlanId};
use types::name::{Name, NameError, Title};
use types::size::Size;

use super::audience::{WHAT, What, do_once, lock};
use super::{Audience, Plan};
use crate::call::Call;
use crate::error::{Error, FieldProblem, Result};
use crate::idempotency::Once;
use crate::organization::taken;

/// The largest number that a size may have: what fits GraphQL's `Int`.
const MOST: i64 = i32::MAX as i64;

/// A plan to be.
#[derive(Clone, Debug, Serialize)]
pub struct Wanted {
    /// Of which offering.
    pub offering: OfferingId,
    /// Name within the offering.
    pub name: String,
    /// Name for people, in English.
    pub title_en: String,
    /// Name for people, in Chinese.
    pub title_zh: String,
    /// Granted to each member.
    pub size: Size,
    /// Who may order it, of those who may order the offering.
    pub audience: Audience,
}

/// Adds a plan. All that the package can make must fit its size.
pub async fn add(call: &Call, wanted: &Wanted, key: &str) -> Result<OfferingId> {
    let once = Once::new("addPlan", key, wanted)?;
    let permit = call.fleet(Action::Administer, WHAT).await?;
    let template = checked(wanted)?;
    let id = PlanId::next(&*call.plane().ids);
    let work = async |tx: &FleetTx| {
        let row = lock(tx, wanted.offering).await?;
        let package = call.plane().catalog.find(&row.package, &row.package_version);
        let package = package.ok_or(Error::NotFound { what: WHAT })?;
        package.suits(&template).map_err(|error| {
            Error::invalid("size", "unsuitable", format!("{}: {}", error.field, error.problem))
        })?;
        let others = plan::of_offerings_anywhere(tx, &[row.id]).await?;
        let ordinal = others.iter().map(|other| other.ordinal + 1).max().unwrap_or_default();
        let row = self::row(id, row.id, &template, (ordinal, wanted.audience));
        plan::insert(tx, row).await.map_err(|error| taken(error, "plan", &wanted.name))?;
        Ok(wanted.offering)
    };
    do_once(call, &permit, &once, What { plan: Some(id), tenant: None }, work).await
}

/// A plan as it is stored.
pub(super) fn row(
    id: PlanId,
    offering: OfferingId,
    template: &PlanTemplate,
    (ordinal, audience): (i32, Audience),
) -> Plan {
    let PlanTemplate { name, title, size } = template.clone();
    Plan {
        id,
        offering_id: offering,
        name,
        title_en: title.en,
        title_zh: title.zh,
        millivcpu: size.millivcpu,
        memory_mib: size.memory_mib,
        storage_mib: size.storage_mib,
        ordinal,
        audience,
    }
}

/// What was asked for, or all that is wrong with it.
fn checked(wanted: &Wanted) -> Result<PlanTemplate> {
    let mut problems = Vec::new();
    let mut note = |field: &str, problem: &str, message: String| {
        let (field, problem) = (field.to_owned(), problem.to_owned());
        problems.push(FieldProblem { field, problem, message });
    };
    let malformed = |error: NameError| error.to_string();
    if let Some(message) = wanted.name.parse::<Name>().err().map(malformed) {
        note("name", "malformed", message);
    }
    for (field, title) in [("title.en", &wanted.title_en), ("title.zh", &wanted.title_zh)] {
        if let Some(message) = title.parse::<Title>().err().map(malformed) {
            note(field, "malformed", message);
        }
    }
    let Size { millivcpu, memory_mib, storage_mib } = wanted.size;
    for (field, number) in [
        ("size.millivcpu", millivcpu),
        ("size.memoryMib", memory_mib),
        ("size.storageMib", storage_mib),
    ] {
        if !(1..=MOST).contains(&number) {
            note(field, "out_of_range", format!("1 to {MOST}"));
        }
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let title = Text { en: wanted.title_en.clone(), zh: wanted.title_zh.clone() };
    Ok(PlanTemplate { name: wanted.name.clone(), title, size: wanted.size })
}
