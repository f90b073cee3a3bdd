//! `get assets`: what ran where at an instant, and how many of each.

use std::sync::OnceLock;

use graphql_client::page::{self, List};
use graphql_client::query::asset::{
    Asset, AssetCount, AssetFilter, AssetRegister, AssetsOf, CountsOf,
};
use graphql_client::query::{AskAssetCounts, ListAssets};
use serde::Serialize;

use crate::arguments::AssetArguments;
use crate::client::Client;
use crate::command::get::state;
use crate::csv;
use crate::error::{Error, Result};
use crate::program::Program;
use crate::table::{self, Column::Left, Column::Right};
use crate::terminal::{Output, Style};
use crate::text;

/// The register of an instant.
#[derive(Serialize)]
struct Register {
    at: String,
    #[serde(flatten)]
    list: List<Asset>,
}

/// Lists assets, or counts them.
pub async fn assets(
    program: &Program,
    client: &Client,
    limit: u32,
    given: AssetArguments,
) -> Result<()> {
    let AssetArguments { at, organization, project, package, count } = given;
    let filter = AssetFilter { organization, project, package };
    let flags = |error: Error| error.at_flags(&[("filter.", "--"), ("at", "--at")]);
    if count {
        return counts(program, client, CountsOf { at, filter }).await.map_err(flags);
    }
    // The first page says of which instant it tells; the others must tell of the same one.
    let instant = OnceLock::new();
    let slice = |first, after| {
        let at = instant.get().cloned().or_else(|| at.clone());
        AssetsOf { at, filter: filter.clone(), first, after }
    };
    let keep = |register: AssetRegister| {
        let _ = instant.set(register.at);
        register.assets
    };
    let list =
        page::collect::<ListAssets, _, _>(client, limit, slice, keep).await.map_err(flags)?;
    let register = Register { at: instant.get().cloned().unwrap_or_default(), list };
    if program.terminal.output == Output::Csv {
        return csv_of(program, &register, limit);
    }
    program.terminal.note(&format!("As it was at {}:", text::instant(&register.at)));
    program.terminal.show(&register, |style| table_of(style, &register.list.items))?;
    table::note_if_cut(&register.list, &program.terminal);
    Ok(())
}

async fn counts(program: &Program, client: &Client, of: CountsOf) -> Result<()> {
    let answer = client.ask::<AskAssetCounts>(&of).await?;
    let headings =
        ["ORGANIZATION", "PACKAGE", "PACKAGE VERSION", "SOFTWARE VERSION", "STATE", "MEMBERS"];
    let row = |count: &AssetCount| {
        vec![
            count.path.join("/"),
            count.package.clone(),
            count.package_version.clone(),
            count.software_version.clone(),
            text::word(&count.state),
            count.members.to_string(),
        ]
    };
    if program.terminal.output == Output::Csv {
        let headings = ["at"].into_iter().chain(headings);
        let headings: Vec<_> = headings.map(|name| name.to_lowercase().replace(' ', "_")).collect();
        let headings: Vec<_> = headings.iter().map(String::as_str).collect();
        let rows = answer.counts.iter().map(row);
        let rows = rows.map(|row| std::iter::once(answer.at.clone()).chain(row).collect());
        return program.terminal.write(&csv::list(&headings, rows));
    }
    program.terminal.note(&format!("As it was at {}:", text::instant(&answer.at)));
    let at = answer.at;
    #[derive(Serialize)]
    struct Counts {
        at: String,
        #[serde(flatten)]
        list: List<AssetCount>,
    }
    let counts = Counts { at, list: List { items: answer.counts, complete: true } };
    program.terminal.show(&counts, |style| {
        let [first, package, version, software, state, members] = headings;
        let columns = [
            Left(first),
            Left(package),
            Left(version),
            Left(software),
            Left(state),
            Right(members),
        ];
        table::list(style, &columns, counts.list.items.iter().map(row).collect())
    })
}

fn table_of(style: Style, assets: &[Asset]) -> String {
    let columns = [
        Left("ORGANIZATION"),
        Left("PROJECT"),
        Left("MEMBER"),
        Left("ROLE"),
        Left("PACKAGE"),
        Left("PLAN"),
        Left("CELL"),
        Left("ENDPOINT"),
        Left("STATE"),
        Left("SINCE"),
    ];
    let row = |asset: &Asset| {
        let version = asset.installed_version.as_ref().unwrap_or(&asset.software_version);
        vec![
            asset.path.join("/"),
            asset.project_name.clone(),
            asset.name.clone(),
            asset.role.clone(),
            format!("{} {version}", asset.package),
            asset.plan.as_ref().map_or_else(|| text::NONE.to_owned(), |plan| plan.name.clone()),
            asset.cell.clone(),
            endpoint(asset).unwrap_or_else(|| text::NONE.to_owned()),
            state(&asset.state, asset.unknown_since.as_ref()),
            text::instant(&asset.since),
        ]
    };
    table::list(style, &columns, assets.iter().map(row).collect())
}

fn endpoint(asset: &Asset) -> Option<String> {
    asset.endpoint.as_ref().map(|at| format!("{}:{}", at.host, at.port))
}

const HEADINGS: [&str; 23] = [
    "at",
    "organization_path",
    "organization",
    "project_name",
    "project",
    "instance_name",
    "instance",
    "member_name",
    "member",
    "role",
    "package",
    "package_version",
    "software_version",
    "installed_version",
    "plan",
    "millivcpu",
    "memory_mib",
    "storage_mib",
    "cell",
    "endpoint",
    "state",
    "since",
    "unknown_since",
];

/// A register that is not whole would be taken for one that is, so it is refused.
fn csv_of(program: &Program, register: &Register, limit: u32) -> Result<()> {
    if !register.list.complete {
        let told = format!("there are more than {limit} assets; give a larger --limit");
        return Err(Error::Usage(told));
    }
    let row = |asset: &Asset| {
        let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![
            register.at.clone(),
            asset.path.join("/"),
            or_empty(&asset.organization),
            asset.project_name.clone(),
            asset.project.clone(),
            asset.instance_name.clone(),
            asset.instance.clone(),
            asset.name.clone(),
            asset.member.clone(),
            asset.role.clone(),
            asset.package.clone(),
            asset.package_version.clone(),
            asset.software_version.clone(),
            or_empty(&asset.installed_version),
            asset.plan.as_ref().map(|plan| plan.name.clone()).unwrap_or_default(),
            asset.size.millivcpu.to_string(),
            asset.size.memory_mib.to_string(),
            asset.size.storage_mib.to_string(),
            asset.cell.clone(),
            endpoint(asset).unwrap_or_default(),
            text::word(&asset.state),
            asset.since.clone(),
            or_empty(&asset.unknown_since),
        ]
    };
    program.terminal.write(&csv::list(&HEADINGS, register.list.items.iter().map(row)))
}
