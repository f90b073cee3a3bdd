//! Arguments of `budget`.

use clap::builder::PossibleValuesParser;
use clap::{Args, Subcommand};
use types::budget::BudgetAction;
use types::money::Decimal;

use super::QuotaPlace;

/// Arguments of `cellplane budget`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  cellplane budget list --organization rnd
  cellplane budget set 5000 --organization rnd
  cellplane budget set 199.90 --action note --project platform-dev
  cellplane budget remove --organization rnd")]
pub struct BudgetArguments {
    /// What to do.
    #[command(subcommand)]
    pub command: BudgetCommand,
}

/// What can be done to budgets.
#[derive(Debug, Subcommand)]
pub enum BudgetCommand {
    /// List the budgets that hold for an organization or project, and what is committed
    ///
    /// Committed is the price of all that is ordered there and below and not deleted, for a month
    /// of 30 days at today's prices, before tax.
    List(QuotaPlace),
    /// Set what everything at an organization or project and below it may cost in a month
    ///
    /// Needs the right to set limits at what is above. An amount below what is committed stops
    /// nothing that runs; nothing more is ordered then.
    Set {
        /// How much, in the currency of the bills
        #[arg(allow_negative_numbers = true)]
        amount: Decimal,
        /// Whether orders that would pass it are refused, or it is only shown
        #[arg(long, value_parser = actions(), default_value = BudgetAction::Block.as_str())]
        action: String,
        /// Where.
        #[command(flatten)]
        place: QuotaPlace,
    },
    /// Remove a budget; those above still hold
    Remove {
        /// Where.
        #[command(flatten)]
        place: QuotaPlace,
    },
}

fn actions() -> PossibleValuesParser {
    PossibleValuesParser::new(BudgetAction::ALL.iter().map(|action| action.as_str()))
}
