//! What each command does: ask the plane, show the answer.

pub(crate) mod access;
pub(crate) mod application;
mod approval;
mod asset;
mod audit;
mod batch;
mod bill;
mod budget;
mod cell;
mod change;
mod compare;
mod connect;
mod delete;
mod describe;
pub(crate) mod get;
mod history;
mod impersonation;
mod logs;
mod offering;
mod operator;
mod order;
mod organization;
mod planned_move;
mod power;
mod project;
mod provider;
mod quota;
mod role;
mod service_account;
mod session;
mod sign_in;
mod structure;
mod template;
mod tenant;
mod token;
mod user;
mod wait;

use clap::CommandFactory as _;
use clap_complete::Shell;
use graphql_client::query::instance::InstanceNamed;

use crate::arguments::{Arguments, AuditCommand, Command, CompletionArguments, InstanceArguments};
use crate::error::{Error, Result};
use crate::program::Program;
use crate::terminal::{NO_CSV, Output};

/// Runs one command.
pub async fn run(program: &mut Program, command: Command) -> Result<()> {
    // Before anything is asked of the plane, so that nothing is done whose answer cannot be told.
    let has_csv = match &command {
        Command::Get(_) => true,
        Command::Audit(given) => !matches!(given.command, AuditCommand::Verify),
        _ => false,
    };
    if program.terminal.output == Output::Csv && !has_csv {
        return Err(Error::Usage(NO_CSV.to_owned()));
    }
    match command {
        Command::SignIn(arguments) => sign_in::sign_in(program, arguments).await,
        Command::SignOut => sign_in::sign_out(program).await,
        Command::Whoami => sign_in::whoami(program).await,
        Command::Session(arguments) => session::session(program, arguments).await,
        Command::Impersonation(given) => impersonation::impersonation(program, given).await,
        Command::Token(arguments) => token::token(program, arguments).await,
        Command::User(arguments) => user::user(program, arguments).await,
        Command::Group(arguments) => user::groups(program, arguments).await,
        Command::Role(arguments) => role::role(program, arguments).await,
        Command::Binding(arguments) => role::binding(program, arguments).await,
        Command::Access(arguments) => access::access(program, arguments).await,
        Command::ServiceAccount(arguments) => {
            service_account::service_account(program, arguments).await
        }
        Command::Operator(arguments) => session::operator(program, arguments).await,
        Command::Tenant(arguments) => tenant::run(program, arguments).await,
        Command::Offering(arguments) => offering::run(program, arguments).await,
        Command::Use(arguments) => sign_in::use_project(program, arguments).await,
        Command::Get(arguments) => get::get(program, arguments).await,
        Command::Audit(given) => audit::run(program, given).await,
        Command::Describe(arguments) => describe::describe(program, arguments).await,
        Command::Order(arguments) => order::order(program, arguments).await,
        Command::Connect(arguments) => connect::connect(program, arguments).await,
        Command::Set(arguments) => change::set(program, arguments).await,
        Command::Restore(arguments) => change::restore(program, arguments).await,
        Command::Template(arguments) => change::template(program, arguments).await,
        Command::Compare(arguments) => compare::compare(program, arguments).await,
        Command::Stop(arguments) => power::stop(program, arguments).await,
        Command::Start(arguments) => power::start(program, arguments).await,
        Command::Delete(arguments) => delete::delete(program, arguments).await,
        Command::Logs(arguments) => logs::logs(program, arguments).await,
        Command::History(arguments) => history::history(program, arguments).await,
        Command::Bill(arguments) => bill::bill(program, arguments).await,
        Command::Provider(arguments) => provider::run(program, arguments.command).await,
        Command::Approval(arguments) => approval::approval(program, arguments).await,
        Command::Organization(arguments) => organization::organization(program, arguments).await,
        Command::Project(arguments) => project::project(program, arguments).await,
        Command::Application(arguments) => application::application(program, arguments).await,
        Command::Structure(arguments) => structure::structure(program, arguments).await,
        Command::Budget(arguments) => budget::budget(program, arguments).await,
        Command::Quota(arguments) => quota::quota(program, arguments).await,
        Command::Completion(arguments) => completion(program, &arguments),
    }
}

/// How an instance is asked for: an id stands alone, a name is looked up in a project.
fn named(program: &Program, given: &InstanceArguments) -> Result<InstanceNamed> {
    let project = if given.instance.starts_with("ins_") {
        None
    } else {
        program.project(given.project.as_deref())?
    };
    Ok(InstanceNamed { id_or_name: given.instance.clone(), project })
}

fn completion(program: &Program, arguments: &CompletionArguments) -> Result<()> {
    let shell: Shell = arguments.shell.parse().map_err(Error::Usage)?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "cellplane", &mut script);
    program.terminal.write(&String::from_utf8_lossy(&script))
}
