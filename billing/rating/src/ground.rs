//! What all periods of a tenant are rated on: its calendar, tree, prices and discounts.

use crate::calendar::Calendar;
use crate::error::RatingError;
use crate::price::Book;
use crate::rates::Rates;
use crate::tenant::Tenant;
use crate::tree::{Tree, TreeEvent};

/// Everything that is entered in advance and so never changes for the past.
#[derive(Clone, Debug)]
pub struct Ground<'w> {
    /// The tenant.
    pub tenant: &'w Tenant,
    /// Its days and months.
    pub calendar: Calendar,
    /// Its organizations and projects through time.
    pub tree: Tree<'w>,
    /// Its prices and discounts through time.
    pub rates: Rates<'w>,
}

impl<'w> Ground<'w> {
    /// Prepares what was read; refuses contradictions.
    pub fn new(
        tenant: &'w Tenant,
        tree: &'w [TreeEvent],
        books: &'w [Book],
    ) -> Result<Self, RatingError> {
        Ok(Self {
            tenant,
            calendar: Calendar::new(&tenant.zone)?,
            tree: Tree::new(tree)?,
            rates: Rates::new(&tenant.currency, books, &tenant.discounts)?,
        })
    }
}
