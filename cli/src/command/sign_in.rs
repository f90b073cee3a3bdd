//! `sign-in`, `sign-out`, `whoami` and `use`: the remembered session and default project.

use std::io::Read as _;
use std::path::Path;

use graphql_client::query::viewer::Viewer;
use graphql_client::query::{AskProject, AskViewer, Named, Nothing, SignOut};
use serde_json::json;

use crate::address::{Address, Link};
use crate::arguments::{SignInArguments, UseArguments};
use crate::error::{Error, Result};
use crate::program::Program;
use crate::prompt;
use crate::table::{self, Column};
use crate::text;

/// Turns a one-time link into a token and remembers it.
pub async fn sign_in(program: &Program, arguments: SignInArguments) -> Result<()> {
    let file = program.config_file()?;
    let mut config = program.config()?;
    let link = link(program, &arguments)?;
    if link.address.is_open_to_readers() {
        let address = &link.address;
        program.terminal.note(&format!(
            "warning: {address} is not encrypted; others on the way can read the token"
        ));
    }
    let client = program.stranger(link.address.clone())?;
    let signed_in = client.sign_in(&link.code).await?;
    let address = link.address.to_string();
    if config.address.as_ref() != Some(&address) {
        // A project of another plane means nothing here.
        config.project = None;
    }
    config.address = Some(address.clone());
    config.token = Some(signed_in.token);
    config.token_expires_at = Some(signed_in.expires_at.clone());
    config.save(&file)?;
    let answer = json!({
        "address": address,
        "name": signed_in.name,
        "title": signed_in.title,
        "expiresAt": signed_in.expires_at,
    });
    program.terminal.show(&answer, |_| {
        let until = text::instant(&signed_in.expires_at);
        let (title, name) = (&signed_in.title, &signed_in.name);
        text::harmless_lines(&format!(
            "Signed in at {address} as {title} ({name}), until {until}.\n"
        ))
    })
}

fn link(program: &Program, arguments: &SignInArguments) -> Result<Link> {
    let text = match (&arguments.link, &arguments.code_file) {
        (Some(link), _) => link.clone(),
        (None, Some(path)) => read(path)?,
        (None, None) => {
            prompt::hidden(&program.terminal, "One-time link", "the link or --code-file FILE")?
        }
    };
    let text = text.trim();
    if text.contains("://") {
        let link: Link =
            text.parse().map_err(|error| Error::Usage(format!("the link: {error}")))?;
        return match program.address().filter(|address| **address != link.address) {
            Some(other) => Err(Error::Usage(format!(
                "the link is for {}, but --address or CELLPLANE_ADDRESS says {other}: give the \
                 code alone, with --code-file, to use it there",
                link.address
            ))),
            None => Ok(link),
        };
    }
    let address = match program.address() {
        Some(address) => address.clone(),
        None => remembered(program)?,
    };
    let whole = format!("{address}/sign-in#{text}");
    whole.parse().map_err(|_| Error::Usage("the code is empty or has spaces in it".into()))
}

fn remembered(program: &Program) -> Result<Address> {
    let known = program.config()?.address.and_then(|address| address.parse().ok());
    known.ok_or_else(|| Error::Usage("a code alone needs --address ADDRESS as well".into()))
}

fn read(path: &Path) -> Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(path)
        .map_err(|error| Error::Usage(format!("--code-file {}: {error}", path.display())))
}

/// Ends the session at the plane and forgets the token.
pub async fn sign_out(program: &Program) -> Result<()> {
    let file = program.config_file()?;
    let mut config = program.config()?;
    let client = program.client()?;
    let ended = client.ask::<SignOut>(&Nothing {}).await;
    // The token is forgotten in any case; an error then says that the plane still knows it.
    config.token = None;
    config.token_expires_at = None;
    config.save(&file)?;
    match ended {
        Ok(_) => {}
        Err(Error::Refused(refusal)) if refusal.code == "UNAUTHENTICATED" => {}
        Err(error) => return Err(error),
    }
    program.terminal.show(&json!({ "signedOut": true }), |_| "Signed out.\n".to_owned())
}

/// Shows who is signed in.
pub async fn whoami(program: &Program) -> Result<()> {
    let client = program.client()?;
    let viewer = client.ask::<AskViewer>(&Nothing {}).await?;
    let address = client.address().to_string();
    let project = program.config()?.project;
    let answer = json!({ "address": address, "defaultProject": project, "viewer": viewer });
    program.terminal.show(&answer, |style| {
        let tenant = viewer.tenant.as_ref();
        let licence = tenant.map(|tenant| &tenant.licence);
        let facts = table::facts(
            style,
            &[
                ("Name", Some(format!("{} ({})", viewer.title, viewer.name))),
                ("Id", Some(viewer.id.clone())),
                ("Plane", Some(address.clone())),
                ("Tenant", tenant.map(|tenant| format!("{} ({})", tenant.title, tenant.name))),
                (
                    "Licence",
                    licence.map(|licence| {
                        format!(
                            "{} of {} {} used",
                            licence.used,
                            licence.limit,
                            text::word(&licence.unit)
                        )
                    }),
                ),
                ("Default project", project.clone()),
                ("Signed in until", Some(text::instant(&viewer.session_expires_at))),
            ],
        );
        format!("{facts}{}", table::part("Roles", &roles(style, &viewer)))
    })
}

fn roles(style: crate::terminal::Style, viewer: &Viewer) -> String {
    let row = |binding: &graphql_client::query::viewer::RoleBinding| {
        let place = match &binding.at {
            Some(place) => {
                let name = place.name.as_ref().unwrap_or(&place.id);
                format!("{} {name}", place.kind.to_lowercase())
            }
            None => "everywhere".to_owned(),
        };
        let role = match binding.effect.as_str() {
            "DENY" => format!("not {}", binding.role.title),
            _ => binding.role.title.clone(),
        };
        vec![role, place]
    };
    let columns = [Column::Left("ROLE"), Column::Left("AT")];
    table::list(style, &columns, viewer.roles.iter().map(row).collect())
}

/// Remembers a default project, or forgets it.
pub async fn use_project(program: &Program, arguments: UseArguments) -> Result<()> {
    let file = program.config_file()?;
    let mut config = program.config()?;
    let Some(id_or_name) = arguments.project else {
        config.project = None;
        config.save(&file)?;
        let answer = json!({ "defaultProject": null });
        return program.terminal.show(&answer, |_| "No default project any more.\n".to_owned());
    };
    let client = program.client()?;
    let project = client.ask::<AskProject>(&Named { id_or_name }).await?;
    // By its id, since a name may come to mean another project.
    config.project = Some(project.id.clone());
    config.save(&file)?;
    program.terminal.show(&json!({ "defaultProject": project }), |_| {
        let of = project.owner().map_or_else(String::new, |owner| format!(" of {owner}"));
        format!("Default project is now {}{of}.\n", project.name)
    })
}
