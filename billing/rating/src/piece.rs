//! Cutting a record into pieces, in each of which everything that decides its price is the same.

use std::collections::HashMap;

use types::instance::State;
use types::instant::Instant;
use types::interval::Interval;

use crate::calendar::{Day, Days, Period};
use crate::error::RatingError;
use crate::ground::Ground;
use crate::lifecycle::{Condition, History};
use crate::meter::{Billable, Meter};
use crate::price::{Model, PriceLine};
use crate::rates::LineSort;
use crate::tenant::Discount;
use crate::usage::Record;

/// A part of a record, or the one use of a `one_off` line, that is rated as a whole.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'g> {
    /// The record it was cut from; none for `one_off`.
    pub record: Option<&'g Record>,
    /// What was used.
    pub resource: &'g str,
    /// How it was measured.
    pub meter: Meter,
    /// The first instant; everything below holds at it.
    pub start: Instant,
    /// The first instant behind; the same as `start` for `one_off`.
    pub end: Instant,
    /// Its share of the record's quantity.
    pub quantity: i128,
    /// The resource's state and plan.
    pub condition: Condition<'g>,
    /// Where its project was: an index for [`crate::tree::Tree::placement`].
    pub placement: usize,
    /// The local day.
    pub day: Day,
    /// The price line; none: `no price`.
    pub line: Option<&'g PriceLine>,
    /// The tier from 1, of a tiered line.
    pub tier: Option<u32>,
    /// The discount in force.
    pub discount: Option<&'g Discount>,
}

/// Cuts records for one period.
pub(crate) struct Cutter<'g> {
    ground: &'g Ground<'g>,
    interval: Interval,
    days: Days,
    cuts: Vec<Instant>,
    priced: HashMap<(usize, Option<&'g str>, Meter, usize), Priced<'g>>,
}

#[derive(Clone, Copy)]
struct Priced<'g> {
    line: Option<&'g PriceLine>,
    discount: Option<&'g Discount>,
}

impl<'g> Cutter<'g> {
    /// For one period of a tenant.
    pub(crate) fn new(ground: &'g Ground<'g>, period: Period) -> Self {
        Self {
            ground,
            interval: ground.calendar.interval(period),
            days: ground.calendar.days(period),
            cuts: Vec::new(),
            priced: HashMap::new(),
        }
    }

    /// The billed pieces of a record in this period; tiers are not yet decided.
    pub(crate) fn cut(
        &mut self,
        record: &'g Record,
        history: &History<'g>,
        mut each: impl FnMut(Piece<'g>),
    ) -> Result<(), RatingError> {
        let Some(span) = record.interval.intersection(self.interval) else { return Ok(()) };
        self.collect_cuts(span, history);
        let mut start = span.start();
        let mut before = record.quantity_until(start);
        for index in 0..self.cuts.len() {
            let end = self.cuts[index];
            let until = record.quantity_until(end);
            let (quantity, from) = (until - before, start);
            (start, before) = (end, until);
            if quantity == 0 {
                continue;
            }
            let Some(condition) = history.conditions.at(from).copied() else { continue };
            if let Some(mut piece) = self.piece(record.meter, condition, history, from)? {
                (piece.record, piece.end, piece.quantity) = (Some(record), end, quantity);
                each(piece);
            }
        }
        Ok(())
    }

    /// The `one_off` piece of a resource whose first instant in service lies in this period.
    pub(crate) fn once(&self, history: &History<'g>) -> Option<Piece<'g>> {
        let meter = Meter::of_one_off(history.kind)?;
        let (start, condition) = history.first_service()?;
        if !self.interval.contains(start) {
            return None;
        }
        let placement = self.ground.tree.placed(history.project, start)?;
        let path = &self.ground.tree.placement(placement).stretch.path;
        let rates = &self.ground.rates;
        let line = rates.line(path, condition.plan, meter, LineSort::OneOff, start)?;
        Some(Piece {
            record: None,
            resource: history.resource,
            meter,
            start,
            end: start,
            quantity: 1,
            condition,
            placement,
            day: self.days.of(start),
            line: Some(line),
            tier: None,
            discount: rates.discount(path, start),
        })
    }

    /// Fills `cuts` with the ends of all pieces of a span, in order.
    fn collect_cuts(&mut self, span: Interval, history: &History<'g>) {
        let (start, end) = (span.start(), span.end());
        self.cuts.clear();
        self.cuts.extend(self.days.inside(start, end));
        self.cuts.extend(history.conditions.inside(start, end));
        self.cuts.extend(self.ground.rates.inside(start, end));
        let placements = self.ground.tree.placements(history.project);
        let first = placements.partition_point(|each| each.end <= start);
        for each in placements[first..].iter().take_while(|each| each.start < end) {
            self.cuts.extend([each.start, each.end].iter().filter(|at| start < **at && **at < end));
        }
        self.cuts.push(end);
        self.cuts.sort_unstable();
        self.cuts.dedup();
    }

    /// The billed piece that begins at an instant, still without record, end and quantity.
    fn piece(
        &mut self,
        meter: Meter,
        condition: Condition<'g>,
        history: &History<'g>,
        at: Instant,
    ) -> Result<Option<Piece<'g>>, RatingError> {
        let billable = meter.billable(condition.state);
        if billable == Billable::Never {
            return Ok(None);
        }
        let Some(placement) = self.ground.tree.placed(history.project, at) else {
            return Err(no_owner(history, at));
        };
        let Priced { line, discount } = self.price(placement, condition.plan, meter, at);
        if billable == Billable::WhereStoppedIsPriced && !line.is_some_and(|line| line.stopped) {
            return Ok(None);
        }
        Ok(Some(Piece {
            record: None,
            resource: history.resource,
            meter,
            start: at,
            end: at,
            quantity: 0,
            condition,
            placement,
            day: self.days.of(at),
            line,
            tier: None,
            discount,
        }))
    }

    fn price(
        &mut self,
        placement: usize,
        plan: Option<&'g str>,
        meter: Meter,
        at: Instant,
    ) -> Priced<'g> {
        let ground = self.ground;
        let key = (placement, plan, meter, ground.rates.epoch(at));
        *self.priced.entry(key).or_insert_with(|| {
            let path = &ground.tree.placement(placement).stretch.path;
            Priced {
                line: ground.rates.line(path, plan, meter, LineSort::Recurring, at),
                discount: ground.rates.discount(path, at),
            }
        })
    }
}

impl Piece<'_> {
    /// Whether its tier is still to be found by its position in the month.
    pub fn is_tiered(&self) -> bool {
        self.line.is_some_and(|line| line.model == Model::Tiered)
    }

    /// The state it was used in.
    pub fn state(&self) -> State {
        self.condition.state
    }
}

fn no_owner(history: &History<'_>, at: Instant) -> RatingError {
    RatingError::Owner {
        project: history.project.to_owned(),
        resource: history.resource.to_owned(),
        at,
    }
}
