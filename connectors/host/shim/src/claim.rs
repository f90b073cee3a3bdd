//! Numbers that a member holds on this machine: its user id and its port.
//!
//! One folder per machine, so that two homes on it never take the same number. A claim is a file
//! that is named after the number and holds the member's directory. It is over when that directory
//! is gone, so a crash at any point leaves nothing that has to be cleaned up by hand.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::FlockOperation;

use crate::durable;

/// Where claims are unless somebody says otherwise.
pub const FOLDER: &str = "/var/lib/cellplane/claims";

const LOCK: &str = "lock";
const LOCK_TRIES: u32 = 100;

/// What kind of number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A user id.
    User,
    /// A port.
    Port,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Port => "port",
        }
    }
}

/// Claims the first of the numbers that nobody holds and that `is_free`. A holder that asks again
/// gets the number it has. None: all are taken.
pub fn take(
    claims: &Path,
    kind: Kind,
    numbers: impl IntoIterator<Item = u32>,
    holder: &Path,
    is_free: &dyn Fn(u32) -> bool,
) -> io::Result<Option<u32>> {
    let _held = lock(claims)?;
    if let Some(number) = held_by(claims, kind, holder)? {
        return Ok(Some(number));
    }
    for number in numbers {
        let path = claims.join(format!("{}-{number}", kind.as_str()));
        if holder_of(&path)?.is_some_and(|holder| holder.exists()) || !is_free(number) {
            continue;
        }
        durable::reached(&holder.join(kind.as_str()), "claim");
        durable::write(&path, holder.as_os_str().as_encoded_bytes())?;
        durable::reached(&holder.join(kind.as_str()), "claimed");
        return Ok(Some(number));
    }
    Ok(None)
}

/// How many of the numbers nobody holds and are `is_free`; no more than `most` are counted.
/// Somebody may take one a moment later, so this promises nothing.
pub fn count(
    claims: &Path,
    kind: Kind,
    numbers: impl IntoIterator<Item = u32>,
    most: usize,
    is_free: &dyn Fn(u32) -> bool,
) -> io::Result<usize> {
    let mut free = 0;
    for number in numbers {
        if free == most {
            break;
        }
        let path = claims.join(format!("{}-{number}", kind.as_str()));
        let is_held = holder_of(&path)?.is_some_and(|holder| holder.exists());
        free += usize::from(!is_held && is_free(number));
    }
    Ok(free)
}

/// Gives back everything that the holder has; says what.
pub fn release(claims: &Path, holder: &Path) -> io::Result<Vec<String>> {
    if !claims.exists() {
        return Ok(Vec::new());
    }
    let _held = lock(claims)?;
    let mut released = Vec::new();
    for (name, owner) in all(claims)? {
        if owner == holder {
            let kind = name.split_once('-').map_or(name.as_str(), |(kind, _)| kind);
            durable::reached(&holder.join(kind), "release");
            durable::remove(&claims.join(&name))?;
            durable::reached(&holder.join(kind), "released");
            released.push(name);
        }
    }
    Ok(released)
}

/// Removes claims that are over, then the folder of claims and cellplane's above it if they are
/// empty. Says what was removed.
pub fn fold(claims: &Path) -> io::Result<Vec<String>> {
    let mut removed = Vec::new();
    if !claims.exists() {
        return Ok(removed);
    }
    let _held = lock(claims)?;
    let mut is_empty = true;
    for (name, holder) in all(claims)? {
        if holder.exists() {
            is_empty = false;
        } else {
            durable::remove(&claims.join(&name))?;
            removed.push(name);
        }
    }
    if is_empty {
        durable::remove(&claims.join(LOCK))?;
        let above = claims.parent().filter(|above| above.ends_with("cellplane"));
        for folder in [Some(claims), above].into_iter().flatten() {
            // One that is not empty belongs to others, too.
            if fs::remove_dir(folder).is_err() {
                break;
            }
            removed.push(format!("directory {}", folder.display()));
        }
    }
    Ok(removed)
}

/// All claims: the name of the file and who holds it.
pub fn all(claims: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    let entries = match fs::read_dir(claims) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(found),
        entries => entries?,
    };
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if let Some((_, true)) = name.split_once('-').map(|(kind, number)| {
            (kind, matches!(kind, "user" | "port") && number.parse::<u32>().is_ok())
        }) && let Some(holder) = holder_of(&claims.join(&name))?
        {
            found.push((name, holder));
        }
    }
    Ok(found)
}

fn held_by(claims: &Path, kind: Kind, holder: &Path) -> io::Result<Option<u32>> {
    let prefix = format!("{}-", kind.as_str());
    let mine = all(claims)?.into_iter().find_map(|(name, owner)| {
        name.strip_prefix(&prefix).filter(|_| owner == holder)?.parse().ok()
    });
    Ok(mine)
}

fn holder_of(path: &Path) -> io::Result<Option<PathBuf>> {
    match fs::read_to_string(path) {
        Ok(holder) => Ok(Some(PathBuf::from(holder))),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(durable::named("read", path, &error)),
    }
}

/// Waits for the lock. The last home removes the folder with it, so what was locked may be gone.
fn lock(claims: &Path) -> io::Result<File> {
    let path = claims.join(LOCK);
    for _ in 0..LOCK_TRIES {
        fs::create_dir_all(claims).map_err(|error| durable::named("make", claims, &error))?;
        let file = match OpenOptions::new().write(true).create(true).truncate(false).open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            file => file.map_err(|error| durable::named("open", &path, &error))?,
        };
        rustix::fs::flock(&file, FlockOperation::LockExclusive)?;
        if path
            .metadata()
            .is_ok_and(|there| file.metadata().is_ok_and(|it| it.ino() == there.ino()))
        {
            // Whoever was killed while it claimed left half a file; with the lock nobody is at it.
            for kind in [Kind::User, Kind::Port] {
                durable::sweep_like(&claims.join(format!("{}-", kind.as_str())))?;
            }
            return Ok(file);
        }
    }
    Err(io::Error::other(format!("{} is removed again and again", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_claim_of_somebody_who_was_killed_is_swept_away() {
        let directory = tempfile::tempdir().expect("a directory");
        let claims = directory.path().join("claims");
        fs::create_dir(&claims).expect("is made");
        let half = claims.join(".port-7.4711.0");
        fs::write(&half, "half").expect("is written");
        let free = |_| true;
        let holder = directory.path().to_owned();
        let taken = take(&claims, Kind::Port, 7..=9, &holder, &free).expect("answers");
        assert_eq!((taken, half.exists()), (Some(7), false));
    }

    #[test]
    fn a_number_has_one_holder_and_a_holder_one_number() {
        let directory = tempfile::tempdir().expect("a directory");
        let claims = directory.path().join("claims");
        let [first, second] = ["a", "b"].map(|name| directory.path().join(name));
        fs::create_dir(&first).expect("is made");
        fs::create_dir(&second).expect("is made");
        let take = |holder: &Path, taken: u32| {
            take(&claims, Kind::Port, 1..=3, holder, &|number| number != taken).expect("answers")
        };
        assert_eq!(take(&first, 1), Some(2));
        assert_eq!(take(&first, 0), Some(2), "asked again");
        assert_eq!(take(&second, 1), Some(3));
        fs::remove_dir(&first).expect("is removed");
        let third = directory.path().join("c");
        fs::create_dir(&third).expect("is made");
        assert_eq!(take(&third, 1), Some(2), "the holder is gone");
        assert_eq!(release(&claims, &third).expect("answers"), ["port-2"]);
        assert_eq!(all(&claims).expect("answers").len(), 1);
        assert_eq!(fold(&claims).expect("answers"), Vec::<String>::new(), "one is held");
        release(&claims, &second).expect("answers");
        assert_eq!(fold(&claims).expect("answers").len(), 1);
        assert!(!claims.exists());
    }
}
