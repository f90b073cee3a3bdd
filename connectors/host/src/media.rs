//! The store of products: Debian packages, fetched through apt's signature chain and unpacked.
//!
//! Nothing is installed on the host and no service of the distribution is touched. What is in the
//! store never changes; another version gets a directory of its own, since members may be running
//! from the old one.

mod apt;
mod unpack;

use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

use catalog::recipe::Medium;
use connectors::runtime::{ConnectorError, StepLog};
use connectors_host_shim::durable;
use rustix::fs::FlockOperation;
use serde::{Deserialize, Serialize};
use types::instance::Software;

use crate::failure::{self, blocking};

/// What vouches for Debian's packages.
const TRUST: &str = "apt signature chain";

/// One unpacked package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Unpacked {
    name: String,
    version: String,
    sha256: String,
}

/// `current.json`: the unpacked version that new members get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Current {
    directory: String,
    software: Software,
    packages: Vec<Unpacked>,
}

/// A product in the store.
#[derive(Clone, Debug)]
pub struct Installed {
    directory: PathBuf,
    software: Software,
}

impl Installed {
    /// Version, digest and what vouches for them.
    pub fn software(&self) -> &Software {
        &self.software
    }

    /// The program at the path inside the medium.
    pub fn program(&self, path: &str) -> Result<PathBuf, ConnectorError> {
        let is_inside =
            Path::new(path).components().all(|part| matches!(part, Component::Normal(_)));
        let program = self.directory.join(path);
        if is_inside && program.is_file() {
            return Ok(program);
        }
        let message = format!("there is no program {path:?} in {}", self.directory.display());
        Err(failure::refused("PROGRAM_MISSING", message))
    }

    /// Where the loader finds the libraries that this host lacks; none if it has them all.
    pub fn library_path(&self) -> Option<String> {
        let mut found = Vec::new();
        for top in ["usr/lib", "lib"] {
            let Ok(entries) = fs::read_dir(self.directory.join(top)) else { continue };
            // Debian keeps libraries in one folder per kind of machine, like x86_64-linux-gnu.
            let folders = entries.flatten().map(|entry| entry.path());
            found
                .extend(folders.filter(|path| {
                    path.is_dir() && path.to_string_lossy().ends_with("-linux-gnu")
                }));
        }
        found.sort();
        let words: Vec<String> = found.iter().map(|path| path.display().to_string()).collect();
        (!words.is_empty()).then(|| words.join(":"))
    }
}

/// The product, if it is in the store with all its packages.
pub fn find(store: &Path, medium: &Medium) -> Result<Option<Installed>, ConnectorError> {
    let folder = folder(store, medium)?;
    let current: Option<Current> = durable::read_json(&folder.join("current.json"))
        .map_err(|error| failure::io("read the store of media", &error))?;
    Ok(current.and_then(|current| {
        let has = |name: &String| current.packages.iter().any(|package| package.name == *name);
        let directory = folder.join(&current.directory);
        let is_whole = medium.debian_packages.iter().all(has) && directory.is_dir();
        is_whole.then_some(Installed { directory, software: current.software })
    }))
}

/// The product, which has to be in the store.
pub fn get(store: &Path, medium: &Medium) -> Result<Installed, ConnectorError> {
    find(store, medium)?.ok_or_else(|| {
        let name = format!("{} {}", medium.package, medium.software_version);
        failure::unavailable("MEDIUM_MISSING", format!("{name} is not unpacked on this host yet"))
    })
}

/// The version of the product that the package sources of this host offer.
pub async fn offered(store: &Path, medium: &Medium) -> Result<String, ConnectorError> {
    folder(store, medium)?;
    apt::offered(medium, store).await
}

/// Brings the product into the store unless it is there. Of several at once, one does the work.
pub async fn install(
    store: &Path,
    medium: &Medium,
    log: &dyn StepLog,
) -> Result<Installed, ConnectorError> {
    if let Some(installed) = find(store, medium)? {
        return Ok(installed);
    }
    let held = lock(store.to_owned()).await?;
    if let Some(installed) = find(store, medium)? {
        return Ok(installed);
    }
    let work = fresh_folder(store)?;
    let chosen = apt::fetch(medium, work.path(), log).await?;
    let (store, medium) = (store.to_owned(), medium.clone());
    log.line(&format!("unpacking {} packages", chosen.len()));
    let installed = blocking(move || {
        let packages = unpack::unpack(work.path(), &chosen)?;
        let installed = put(&store, &medium, &work.path().join(unpack::TREE), packages);
        drop((work, held));
        installed
    })
    .await?;
    log.line(&format!("unpacked into {}", installed.directory.display()));
    Ok(installed)
}

/// Moves the tree to where it stays, and lets new members use it.
fn put(
    store: &Path,
    medium: &Medium,
    tree: &Path,
    packages: Vec<Unpacked>,
) -> Result<Installed, ConnectorError> {
    let failed = |error: io::Error| failure::io("put the medium into the store", &error);
    let main = packages.iter().find(|package| package.name == medium.main_package);
    let main = main.ok_or_else(|| wrong_medium("its main package is not among its packages"))?;
    let software = Software {
        version: main.version.clone(),
        digest: main.sha256.clone(),
        trust: TRUST.to_owned(),
    };
    let folder = folder(store, medium)?;
    fs::create_dir_all(&folder).map_err(failed)?;
    open_to_all(&folder, store).map_err(failed)?;
    // The loader's list of directories is separated by colons, so none may be in a name.
    let name = main.version.replace(':', "%3a");
    let names = (1..).map(|turn| if turn == 1 { name.clone() } else { format!("{name}~{turn}") });
    let mut free = names.filter(|name| !folder.join(name).exists());
    let directory = free.next().ok_or_else(|| wrong_medium("it has no free directory"))?;
    rustix::fs::syncfs(File::open(tree).map_err(failed)?).map_err(|error| failed(error.into()))?;
    fs::rename(tree, folder.join(&directory)).map_err(failed)?;
    durable::sync_directory(&folder).map_err(failed)?;
    let current = Current { directory, software, packages };
    durable::write_json(&folder.join("current.json"), &current).map_err(failed)?;
    Ok(Installed { directory: folder.join(current.directory), software: current.software })
}

fn folder(store: &Path, medium: &Medium) -> Result<PathBuf, ConnectorError> {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_alphanumeric())
            && word.chars().all(|it| it.is_ascii_alphanumeric() || "+-._~".contains(it))
    };
    let names = medium.debian_packages.iter().chain([
        &medium.package,
        &medium.software_version,
        &medium.main_package,
    ]);
    for name in names {
        if !is_word(name) {
            return Err(wrong_medium(&format!("{name:?} is not a name")));
        }
    }
    Ok(store.join(&medium.package).join(&medium.software_version))
}

fn wrong_medium(why: &str) -> ConnectorError {
    failure::refused("MEDIUM_WRONG", format!("the package describes no usable medium: {why}"))
}

/// Members of any user run programs from here, so they must be able to pass through.
fn open_to_all(folder: &Path, store: &Path) -> io::Result<()> {
    for path in folder.ancestors().take_while(|path| path.starts_with(store)) {
        crate::place::make_directory(path, 0o755)?;
    }
    Ok(())
}

async fn lock(store: PathBuf) -> Result<File, ConnectorError> {
    blocking(move || {
        let failed = |error: io::Error| failure::io("lock the store of media", &error);
        crate::place::make_directory(&store, 0o755).map_err(failed)?;
        let path = store.join("lock");
        let file = File::options().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(failed)?;
        rustix::fs::flock(&file, FlockOperation::LockExclusive)
            .map_err(|error| failed(error.into()))?;
        Ok(file)
    })
    .await
}

/// A place to work in, and an end to what a crash left of others. The lock is held.
fn fresh_folder(store: &Path) -> Result<tempfile::TempDir, ConnectorError> {
    let failed = |error: io::Error| failure::io("make room in the store of media", &error);
    for entry in fs::read_dir(store).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        if entry.file_name().to_string_lossy().starts_with(".new-") {
            fs::remove_dir_all(entry.path()).map_err(failed)?;
        }
    }
    tempfile::Builder::new().prefix(".new-").tempdir_in(store).map_err(failed)
}
