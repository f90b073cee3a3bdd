//! What can be typed: commands, options and their help.

mod access;
mod application;
mod approval;
mod budget;
mod configuration;
mod impersonation;
mod instance;
mod list;
mod offering;
mod order;
mod provider;
mod quota;
mod sign_in;
mod structure;
mod tenant;
mod token;
mod tree;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::builder::styling::Styles;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::address::Address;
use crate::exit;
use crate::terminal::Output;

pub use access::{
    AccessArguments, AccessCommand, BindingArguments, BindingCommand, Effect, GroupArguments,
    GroupCommand, RoleArguments, RoleCommand, UserArguments, UserCommand,
};
pub use application::{ApplicationArguments, ApplicationCommand};
pub use approval::{
    ApprovalArguments, ApprovalCommand, ApprovalRuleCommand, ApprovalState, CreateApprovalRule,
};
pub use budget::{BudgetArguments, BudgetCommand};
pub use configuration::{
    ChangeArguments, CompareArguments, HistoryArguments, RestoreArguments, SetArguments,
    TemplateArguments,
};
pub use impersonation::{ImpersonationArguments, ImpersonationCommand};
pub use instance::{
    ConnectArguments, DeleteArguments, DescribeArguments, InstanceArguments, LogsArguments,
    SelectionArguments, StartArguments, StopArguments, WaitArguments,
};
pub use list::{
    AssetArguments, AuditArguments, AuditCommand, AuditFilterArguments, AuditOverall,
    BillArguments, GetArguments, Listing,
};
pub use offering::{AddPlanArguments, OfferingArguments, OfferingCommand};
pub use order::OrderArguments;
pub use provider::{CreateProviderArguments, ProviderArguments, ProviderCommand, ProviderSettings};
pub use quota::{QuotaArguments, QuotaCommand, QuotaPlace};
pub use sign_in::{CompletionArguments, SignInArguments, UseArguments};
pub use structure::{ImportArguments, StructureArguments, StructureCommand};
pub use tenant::{CreateTenantArguments, EndTenantArguments, TenantArguments, TenantCommand};
pub use token::{
    CreateTokenArguments, ListTokens, OperatorArguments, OperatorCommand, RotateTokenArguments,
    SecretArguments, ServiceAccountArguments, ServiceAccountCommand, SessionArguments,
    SessionCommand, TokenArguments, TokenCommand, WhichToken,
};
pub use tree::{
    CancelMoveArguments, MoveArguments, MoveState, OrganizationArguments, OrganizationCommand,
    ProjectArguments, ProjectCommand, RemoveArguments, RenameArguments,
};

const EXAMPLES: &str = "\
Examples:
  cellplane sign-in http://127.0.0.1:8080/sign-in#CODE
  cellplane use --project platform-dev
  cellplane order redis --name shop-cache --plan small --topology primary-replica \\
      --set maxmemory=64mb
  cellplane get instances --output json
  cellplane connect shop-cache";

/// Order, watch, change and pay for middleware on a cellplane installation.
///
/// Everything has an id (ins_…, org_…) and a name; wherever one is asked for, both work. Answers
/// go to standard output, questions, progress and errors to standard error.
#[derive(Debug, Parser)]
#[command(name = "cellplane", version, max_term_width = 100, styles = Styles::plain())]
#[command(after_long_help = format!("{EXAMPLES}\n\n{}", exit::HELP))]
#[command(after_help = "See `cellplane --help` for examples and exit codes.")]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Arguments {
    /// What holds for every command.
    #[command(flatten)]
    pub global: GlobalArguments,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArguments {
    /// How answers are written; JSON and CSV are stable, tables are for people. CSV is for `get
    /// assets`, `get audit` and `audit`
    #[arg(short, long, global = true, value_enum, default_value_t, value_name = "FORM")]
    pub output: Output,
    /// Address of the plane, if it has moved since the sign-in (same host only)
    #[arg(long, global = true, env = "CELLPLANE_ADDRESS", value_name = "ADDRESS")]
    #[arg(value_hint = ValueHint::Url)]
    pub address: Option<Address>,
    /// File that holds session and default project [default:
    /// $XDG_CONFIG_HOME/cellplane/config.toml]
    #[arg(long, global = true, env = "CELLPLANE_CONFIG", value_name = "FILE")]
    #[arg(value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// File with a token to show instead of the remembered session; CELLPLANE_TOKEN may hold the
    /// token itself. The address is then --address, else the remembered one
    #[arg(long, global = true, env = "CELLPLANE_TOKEN_FILE", value_name = "FILE")]
    #[arg(value_hint = ValueHint::FilePath)]
    pub token_file: Option<PathBuf>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign in with a one-time link
    ///
    /// The plane prints one-time links when it starts, and the portal makes one for your command
    /// line. A link is good once; the token that it becomes is kept in a file that only you can
    /// read.
    SignIn(SignInArguments),
    /// End the session and forget its token
    SignOut,
    /// Show who is signed in, with which roles, and until when
    Whoami,
    /// List and end your sessions
    Session(SessionArguments),
    /// List operators who act as somebody of the tenant
    ///
    /// For administrators of the tenant. `session end` ends such a session.
    Impersonation(ImpersonationArguments),
    /// List, make, rotate and revoke tokens for programs
    ///
    /// A token signs a program in as you, or as a service account, and may be limited to actions, to
    /// an organization or project, and to addresses. Programs show it with --token-file.
    Token(TokenArguments),
    /// List people, make them, let them in, keep them out, and give them a way to sign in
    ///
    /// For administrators of the tenant.
    User(UserArguments),
    /// List, make, rename and delete groups, and say who is in them
    Group(GroupArguments),
    /// List, show, make, change and delete roles: what can be given
    Role(RoleArguments),
    /// List, make and delete bindings: which role is given or denied to whom, and where
    Binding(BindingArguments),
    /// Show why somebody may or may not do something
    Access(AccessArguments),
    /// List, make and delete service accounts
    ///
    /// A service account is a program that can be given roles. It signs in with tokens alone.
    ServiceAccount(ServiceAccountArguments),
    /// What operators of the installation can do
    Operator(OperatorArguments),
    /// List, show, make, rename, suspend, resume and close tenants (operators only)
    ///
    /// A tenant is a customer of the installation. Operators see how much is in it, but not what.
    Tenant(TenantArguments),
    /// List offerings, and say which tenants may order them (operators only)
    Offering(OfferingArguments),
    /// Choose the project that is meant if none is named
    ///
    /// Orders go to the default project, and names of instances are looked up there. Lists show
    /// every project unless they are given one.
    Use(UseArguments),
    /// List instances, assets, offerings, plans, templates, projects, organizations, operations, cells
    /// or the audit
    ///
    /// Pages are fetched as needed. If there is more than --limit, tables are followed by a note,
    /// and the JSON form, {"items": […], "complete": …}, says that it is not complete.
    Get(GetArguments),
    /// List, follow and export who did what, and prove that the record of it is whole
    ///
    /// For auditors and administrators.
    Audit(AuditOverall),
    /// Show everything about one instance
    ///
    /// State, members, configuration, cost of the month so far and the latest operations.
    Describe(DescribeArguments),
    /// Order an instance of a package, after a preview with its price
    ///
    /// Shows first what will be made, what it costs and what it takes of the licence; then asks,
    /// orders, follows the operation and shows how to connect. On a terminal, what is missing is
    /// asked for.
    Order(OrderArguments),
    /// Show how to connect to an instance
    ///
    /// Without --reveal, a placeholder stands for the password. Revealing is recorded in the audit.
    Connect(ConnectArguments),
    /// Change parameters of one or more instances, after a preview of what it does
    ///
    /// Shows first what changes, and whether it is applied to the running members or needs them
    /// restarted one after another; then asks. Of several instances, those that cannot take the
    /// change are listed with the reason and left out.
    Set(SetArguments),
    /// Bring an earlier configuration of an instance back, after a preview
    ///
    /// Makes a new configuration with the values of the earlier one. Refused, with the reason, where
    /// those are not valid any more for the instance's software version.
    Restore(RestoreArguments),
    /// Take the values of a template of the package, on one or more instances, after a preview
    ///
    /// Templates come with a package and are chosen at an order with --template, or taken later.
    Template(TemplateArguments),
    /// Compare the configurations of instances, or of an instance and a template
    ///
    /// Shows the parameters that differ, one column for each.
    Compare(CompareArguments),
    /// Stop one or more instances; their data stays
    ///
    /// Nobody can use a stopped instance. Its data and its name stay. Of several instances, those
    /// that cannot be stopped now are listed with the reason and left out.
    Stop(StopArguments),
    /// Start one or more stopped instances
    Start(StartArguments),
    /// Delete an instance with its data
    ///
    /// The data cannot be brought back. Asks to type the instance's name.
    Delete(DeleteArguments),
    /// Show the log of an operation
    ///
    /// With --follow --output json, each line is an object: {"line": …} for a line of the log,
    /// {"operation": …} each time the operation moves.
    Logs(LogsArguments),
    /// Show who changed which parameters of an instance, when and why
    History(HistoryArguments),
    /// Show the bill of an organization for a month
    ///
    /// A bill is provisional while its month is open. Amounts are exact; rounding is a line of its
    /// own.
    Bill(BillArguments),
    /// List, make, change and remove the OpenID providers that people of the tenant sign in through
    ///
    /// For administrators of the tenant.
    Provider(ProviderArguments),
    /// List, show, approve, reject and withdraw what takes an approval, and set the rules
    ///
    /// Rules say what takes the approval of one or two other people. What they cover waits until
    /// then, and is done as whoever asked.
    Approval(ApprovalArguments),
    /// List, show, make, rename, move and delete organizations
    ///
    /// The tree of your company: rights that are given at an organization hold for everything below
    /// it, and its bill is the sum of theirs.
    Organization(OrganizationArguments),
    /// List, show, make, rename, move and delete projects
    ///
    /// A project belongs to one organization and contains what is ordered.
    Project(ProjectArguments),
    /// List, show, make, rename, fill and delete applications
    ///
    /// An application groups what works together, wherever below an organization it is, and says
    /// what needs what and what the whole does.
    Application(ApplicationArguments),
    /// Write the tenant's structure as YAML, or make what such a document names
    ///
    /// Organizations, projects, applications, own roles, groups and bindings; for administrators of the tenant.
    Structure(StructureArguments),
    /// List, set and remove limits of organizations and projects
    ///
    /// A limit holds for all that is ordered there and below. An order that would pass one is
    /// refused before anything is made.
    Quota(QuotaArguments),
    /// List, set and remove budgets of organizations and projects
    ///
    /// A budget says what all that is ordered there and below may cost in a month. One that blocks
    /// refuses orders that would pass it.
    Budget(BudgetArguments),
    /// Write the completion script for a shell
    Completion(CompletionArguments),
}

impl ValueEnum for Output {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Table, Self::Json, Self::Csv]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(match self {
            Self::Table => clap::builder::PossibleValue::new("table"),
            Self::Json => clap::builder::PossibleValue::new("json"),
            Self::Csv => clap::builder::PossibleValue::new("csv"),
        })
    }
}

/// Whether the caller wants errors as JSON too, although the rest of the line cannot be read.
pub fn wants_json(given: &[OsString]) -> bool {
    let one =
        |word: &OsString| matches!(word.to_str(), Some("--output=json" | "-ojson" | "-o=json"));
    let two = |pair: &[OsString]| {
        matches!(pair[0].to_str(), Some("--output" | "-o")) && pair[1].to_str() == Some("json")
    };
    given.iter().any(one) || given.windows(2).any(two)
}

/// Parses `parameter=value`.
fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((parameter, value)) if !parameter.is_empty() => {
            Ok((parameter.to_owned(), value.to_owned()))
        }
        _ => Err("expected PARAMETER=VALUE, as in maxmemory=64mb".to_owned()),
    }
}

#[cfg(test)]
mod tests;
