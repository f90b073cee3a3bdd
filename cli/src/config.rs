//! The environment, and the file that remembers the session and the default project.
//!
//! The file holds a token, so it is made for its owner alone (mode 0600) and refused otherwise.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use types::secret::Secret;

use crate::error::{Error, Result};

/// What the surroundings say, read once.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// `$XDG_CONFIG_HOME`, else `$HOME/.config`.
    pub config_home: Option<PathBuf>,
    /// `$NO_COLOR` is set and not empty (<https://no-color.org>), or the terminal is dumb.
    pub no_colour: bool,
    /// `$CELLPLANE_TOKEN`: a token to show instead of the remembered session.
    pub token: Option<Secret>,
}

impl Environment {
    /// Reads the process's environment.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub fn read() -> Self {
        let text = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let home = || text("HOME").map(|home| PathBuf::from(home).join(".config"));
        Self {
            config_home: text("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home),
            no_colour: text("NO_COLOR").is_some()
                || text("TERM").is_some_and(|term| term == "dumb"),
            token: text("CELLPLANE_TOKEN")
                .and_then(|token| token.into_string().ok())
                .map(Secret::new),
        }
    }

    /// Where the file is if no option says otherwise.
    pub fn config_file(&self) -> Result<PathBuf> {
        let home = self.config_home.as_ref().ok_or_else(|| {
            Error::Usage("neither XDG_CONFIG_HOME nor HOME is set: give --config FILE".into())
        })?;
        Ok(home.join("cellplane").join("config.toml"))
    }
}

/// What the file remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The plane that the token is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What proves who we are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<Secret>,
    /// Until when the token is good (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_expires_at: Option<String>,
    /// The project that is meant if none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

impl Config {
    /// Reads the file; a missing one remembers nothing.
    pub fn load(path: &Path) -> Result<Self> {
        let wrong = |problem: String| Error::Config { path: path.to_owned(), problem };
        let permissions = match fs::metadata(path) {
            Ok(metadata) => metadata.permissions(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => return Err(wrong(error.to_string())),
        };
        if permissions.mode() & 0o077 != 0 {
            let advice = format!("others may read it; run: chmod 600 {}", path.display());
            return Err(wrong(advice));
        }
        let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        // The parser's full message quotes the line, which may hold the token.
        toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))
    }

    /// Writes the file anew for its owner alone; a crash leaves the old or the new one.
    pub fn save(&self, path: &Path) -> Result<()> {
        let wrong = |problem: String| Error::Config { path: path.to_owned(), problem };
        let text = toml::to_string(self).map_err(|error| wrong(error.to_string()))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            let made = fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|error| wrong(error.to_string()))?;
        }
        let draft = path.with_extension(format!("draft-{}", std::process::id()));
        let write = || -> std::io::Result<()> {
            let mut file =
                fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&draft, path)
        };
        write().map_err(|error| {
            let _ = fs::remove_file(&draft);
            wrong(error.to_string())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed_in() -> Config {
        Config {
            address: Some("http://127.0.0.1:8080".into()),
            token: Some(Secret::new("cps_secret")),
            token_expires_at: None,
            project: Some("platform-dev".into()),
        }
    }

    #[test]
    fn the_file_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cellplane/config.toml");
        signed_in().save(&path).expect("saved");
        signed_in().save(&path).expect("saved again");
        assert_eq!(fs::metadata(&path).expect("there").permissions().mode() & 0o777, 0o600);
        assert_eq!(Config::load(&path).expect("loaded"), signed_in());
        let left = fs::read_dir(path.parent().expect("a folder")).expect("readable").count();
        assert_eq!(left, 1, "no draft is left over");
    }

    #[test]
    fn a_file_that_others_may_read_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        signed_in().save(&path).expect("saved");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("changed");
        let error = Config::load(&path).expect_err("refused");
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }

    #[test]
    fn a_broken_file_is_told_without_its_content() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config.toml");
        fs::write(&path, "token = cps_secret").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("changed");
        let error = Config::load(&path).expect_err("refused");
        assert!(!format!("{error} {error:?}").contains("cps_secret"), "{error}");
    }

    #[test]
    fn a_missing_file_remembers_nothing() {
        let folder = tempfile::tempdir().expect("a folder");
        let config = Config::load(&folder.path().join("none.toml")).expect("empty");
        assert_eq!(config, Config::default());
    }
}
