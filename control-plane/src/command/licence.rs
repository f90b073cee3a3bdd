//! `licence`: install licences, and sign them with keys of one's own.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use control_plane_core::licence::{self, Packages, SignedLicence, Star, Terms, Unit};
use data_encoding::BASE64;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _, EncodePublicKey as _};
use ed25519_dalek::{Signer as _, SigningKey};
use types::id::TenantId;
use types::instant::Instant;
use types::random::Random;

use crate::command::{CommandError, Console, Result, print};

/// What to do with licences.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Install a licence file; installed twice it counts once
    Install {
        /// The file as it was issued
        file: PathBuf,
    },
    /// Make a pair of keys to sign licences with: licence-issuer.key and licence-issuer.pub
    Keygen {
        /// Where to; left out: `keys` in the home directory, where the plane trusts it
        #[arg(long)]
        directory: Option<PathBuf>,
    },
    /// Sign a licence and print the file
    Sign(Sign),
}

/// The terms of a licence.
#[derive(Debug, clap::Args)]
pub struct Sign {
    /// The private key; left out: `keys/licence-issuer.key` in the home directory
    #[arg(long)]
    key: Option<PathBuf>,
    /// Identifies the licence
    #[arg(long)]
    id: String,
    /// The installation it is for; left out: this one
    #[arg(long)]
    installation: Option<String>,
    /// Id of the tenant it is for; left out: all
    #[arg(long)]
    tenant: Option<TenantId>,
    /// How many members
    #[arg(long)]
    count: u32,
    /// From when on; left out: from now
    #[arg(long)]
    not_before: Option<Instant>,
    /// Until when; left out: for ever
    #[arg(long)]
    not_after: Option<Instant>,
}

/// Does it.
pub async fn run(console: &Console, command: &Command) -> Result {
    match command {
        Command::Install { file } => {
            let text = fs::read_to_string(file)
                .map_err(|source| CommandError::File { path: file.clone(), source })?;
            let terms = licence::install(&console.plane, &console.permit, &text).await?;
            print(format_args!("licence {} for {} members is installed", terms.id, terms.count))
        }
        Command::Keygen { directory } => {
            let directory = directory.clone().unwrap_or_else(|| console.home.path("keys"));
            keygen(&directory, &*console.plane.random)?;
            print(format_args!("{}", directory.join("licence-issuer.pub").display()))
        }
        Command::Sign(sign) => print(signed(console, sign)?),
    }
}

/// Makes the pair of keys; refuses to write over an old one.
///
/// # Errors
/// If a file is there already or cannot be written.
pub fn keygen(directory: &Path, random: &dyn Random) -> Result<SigningKey> {
    let mut seed = [0; 32];
    random.fill(&mut seed);
    let key = SigningKey::from_bytes(&seed);
    let wrong = |error: &dyn std::fmt::Display| CommandError::Input(error.to_string());
    let private = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| wrong(&error))?;
    let public =
        key.verifying_key().to_public_key_pem(LineEnding::LF).map_err(|error| wrong(&error))?;
    write_new(&directory.join("licence-issuer.key"), 0o600, &private)?;
    write_new(&directory.join("licence-issuer.pub"), 0o644, &public)?;
    Ok(key)
}

fn write_new(path: &Path, mode: u32, text: &str) -> Result {
    let written = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    let written = written.and_then(|mut file: fs::File| file.write_all(text.as_bytes()));
    written.map_err(|source: io::Error| CommandError::File { path: path.to_owned(), source })
}

/// Reads a private key that [`keygen`] made.
///
/// # Errors
/// If it is missing or no Ed25519 key.
pub fn read_key(path: &Path) -> Result<SigningKey> {
    let text = fs::read_to_string(path)
        .map_err(|source| CommandError::File { path: path.to_owned(), source })?;
    SigningKey::from_pkcs8_pem(&text).map_err(|_| {
        CommandError::Input(format!("{} holds no Ed25519 private key in PEM form", path.display()))
    })
}

fn signed(console: &Console, sign: &Sign) -> Result<String> {
    let own = console.home.path("keys/licence-issuer.key");
    let key = read_key(sign.key.as_ref().unwrap_or(&own))?;
    let installation = &console.plane.settings.installation;
    Ok(file(
        &key,
        &Terms {
            id: sign.id.clone(),
            installation: sign.installation.as_ref().unwrap_or(installation).clone(),
            tenant: sign.tenant,
            unit: Unit::Member,
            packages: Packages::All(Star::Star),
            count: sign.count,
            not_before: sign.not_before.unwrap_or_else(|| console.plane.clock.now()),
            not_after: sign.not_after,
        },
    ))
}

/// The licence file for some terms.
pub fn file(key: &SigningKey, terms: &Terms) -> String {
    let licence = serde_json::to_string(terms).expect("terms have a JSON form");
    let signature = BASE64.encode(&key.sign(licence.as_bytes()).to_bytes());
    let signed = SignedLicence { licence, signature };
    serde_json::to_string_pretty(&signed).expect("a licence file has a JSON form")
}
