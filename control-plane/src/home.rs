//! The home directory: the embedded database and the keys, made at the first start.
//!
//! Several plane processes over one database share a copy of `keys/` and `installation`.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::DecodePublicKey as _;
use serde::{Deserialize, Serialize};
use types::id::Ids;
use types::random::Random;
use types::secret::Secret;

use crate::config::Config;

/// A home directory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    /// A file or folder cannot be read or made.
    #[error("use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file holds something else than it should.
    #[error("{} {problem}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong and what to do.
        problem: &'static str,
    },
}

/// Where a running plane can be reached; kept for commands given beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// The portal, as people reach it.
    pub http: String,
    /// The agents' port, as agents reach it.
    pub agent: String,
}

/// The home directory of one plane.
#[derive(Clone, Debug)]
pub struct Home(PathBuf);

impl Home {
    /// Takes the directory, makes it with mode 0700 if it is missing.
    ///
    /// # Errors
    /// If it cannot be made or entered.
    pub fn open(path: &Path) -> Result<Self, HomeError> {
        let wrong = |source| HomeError::File { path: path.to_owned(), source };
        let keys = path.join("keys");
        DirBuilder::new().recursive(true).mode(0o700).create(&keys).map_err(wrong)?;
        Ok(Self(path.canonicalize().map_err(wrong)?))
    }

    /// A home that is looked at and not made.
    pub fn at(path: &Path) -> Self {
        Self(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
    }

    /// Where a running plane noted that it answers; none if none runs, or it was stopped well.
    pub fn noted_addresses(&self) -> Option<Addresses> {
        let noted = fs::read_to_string(self.path("addresses.json")).ok()?;
        serde_json::from_str(&noted).ok()
    }

    /// A path in it; absolute ones stay as they are.
    pub fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.0.join(relative)
    }

    /// The key that secrets in the database are encrypted with: 32 random bytes, made once.
    ///
    /// # Errors
    /// If others may read the file or it has another length.
    pub fn master_key(&self, random: &dyn Random) -> Result<[u8; 32], HomeError> {
        let path = self.path("keys/master.key");
        let bytes = self.secret_or_else(&path, || {
            let mut bytes = vec![0; 32];
            random.fill(&mut bytes);
            bytes
        })?;
        let problem = "must hold 32 bytes; restore it from a backup, a new key opens no old secret";
        <[u8; 32]>::try_from(bytes).map_err(|_| HomeError::Content { path, problem })
    }

    /// What identifies this installation: the configured text, or one that is drawn once.
    ///
    /// # Errors
    /// If the file cannot be used.
    pub fn installation(&self, config: &Config, ids: &dyn Ids) -> Result<String, HomeError> {
        if !config.licence.installation.is_empty() {
            return Ok(config.licence.installation.clone());
        }
        let path = self.path("installation");
        let bytes = self.secret_or_else(&path, || ids.next().to_string().into_bytes())?;
        let problem = "must hold the name of this installation";
        let text = String::from_utf8(bytes).map(|text| text.trim().to_owned()).unwrap_or_default();
        if text.is_empty() { Err(HomeError::Content { path, problem }) } else { Ok(text) }
    }

    /// The address of the database.
    ///
    /// # Errors
    /// If the configured file cannot be read.
    pub fn database(&self, config: &Config) -> Result<Secret, HomeError> {
        let database = &config.database;
        if !database.url.is_empty() {
            return Ok(Secret::new(database.url.clone()));
        }
        if database.url_file.as_os_str().is_empty() {
            return Ok(Secret::new(format!("sqlite:{}?mode=rwc", self.path("plane.db").display())));
        }
        let path = self.path(&database.url_file);
        let text = fs::read_to_string(&path).map_err(|source| HomeError::File { path, source })?;
        Ok(Secret::new(text.trim()))
    }

    /// The address of Redis; none if there is none.
    ///
    /// # Errors
    /// [`HomeError::File`] if the file that holds it cannot be read.
    pub fn redis(&self, config: &Config) -> Result<Option<Secret>, HomeError> {
        let redis = &config.redis;
        if redis.url_file.as_os_str().is_empty() {
            return Ok(Some(Secret::new(redis.url.clone())).filter(|_| !redis.url.is_empty()));
        }
        let path = self.path(&redis.url_file);
        let text = fs::read_to_string(&path).map_err(|source| HomeError::File { path, source })?;
        Ok(Some(Secret::new(text.trim())))
    }

    /// Public keys of those who may sign licences.
    ///
    /// # Errors
    /// If a configured file is missing or holds no Ed25519 public key.
    pub fn licence_issuers(&self, config: &Config) -> Result<Vec<[u8; 32]>, HomeError> {
        let own = self.path("keys/licence-issuer.pub");
        let configured = config.licence.issuers.iter().map(|path| self.path(path));
        let paths = configured.chain(own.exists().then_some(own));
        paths
            .map(|path| {
                let pem = fs::read_to_string(&path)
                    .map_err(|source| HomeError::File { path: path.clone(), source })?;
                let problem = "must hold an Ed25519 public key in PEM form";
                let key = VerifyingKey::from_public_key_pem(&pem)
                    .map_err(|_| HomeError::Content { path, problem })?;
                Ok(key.to_bytes())
            })
            .collect()
    }

    /// Reads a file that others must not read, or makes it with mode 0600. Of two processes that
    /// make it at once, one wins and both read the same.
    ///
    /// # Errors
    /// If it cannot be read or made, or others may read it.
    pub fn secret_or_else(
        &self,
        path: &Path,
        make: impl FnOnce() -> Vec<u8>,
    ) -> Result<Vec<u8>, HomeError> {
        let wrong = |source| HomeError::File { path: path.to_owned(), source };
        if !path.exists() {
            // Written aside and linked, so nobody ever reads half a key.
            let aside = path.with_extension(format!("new-{}", std::process::id()));
            let mut file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&aside)
                .map_err(wrong)?;
            file.write_all(&make()).and_then(|()| file.sync_all()).map_err(wrong)?;
            let linked = fs::hard_link(&aside, path);
            fs::remove_file(&aside).map_err(wrong)?;
            match linked {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(wrong(error)),
                _ => {}
            }
        }
        let mode = fs::metadata(path).map_err(wrong)?.permissions().mode();
        if mode & 0o077 != 0 {
            let problem = "can be read by others; run `chmod 600` on it";
            return Err(HomeError::Content { path: path.to_owned(), problem });
        }
        fs::read(path).map_err(wrong)
    }

    /// Notes where the plane answers, for commands given beside it.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn note_addresses(&self, addresses: &Addresses) -> Result<(), HomeError> {
        let path = self.path("addresses.json");
        let text = serde_json::to_string(addresses).expect("addresses have a JSON form");
        fs::write(&path, text).map_err(|source| HomeError::File { path, source })
    }

    /// Forgets where the plane answered.
    pub fn forget_addresses(&self) {
        // Missing is as good as removed, and a stale note only makes a link that leads nowhere.
        let _ = fs::remove_file(self.path("addresses.json"));
    }

    /// Where the plane answers: as configured, as a running plane noted, or as it would listen.
    pub fn addresses(&self, config: &Config) -> Addresses {
        let listened = Addresses {
            http: format!("http://{}", config.http.listen),
            agent: format!("https://{}", config.agent.listen),
        };
        let noted = self.noted_addresses().unwrap_or(listened);
        let or = |configured: &str, noted: String| {
            if configured.is_empty() { noted } else { configured.to_owned() }
        };
        Addresses {
            http: or(&config.http.public_address, noted.http),
            agent: or(&config.agent.public_address, noted.agent),
        }
    }
}

#[cfg(test)]
mod tests {
    use types::id::SystemIds;
    use types::random::SystemRandom;

    use super::*;

    #[test]
    fn keys_are_made_once_and_only_for_us() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::open(&folder.path().join("home")).expect("a home");
        let key = home.master_key(&SystemRandom).expect("a key");
        assert_eq!(home.master_key(&SystemRandom).expect("the same key"), key);
        let config = Config::documented();
        let name = home.installation(&config, &SystemIds).expect("a name");
        assert_eq!(home.installation(&config, &SystemIds).expect("the same name"), name);
        let path = home.path("keys/master.key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
        let told = home.master_key(&SystemRandom).expect_err("a refusal").to_string();
        assert!(told.contains("can be read by others"), "{told}");
    }

    #[test]
    fn a_short_key_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = Home::open(folder.path()).expect("a home");
        let path = home.path("keys/master.key");
        home.secret_or_else(&path, || vec![1; 5]).expect("a file");
        let told = home.master_key(&SystemRandom).expect_err("a refusal").to_string();
        assert!(told.contains("must hold 32 bytes"), "{told}");
    }
}
