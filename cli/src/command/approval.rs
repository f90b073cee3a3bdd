//! `approval`: what waits for others, what others wait for, and by which rules.

use clap::ValueEnum as _;
use graphql_client::page;
use graphql_client::query::approval::{
    Approval, ApprovalAhead, ApprovalRow, ApprovalsOf, ById, CreateRule, Decide, Decided, OnRule,
    Rule, RulesOf,
};
use graphql_client::query::order::With;
use graphql_client::query::{
    AskApproval, DoCommentOnApproval, DoCreateApprovalRule, DoDeleteApprovalRule, DoGiveApproval,
    DoRejectApproval, DoWithdrawApproval, Document, ListApprovalRules, ListApprovals,
};
use serde_json::json;

use crate::arguments::{
    ApprovalArguments, ApprovalCommand, ApprovalRuleCommand, ApprovalState, CreateApprovalRule,
};
use crate::client::Client;
use crate::command::access;
use crate::command::get::show;
use crate::error::Result;
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column::Left, Column::Right, Column::Wrapped};
use crate::terminal::Style;
use crate::text;

/// How many others what is previewed waits for, by the rule that asks for most.
pub fn ahead(rules: &[ApprovalAhead]) -> String {
    match rules.iter().map(|rule| rule.approvers).max() {
        None | Some(0) => String::new(),
        Some(1) => "It waits until another person approves.".to_owned(),
        Some(many) => format!("It waits until {many} other people approve."),
    }
}

/// Does what is asked for.
pub async fn approval(program: &Program, arguments: ApprovalArguments) -> Result<()> {
    let client = program.client()?;
    match arguments.command {
        ApprovalCommand::List { state, at, own, to_decide, limit } => {
            let state = if to_decide { Some(ApprovalState::Open) } else { state };
            let is_own = (own || to_decide).then_some(own);
            list(program, &client, state, at, is_own, limit).await
        }
        ApprovalCommand::Show { approval } => {
            let found = find(&client, approval).await?;
            program.terminal.show(&found, |style| page(style, &found))
        }
        ApprovalCommand::Approve { approval, comment, yes } => {
            if !yes {
                let found = find(&client, approval.clone()).await?;
                program.terminal.note(&page(program.terminal.style, &found));
                prompt::confirm(&program.terminal, "Approve it?", "--yes")?;
            }
            decide::<DoGiveApproval>(program, &client, approval, comment).await
        }
        ApprovalCommand::Reject { approval, comment } => {
            decide::<DoRejectApproval>(program, &client, approval, Some(comment)).await
        }
        ApprovalCommand::Withdraw { approval, comment } => {
            decide::<DoWithdrawApproval>(program, &client, approval, comment).await
        }
        ApprovalCommand::Comment { approval, text } => {
            decide::<DoCommentOnApproval>(program, &client, approval, Some(text)).await
        }
        ApprovalCommand::Rule(ApprovalRuleCommand::List { at, limit }) => {
            rules(program, &client, at, limit).await
        }
        ApprovalCommand::Rule(ApprovalRuleCommand::Create(given)) => {
            create(program, &client, given).await
        }
        ApprovalCommand::Rule(ApprovalRuleCommand::Delete { rule }) => {
            let input = OnRule { rule, idempotency_key: client.new_key() };
            let gone = client.ask::<DoDeleteApprovalRule>(&With { input }).await?;
            let told = json!({ "deleted": gone });
            program.terminal.show(&told, |_| format!("The rule {gone} is deleted.\n"))
        }
    }
}

async fn find(client: &Client, id: String) -> Result<Approval> {
    client.ask::<AskApproval>(&ById { id }).await
}

async fn place(client: &Client, named: Option<String>) -> Result<Option<String>> {
    match named {
        Some(named) => access::place(client, &named).await.map(Some),
        None => Ok(None),
    }
}

/// A word of the API as people read it.
fn word(word: &str) -> String {
    word.to_lowercase().replace('_', " ")
}

async fn list(
    program: &Program,
    client: &Client,
    state: Option<ApprovalState>,
    at: Option<String>,
    is_own: Option<bool>,
    limit: u32,
) -> Result<()> {
    let at = place(client, at).await?;
    let state = state.and_then(|state| state.to_possible_value());
    let state = state.map(|state| state.get_name().to_uppercase());
    let slice = |first, after| {
        let (state, at) = (state.clone(), at.clone());
        ApprovalsOf { first, after, state, at, is_own }
    };
    let list = page::collect::<ListApprovals, _, _>(client, limit, slice, |page| page).await?;
    show(program, &list, |style, rows| {
        let columns = [
            Left("ID"),
            Left("STATE"),
            Left("WHAT"),
            Left("NAME"),
            Left("PROJECT"),
            Right("A MONTH"),
            Left("BY"),
            Left("UNTIL"),
        ];
        let row = |row: &ApprovalRow| {
            vec![
                row.id.clone(),
                word(&row.state),
                word(&row.mutation),
                row.name.clone(),
                row.project_title.clone().unwrap_or_default(),
                format!("{} {}", row.price.per_month, row.price.currency),
                row.requested_by.clone(),
                text::instant(&row.expires_at),
            ]
        };
        table::list(style, &columns, rows.iter().map(row).collect())
    })
}

fn page(style: Style, found: &Approval) -> String {
    let size = format!("{} × {} {}", found.members, found.package, found.software_version);
    let price = format!("{} {} a month", found.price.per_month, found.price.currency);
    let facts = [
        ("What", Some(format!("{}: {}", word(&found.mutation), found.name))),
        ("State", Some(word(&found.state))),
        ("Problem", found.problem.clone()),
        ("Project", found.project_title.clone()),
        ("Makes", Some(format!("{size}, {}", found.topology))),
        ("Plan", found.plan.as_ref().map(|plan| plan.name.clone())),
        ("Price", Some(price)),
        ("Asked by", Some(found.requested_by.clone())),
        ("Until", Some(text::instant(&found.expires_at))),
        ("Operation", found.operation.as_ref().map(|it| it.id.clone())),
        ("Id", Some(found.id.clone())),
    ];
    let mut page = table::facts(style, &facts);
    if !found.values.is_empty() {
        let plain = |value: &Option<serde_json::Value>| match value {
            None => String::new(),
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let rows = found.values.iter();
        let rows = rows.map(|it| vec![it.parameter.clone(), plain(&it.before), plain(&it.after)]);
        let columns = [Left("PARAMETER"), Left("NOW"), Wrapped("THEN")];
        page += &format!("\n{}", table::list(style, &columns, rows.collect()));
    }
    let rows = found.needs.iter();
    let given = |given: u32, of: u32| format!("{given} of {of}");
    let rows = rows.map(|it| vec![it.at.clone(), given(it.given, it.approvers)]);
    let columns = [Left("WHO APPROVES AT"), Left("APPROVED")];
    page += &format!("\n{}", table::list(style, &columns, rows.collect()));
    let rows = found.history.iter().map(|line| {
        let by = line.by.clone().unwrap_or_default();
        vec![
            text::instant(&line.at),
            word(&line.kind),
            by,
            line.comment.clone().unwrap_or_default(),
        ]
    });
    let columns = [Left("WHEN"), Left("WHAT"), Left("BY"), Wrapped("COMMENT")];
    page + &format!("\n{}", table::list(style, &columns, rows.collect()))
}

async fn decide<D>(
    program: &Program,
    client: &Client,
    approval: String,
    comment: Option<String>,
) -> Result<()>
where
    D: Document<Variables = With<Decide>, Answer = Decided>,
{
    let input = Decide { approval, comment, idempotency_key: client.new_key() };
    let decided = client.ask::<D>(&With { input }).await?;
    program.terminal.show(&decided, |_| {
        let begun = decided.operation.as_ref().map(|it| format!(", operation {}", it.id));
        let begun = begun.unwrap_or_default();
        format!("{} ({}) is {}{begun}.\n", decided.id, decided.name, word(&decided.state))
    })
}

async fn rules(program: &Program, client: &Client, at: Option<String>, limit: u32) -> Result<()> {
    let at = place(client, at).await?;
    let slice = |first, after| RulesOf { first, after, at: at.clone() };
    let list = page::collect::<ListApprovalRules, _, _>(client, limit, slice, |page| page).await?;
    show(program, &list, |style, rules| {
        let columns = [
            Left("ID"),
            Left("AT"),
            Left("FOR"),
            Right("ABOVE A MONTH"),
            Left("PACKAGES"),
            Right("PLANS"),
            Right("APPROVERS"),
            Right("DAYS"),
        ];
        let row = |rule: &Rule| {
            let mutations: Vec<_> = rule.mutations.iter().map(|it| word(it)).collect();
            let or_all = |text: String| if text.is_empty() { "all".to_owned() } else { text };
            let plans = rule.plans.len();
            vec![
                rule.id.clone(),
                access::at(rule.at.as_ref()),
                mutations.join(", "),
                rule.above_per_month.clone().unwrap_or_default(),
                or_all(rule.packages.join(", ")),
                or_all(if plans == 0 { String::new() } else { plans.to_string() }),
                rule.approvers.to_string(),
                rule.days.to_string(),
            ]
        };
        table::list(style, &columns, rules.iter().map(row).collect())
    })
}

async fn create(program: &Program, client: &Client, given: CreateApprovalRule) -> Result<()> {
    let some = |list: Vec<String>| (!list.is_empty()).then_some(list);
    let input = CreateRule {
        at: access::place(client, &given.at).await?,
        mutations: given.mutations.iter().map(|it| it.word().to_owned()).collect(),
        above_per_month: given.above_per_month,
        plans: some(given.plans),
        packages: some(given.packages),
        approvers: Some(given.approvers),
        days: Some(given.days),
        idempotency_key: client.new_key(),
    };
    let made = client.ask::<DoCreateApprovalRule>(&With { input }).await?;
    program.terminal.show(&made, |_| format!("The rule {} is made.\n", made.id))
}
