//! `access explain`, and how those who hold roles and the places where they hold are named.

use graphql_client::page;
use graphql_client::query::access::{
    AccessReason, ExplanationOf, Group, Holder, Role, Speaks, Subject, SubjectsOf,
};
use graphql_client::query::viewer::Place;
use graphql_client::query::{
    AskAccess, AskApplication, AskOrganization, AskProject, AskViewer, ListGroups, ListRoles,
    ListSubjects, Named, Nothing, Slice,
};

use crate::arguments::{AccessArguments, AccessCommand};
use crate::client::{ALL, Client};
use crate::error::{Error, Result};
use crate::program::Program;
use crate::table::{self, Column::Left, Column::Wrapped};
use crate::terminal::Style;
use crate::text;

/// What is looked at first for one of a name.
const FEW: u32 = 50;

/// Says why somebody may or may not do something.
pub async fn access(program: &Program, given: AccessArguments) -> Result<()> {
    let client = program.client()?;
    let AccessCommand::Explain { user, action, at } = given.command;
    let subject = subject(&client, &user, None).await?;
    let at = place(&client, &at).await?;
    let mut reasons = client.ask::<AskAccess>(&ExplanationOf { subject, at }).await?;
    let wanted = action.to_uppercase().replace('-', "_");
    if wanted != "ALL" {
        let known: Vec<_> = reasons.iter().map(|one| one.action.to_lowercase()).collect();
        reasons.retain(|one| one.action == wanted);
        if reasons.is_empty() {
            let known = known.join(", ");
            return Err(Error::Usage(format!("there is no action {action}: give one of {known}")));
        }
    }
    program.terminal.show(&reasons, |style| explanation(style, &reasons))
}

fn explanation(style: Style, reasons: &[AccessReason]) -> String {
    let columns = [Left("ACTION"), Left("MAY"), Wrapped("BECAUSE")];
    let row = |one: &AccessReason| {
        let because: Vec<_> = one.because.iter().map(sentence).collect();
        let because = match because.is_empty() {
            true => "nothing that says so is bound here or above".to_owned(),
            false => because.join("\n"),
        };
        let may = if one.is_allowed { "yes" } else { "no" };
        vec![one.action.to_lowercase(), may.to_owned(), because]
    };
    table::list(style, &columns, reasons.iter().map(row).collect())
}

fn sentence(one: &Speaks) -> String {
    let verb = if one.effect == "DENY" { "denied" } else { "given" };
    let (role, whom, at) = (&one.role.name, whom(&one.holder), at(one.at.as_ref()));
    format!("{role} is {verb} to {whom} at {at}")
}

/// A holder as people write it: `group/ops`.
pub fn whom(holder: &Holder) -> String {
    let kind = if holder.kind == "Group" { "group" } else { "subject" };
    format!("{kind}/{}", holder.name)
}

/// A place as `--at` takes it.
pub fn at(place: Option<&Place>) -> String {
    match place {
        None => "tenant".to_owned(),
        Some(place) => {
            let name = place.name.as_ref().unwrap_or(&place.id);
            format!("{}/{name}", place.kind.to_lowercase())
        }
    }
}

/// The id of a place: `tenant`, an id, `organization/NAME`, `project/NAME`, `application/NAME`, or a
/// name that one organization or project has.
pub async fn place(client: &Client, named: &str) -> Result<String> {
    let is_id = |prefix| named.starts_with(prefix);
    if is_id("org_") || is_id("prj_") || is_id("ten_") || is_id("app_") {
        return Ok(named.to_owned());
    }
    match named.split_once('/') {
        None if named == "tenant" => {
            let viewer = client.ask::<AskViewer>(&Nothing {}).await?;
            let none = || Error::Usage("you belong to no tenant".to_owned());
            Ok(viewer.tenant.ok_or_else(none)?.id)
        }
        Some(("organization", name)) => organization(client, name).await,
        Some(("project", name)) => project(client, name).await,
        Some(("application", name)) => {
            let id_or_name = name.to_owned();
            Ok(client.ask::<AskApplication>(&Named { id_or_name }).await?.id)
        }
        Some(_) => {
            let told = format!("{named}: give organization/NAME, project/NAME or application/NAME");
            Err(Error::Usage(told))
        }
        None => either(named, organization(client, named).await, project(client, named).await),
    }
}

fn either(named: &str, organization: Result<String>, project: Result<String>) -> Result<String> {
    let is_missing = |found: &Result<String>| match found {
        Err(Error::Refused(refusal)) => refusal.code == "NOT_FOUND",
        _ => false,
    };
    match (organization, project) {
        (Ok(_), Ok(_)) => {
            let told = format!(
                "{named} is an organization and a project: give organization/{named} or \
                 project/{named}"
            );
            Err(Error::Usage(told))
        }
        (organization, project) if is_missing(&organization) => {
            if is_missing(&project) {
                organization
            } else {
                project
            }
        }
        (organization, _) => organization,
    }
}

async fn organization(client: &Client, name: &str) -> Result<String> {
    Ok(client.ask::<AskOrganization>(&Named { id_or_name: name.to_owned() }).await?.id)
}

async fn project(client: &Client, name: &str) -> Result<String> {
    Ok(client.ask::<AskProject>(&Named { id_or_name: name.to_owned() }).await?.id)
}

/// The id of a person or program; `kind` is the only one that is meant.
pub async fn subject(client: &Client, named: &str, kind: Option<&str>) -> Result<String> {
    if named.starts_with("sub_") {
        return Ok(named.to_owned());
    }
    let missing = match kind {
        Some("SERVICE") => format!("there is no service account {named}"),
        Some(_) => format!("there is no person {named}"),
        None => format!("there is no person or service account {named}"),
    };
    // Names come in order, so one that is a beginning of others stands before them.
    for limit in [FEW, ALL] {
        let list = subjects(client, limit, Some(named.to_owned())).await?;
        let is_meant =
            |one: &Subject| one.name == named && kind.is_none_or(|kind| kind == one.kind);
        if let Some(found) = list.items.into_iter().find(is_meant) {
            return Ok(found.id);
        }
        if list.complete {
            break;
        }
    }
    Err(Error::Usage(missing))
}

/// People and programs by name.
pub async fn subjects(
    client: &Client,
    limit: u32,
    search: Option<String>,
) -> Result<page::List<Subject>> {
    let slice = |first, after| SubjectsOf { first, after, search: search.clone() };
    page::collect::<ListSubjects, _, _>(client, limit, slice, |page| page).await
}

/// Groups by name.
pub async fn groups(client: &Client, limit: u32) -> Result<page::List<Group>> {
    let slice = |first, after| Slice { first, after };
    page::collect::<ListGroups, _, _>(client, limit, slice, |page| page).await
}

/// One group by name or id.
pub async fn group(client: &Client, named: &str) -> Result<Group> {
    let list = groups(client, ALL).await?;
    let found = list.items.into_iter().find(|one| one.name == named || one.id == named);
    found.ok_or_else(|| Error::Usage(format!("there is no group {named}")))
}

/// One role by name or id, among all.
pub fn role<'r>(roles: &'r [Role], named: &str) -> Result<&'r Role> {
    let found = roles.iter().find(|one| one.name == named || one.id == named);
    found.ok_or_else(|| {
        let names: Vec<_> = roles.iter().map(|one| one.name.as_str()).collect();
        Error::Usage(format!("there is no role {named}: there are {}", names.join(", ")))
    })
}

/// All roles.
pub async fn roles(client: &Client) -> Result<Vec<Role>> {
    client.ask::<ListRoles>(&Nothing {}).await
}

/// What a person or program is, as a row.
pub fn subject_table(style: Style, subjects: &[Subject]) -> String {
    let columns = [
        Left("NAME"),
        Left("TITLE"),
        Left("KIND"),
        Left("STATE"),
        Left("GROUPS"),
        Left("MADE"),
        Left("ID"),
    ];
    let row = |one: &Subject| {
        let groups: Vec<_> = one.member_of.iter().map(|group| group.name.as_str()).collect();
        vec![
            one.name.clone(),
            one.title.clone(),
            text::word(&one.kind),
            text::word(&one.state),
            groups.join(", "),
            text::instant(&one.created_at),
            one.id.clone(),
        ]
    };
    table::list(style, &columns, subjects.iter().map(row).collect())
}
