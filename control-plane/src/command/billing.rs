//! `billing` and `usage`: close months, export and recompute bills, prove that no time is lost.

use std::path::PathBuf;

use ::billing::{attribution, closing, completeness, export, recompute};
use control_plane_core::error::Error;
use control_plane_store::tenant::{self, Tenant};
use types::id::TenantId;

use crate::command::{CommandError, Console, Result, print};

/// What to do with bills.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Close what is over, now instead of within the next minute; waits for cells like the plane
    Close {
        /// The last month to close, like 2026-11
        #[arg(long)]
        period: String,
        /// Id or name of the tenant; left out: all
        #[arg(long)]
        tenant: Option<String>,
    },
    /// Write everything that a tenant's bills follow from, and the bills
    Export {
        /// Id or name of the tenant
        #[arg(long)]
        tenant: String,
        /// The last month, like 2026-11; provisional if it is not closed
        #[arg(long)]
        period: String,
        /// Directory to write to; made if it is missing
        #[arg(long)]
        output: PathBuf,
    },
    /// Compute the bills of exports or made-up worlds again, from their files alone
    Recompute {
        /// Directories with tenant.json and the rest
        #[arg(required = true)]
        directories: Vec<PathBuf>,
    },
}

/// What to do with usage.
#[derive(Debug, clap::Subcommand)]
pub enum UsageCommand {
    /// Prove for each resource that its life is counted, free by rule or a declared gap
    Audit {
        /// Id or name of the tenant; left out: all
        #[arg(long)]
        tenant: Option<String>,
        /// List every declared gap with its resource, reason and time
        #[arg(long)]
        gaps: bool,
    },
}

/// Does it.
pub async fn run(console: &Console, command: &Command) -> Result {
    match command {
        Command::Close { period, tenant } => close(console, period, tenant.as_deref()).await,
        Command::Export { tenant, period, output } => {
            let row = find(console, tenant).await?;
            let size = export::run(&console.plane, row.id, period, output).await?;
            let export::Size { bills, charges, records } = size;
            print(format_args!("{bills} bills, {charges} charges, {records} records"))
        }
        Command::Recompute { directories } => recompute(directories),
    }
}

/// Computes bills from files; needs neither a plane nor a database.
///
/// # Errors
/// Names the directory and file that cannot be used.
pub fn recompute(directories: &[PathBuf]) -> Result {
    for directory in directories {
        let rated = recompute::directory(directory)?;
        let (bills, charges) = (rated.bills.len(), rated.charges.len());
        print(format_args!("{}: {bills} bills, {charges} charges", directory.display()))?;
    }
    Ok(())
}

async fn close(console: &Console, period: &str, tenant: Option<&str>) -> Result {
    let wrong = |_| CommandError::Input("use a month like 2026-11 for --period".to_owned());
    let last = period.parse().map_err(wrong)?;
    attribution::run(&console.plane).await?;
    for row in chosen(console, tenant).await? {
        let progress = closing::advance(&console.plane, row.id, Some(last)).await?;
        for closed in &progress.closed {
            print(format_args!("{}: {closed} is closed", row.name))?;
        }
        if let Some(closing::Waiting { period, cells, until }) = &progress.waits {
            let cells = cells.join(", ");
            let name = &row.name;
            print(format_args!("{name}: {period} waits for {cells}, until {until} at most"))?;
        } else if let Some((period, end)) = progress.open.filter(|_| progress.closed.is_empty()) {
            print(format_args!("{}: nothing to close; {period} is open until {end}", row.name))?;
        }
    }
    Ok(())
}

/// Audits usage.
pub async fn run_usage(console: &Console, command: &UsageCommand) -> Result {
    let UsageCommand::Audit { tenant, gaps } = command;
    let now = console.plane.clock.now();
    let mut wrong = 0;
    for row in chosen(console, tenant.as_deref()).await? {
        let accounts = completeness::audit(&console.plane, row.id, now).await?;
        let seconds = |part: fn(&completeness::Account) -> i64| {
            accounts.iter().map(part).sum::<i64>() / 1_000_000
        };
        for account in accounts.iter().filter(|account| !account.is_complete()) {
            wrong += 1;
            print(format_args!("{}: {account:?}", row.name))?;
        }
        if *gaps {
            print_gaps(&accounts)?;
        }
        print(format_args!(
            "{}: {} resources, life {} s = counted {} s + free {} s + gaps {} s",
            row.name,
            accounts.len(),
            seconds(|account| account.life),
            seconds(|account| account.counted),
            seconds(|account| account.free),
            seconds(completeness::Account::gap),
        ))?;
    }
    if wrong == 0 {
        return Ok(());
    }
    Err(CommandError::Input(format!("{wrong} resources are not accounted for")))
}

/// A line for each declared gap.
fn print_gaps(accounts: &[completeness::Account]) -> Result {
    for account in accounts {
        for (reason, times) in [("unknown", &account.unknown), ("missing", &account.missing)] {
            for (start, end) in times {
                print(format_args!("{}: {reason} from {start} to {end}", account.resource))?;
            }
        }
    }
    Ok(())
}

async fn chosen(console: &Console, tenant: Option<&str>) -> Result<Vec<Tenant>> {
    match tenant {
        Some(tenant) => Ok(vec![find(console, tenant).await?]),
        None => {
            let reader = console.plane.store.fleet_read(&console.permit);
            Ok(tenant::all(&reader).await?)
        }
    }
}

async fn find(console: &Console, tenant: &str) -> Result<Tenant> {
    let reader = console.plane.store.fleet_read(&console.permit);
    let found = match tenant.parse::<TenantId>() {
        Ok(id) => tenant::find_anywhere(&reader, id).await?,
        Err(_) => tenant::find_by_name(&reader, tenant).await?,
    };
    Ok(found.ok_or(Error::NotFound { what: "tenant" })?)
}
