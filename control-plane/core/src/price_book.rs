//! Price books: versions that are never edited, and what an order would cost by them.

use billing_rating::calendar::Calendar;
use billing_rating::error::RatingError;
use billing_rating::meter::Meter as RatedMeter;
use billing_rating::preview::{self as rating, Asked};
use billing_rating::price::{
    Book, Model, PriceLine as RatedLine, Prices, Scope as BookScope, Version,
};
use billing_rating::rates::Rates;
use control_plane_store::tenant::Tenant;
use control_plane_store::{
    InTenant, PriceModel, PriceScope, price_book, price_line, price_version,
};
use policies::permit::{FleetPermit, Task, task_scope};
use serde::Serialize;
use types::id::{OrganizationId, PlanId, PriceBookId, PriceLineId, PriceVersionId, ProjectId};
use types::instant::Instant;
use types::meter::Meter;
use types::money::{Currency, Decimal};
use types::size::Size;

use crate::audit;
use crate::call::Call;
use crate::error::{Error, Result};
use crate::plane::Plane;

/// A line of a new version: `unit_price` for `per` units of the meter.
#[derive(Clone, Debug)]
pub struct NewLine {
    /// Only for this plan; none: for all.
    pub plan: Option<PlanId>,
    /// What it prices.
    pub meter: Meter,
    /// At most 12 places.
    pub unit_price: Decimal,
    /// How many units the price is for.
    pub per: i64,
    /// Whether `member_seconds` are billed in `stopped` and `detached` too.
    pub stopped: bool,
}

/// What something would cost while it runs, before tax.
#[derive(Clone, Debug, Serialize)]
pub struct Estimate {
    /// The code of the currency.
    pub currency: String,
    /// For an hour, exact.
    pub per_hour: Decimal,
    /// For 30 × 24 hours, exact.
    pub per_month: Decimal,
    /// By meter.
    pub lines: Vec<EstimateLine>,
}

/// One meter's part of an estimate.
#[derive(Clone, Debug, Serialize)]
pub struct EstimateLine {
    /// The meter.
    pub meter: String,
    /// Of all members.
    pub quantity_per_hour: i64,
    /// None: no price.
    pub price_line: Option<String>,
    /// None: no price.
    pub unit_price: Option<Decimal>,
    /// How many units the price is for.
    pub per: Option<i64>,
    /// For an hour.
    pub per_hour: Decimal,
}

/// Publishes the first version of the installation's own price book, or the next one, from an
/// instant on that is not past; none: from now on.
pub async fn publish(
    plane: &Plane,
    permit: &FleetPermit,
    currency: Currency,
    lines: &[NewLine],
    effective_from: Option<Instant>,
) -> Result<PriceVersionId> {
    let now = plane.clock.now();
    let effective_from = effective_from.unwrap_or(now);
    if effective_from < now {
        let message = "a price holds from now or later on, never for the past";
        return Err(Error::invalid("effectiveFrom", "past", message));
    }
    let tx = plane.store.fleet(permit).await?;
    let known = price_book::find_global(&tx).await?;
    let book = match known {
        Some(book) => book.id,
        None => {
            let id = PriceBookId::next(&*plane.ids);
            let row = price_book::PriceBook {
                id,
                scope: PriceScope::Global,
                tenant_id: None,
                organization_id: None,
            };
            price_book::insert_anywhere(&tx, row).await?;
            id
        }
    };
    let version = PriceVersionId::next(&*plane.ids);
    let row = price_version::PriceVersion {
        id: version,
        book_id: book,
        tenant_id: None,
        effective_from,
        entered_at: now,
    };
    price_version::insert_anywhere(&tx, row).await?;
    let numbered = lines.iter().zip(0..);
    let rows = numbered
        .map(|(line, ordinal)| price_line::PriceLine {
            id: PriceLineId::next(&*plane.ids),
            version_id: version,
            tenant_id: None,
            ordinal,
            plan_id: line.plan,
            meter: line.meter,
            model: PriceModel::Unit,
            unit_price: Some(line.unit_price.to_string()),
            per: Some(line.per),
            currency: currency.code().to_owned(),
            stopped: line.stopped,
            tiers: None,
        })
        .collect();
    price_line::insert_all_anywhere(&tx, rows).await?;
    audit::fleet(&tx, plane, "publishPrices", &version).await?;
    tx.commit().await?;
    Ok(version)
}

/// All books that the tenant can be rated from, as the rating knows them.
pub async fn of_tenant(reader: &dyn InTenant) -> Result<Prices> {
    let books = price_book::all(reader).await?;
    let versions = price_version::all(reader).await?;
    let lines = price_line::all(reader).await?;
    let lines_of = |version: PriceVersionId| {
        lines
            .iter()
            .filter(|line| line.version_id == version)
            .map(rated_line)
            .collect::<Result<Vec<_>>>()
    };
    let versions_of = |book: PriceBookId| {
        let mine = versions.iter().filter(|version| version.book_id == book);
        mine.map(|version| {
            Ok(Version {
                id: version.id.to_string(),
                effective_from: version.effective_from,
                entered_at: Some(version.entered_at),
                lines: lines_of(version.id)?,
            })
        })
        .collect::<Result<Vec<_>>>()
    };
    let books = books.iter().map(|book| {
        Ok(Book {
            id: book.id.to_string(),
            scope: match book.scope {
                PriceScope::Global => BookScope::Global,
                PriceScope::Tenant => BookScope::Tenant,
                PriceScope::Organization => BookScope::Organization,
            },
            organization: book.organization_id.map(|id| id.to_string()),
            versions: versions_of(book.id)?,
        })
    });
    Ok(Prices { books: books.collect::<Result<Vec<_>>>()? })
}

fn rated_line(row: &price_line::PriceLine) -> Result<RatedLine> {
    let wrong =
        |error: &dyn std::fmt::Display| Error::internal("read a price line", error.to_string());
    let tiers = row.tiers.as_deref().map(serde_json::from_str).transpose();
    let unit_price = row.unit_price.as_deref().map(str::parse).transpose();
    Ok(RatedLine {
        id: row.id.to_string(),
        plan: row.plan_id.map(|plan| plan.to_string()),
        meter: row.meter.as_str().parse().map_err(|error| wrong(&error))?,
        model: match row.model {
            PriceModel::Unit => Model::Unit,
            PriceModel::Tiered => Model::Tiered,
            PriceModel::FlatMonth => Model::FlatMonth,
            PriceModel::OneOff => Model::OneOff,
        },
        currency: row.currency.clone(),
        unit_price: unit_price.map_err(|error| wrong(&error))?,
        per: row.per,
        stopped: row.stopped,
        tiers: tiers.map_err(|error| wrong(&error))?,
    })
}

/// What members of this size would cost in the project while they run.
pub async fn estimate(
    call: &Call,
    project: ProjectId,
    plan: PlanId,
    size: Size,
    members: usize,
) -> Result<Estimate> {
    Pricing::read(call).await?.estimate(call, project, plan, size, members).await
}

/// Prices made ready for many questions.
pub(crate) struct Rated<'p> {
    rates: Rates<'p>,
    calendar: Calendar,
}

impl Rated<'_> {
    /// What members of this size would cost below these organizations, the nearest first.
    pub(crate) fn estimate(
        &self,
        way: &[OrganizationId],
        plan: PlanId,
        size: Size,
        members: i64,
        at: Instant,
    ) -> Result<rating::Estimate> {
        let way: Vec<_> = way.iter().map(ToString::to_string).collect();
        let way: Vec<&str> = way.iter().map(String::as_str).collect();
        let (plan, per_second) = (plan.to_string(), per_second(size)?);
        let plan = Some(plan.as_str());
        let asked = Asked { path: &way, plan, members, per_second: &per_second, at };
        rating::estimate(&self.rates, &self.calendar, &asked).map_err(unpriced)
    }
}

fn unpriced(error: RatingError) -> Error {
    Error::internal("price a preview", error)
}

/// All prices of the caller's tenant, read once for many estimates.
pub(crate) struct Pricing {
    tenant: Tenant,
    prices: Prices,
}

impl Pricing {
    /// As they stand now.
    pub(crate) async fn read(call: &Call) -> Result<Self> {
        // Prices are the tenant's affair, whoever in it asks.
        Self::of(&call.plane().store.read(&task_scope(Task::Observe, call.tenant()?))).await
    }

    /// The same through a connection that is there.
    pub(crate) async fn of(reader: &dyn InTenant) -> Result<Self> {
        let tenant = control_plane_store::tenant::get(reader).await?;
        Ok(Self { tenant, prices: of_tenant(reader).await? })
    }

    /// The code of the tenant's currency.
    pub(crate) fn currency(&self) -> &str {
        &self.tenant.currency
    }

    /// Whether the tenant has budgets, as it was when prices were read.
    pub(crate) fn has_budgets(&self) -> bool {
        self.tenant.budgets > 0
    }

    /// Makes them ready for many questions.
    pub(crate) fn rated(&self) -> Result<Rated<'_>> {
        let Self { tenant, prices } = self;
        let rates = Rates::new(&tenant.currency, &prices.books, &[]).map_err(unpriced)?;
        Ok(Rated { rates, calendar: Calendar::new(&tenant.zone).map_err(unpriced)? })
    }

    /// What members of this size would cost in the project while they run.
    pub(crate) async fn estimate(
        &self,
        call: &Call,
        project: ProjectId,
        plan: PlanId,
        size: Size,
        members: usize,
    ) -> Result<Estimate> {
        let standing = call.standing().await?;
        let owner = standing.tree.project(project).ok_or(Error::NotFound { what: "project" })?;
        let mut way = standing.tree.ancestry(owner.organization_id).unwrap_or_default();
        way.reverse();
        let members = i64::try_from(members).unwrap_or(i64::MAX);
        let estimate = self.rated()?.estimate(&way, plan, size, members, call.now())?;
        let lines = estimate.lines.into_iter().map(|line| shown(line, &self.prices));
        Ok(Estimate {
            currency: self.tenant.currency.clone(),
            per_hour: estimate.per_hour.canonical(),
            per_month: estimate.per_month.canonical(),
            lines: lines.collect(),
        })
    }
}

fn per_second(size: Size) -> Result<Vec<(RatedMeter, i64)>> {
    let meters = Meter::ALL.iter().map(|meter| {
        let rated = meter.as_str().parse::<RatedMeter>();
        let rated = rated.map_err(|error| Error::internal("price a meter", error))?;
        Ok((rated, size.per_second(*meter)))
    });
    meters.collect()
}

fn shown(line: rating::EstimateLine, prices: &Prices) -> EstimateLine {
    let mut all =
        prices.books.iter().flat_map(|book| &book.versions).flat_map(|version| &version.lines);
    let found = all.find(|each| Some(&each.id) == line.price_line.as_ref());
    EstimateLine {
        meter: line.meter.to_string(),
        quantity_per_hour: i64::try_from(line.quantity).unwrap_or(i64::MAX),
        price_line: line.price_line,
        unit_price: found.and_then(|line| line.unit_price.clone()),
        per: found.and_then(|line| line.per),
        per_hour: line.per_hour.canonical(),
    }
}
