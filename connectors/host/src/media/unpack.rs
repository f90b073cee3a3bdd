//! Unpacks fetched packages after their digests were compared with the signed lists.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use connectors::runtime::ConnectorError;
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::Unpacked;
use super::apt::Chosen;
use crate::failure;

/// Where the files of all packages are put, below the folder of the downloads.
pub const TREE: &str = "tree";

/// Unpacks the packages in the folder into one tree and says what they are.
pub fn unpack(folder: &Path, chosen: &[Chosen]) -> Result<Vec<Unpacked>, ConnectorError> {
    let failed = |error: io::Error| failure::io("unpack the medium", &error);
    let tree = folder.join(TREE);
    crate::place::make_directory(&tree, 0o755).map_err(failed)?;
    let mut unpacked = Vec::new();
    for package in chosen {
        let archive = archive_of(folder, &package.name).map_err(failed)?;
        let sha256 = digest(&archive).map_err(failed)?;
        if sha256 != package.sha256 {
            return Err(failure::refused(
                "MEDIUM_NOT_TRUSTED",
                format!(
                    "{} {} has the digest {sha256}, and the signed list says {}",
                    package.name, package.version, package.sha256
                ),
            ));
        }
        let output = Command::new("dpkg-deb").arg("-x").arg(&archive).arg(&tree).output();
        let output = output.map_err(failed)?;
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            // A full disk is what usually breaks this; the next round tells whether it is over.
            let code = if why.contains("No space left") { "DISK_FULL" } else { "UNPACK_FAILED" };
            return Err(failure::unavailable(code, format!("unpack {}: {why}", package.name)));
        }
        let (name, version) = (package.name.clone(), package.version.clone());
        unpacked.push(Unpacked { name, version, sha256 });
    }
    take_rights(&tree).map_err(failed)?;
    Ok(unpacked)
}

fn archive_of(folder: &Path, name: &str) -> io::Result<PathBuf> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned());
        if file.is_some_and(|file| file.starts_with(&format!("{name}_")) && file.ends_with(".deb"))
        {
            return Ok(path);
        }
    }
    Err(io::Error::new(io::ErrorKind::NotFound, format!("apt left no file for {name}")))
}

fn digest(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(path)?, &mut Hashing(&mut hasher))?;
    Ok(HEXLOWER.encode(&hasher.finalize()))
}

struct Hashing<'a>(&'a mut Sha256);

impl io::Write for Hashing<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.0.update(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes away set-user and set-group bits: the tree belongs to root and every user can reach it.
fn take_rights(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let found = entry.metadata()?;
        if found.is_symlink() {
            continue;
        }
        let mode = found.permissions().mode();
        if mode & 0o6000 != 0 {
            fs::set_permissions(entry.path(), fs::Permissions::from_mode(mode & 0o1777))?;
        }
        if found.is_dir() {
            take_rights(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A real archive of one file, and what a signed list would say of it.
    fn archive(folder: &Path) -> Chosen {
        let content = folder.join("content");
        fs::create_dir_all(content.join("DEBIAN")).expect("a folder");
        fs::create_dir_all(content.join("usr/bin")).expect("a folder");
        fs::write(content.join("usr/bin/product"), "the product").expect("a file");
        let control = "Package: product\nVersion: 1\nArchitecture: all\nMaintainer: nobody\n\
                       Description: a product\n";
        fs::write(content.join("DEBIAN/control"), control).expect("a file");
        let file = folder.join("product_1_all.deb");
        let built = Command::new("dpkg-deb").arg("-b").arg(&content).arg(&file).output();
        assert!(built.expect("dpkg-deb runs").status.success());
        let sha256 = digest(&file).expect("a digest");
        Chosen { name: "product".to_owned(), version: "1".to_owned(), sha256 }
    }

    #[test]
    fn an_archive_with_another_digest_is_not_unpacked() {
        let folder = tempfile::tempdir().expect("a folder");
        let chosen = archive(folder.path());
        let file = folder.path().join("product_1_all.deb");
        let mut bytes = fs::read(&file).expect("a file");
        *bytes.last_mut().expect("bytes") ^= 1;
        fs::write(&file, bytes).expect("a file");
        let error = unpack(folder.path(), std::slice::from_ref(&chosen)).expect_err("is changed");
        let ConnectorError::Refused { code, message } = error else { panic!("no retry: {error}") };
        assert_eq!((code, message.contains(&chosen.sha256)), ("MEDIUM_NOT_TRUSTED", true));
        assert!(!folder.path().join("tree/usr").exists(), "nothing of it is there");
    }

    #[test]
    fn an_archive_with_its_digest_is_unpacked() {
        let folder = tempfile::tempdir().expect("a folder");
        let chosen = archive(folder.path());
        let unpacked = unpack(folder.path(), &[chosen]).expect("it is unpacked");
        assert_eq!((unpacked.len(), unpacked[0].name.as_str()), (1, "product"));
        assert!(folder.path().join("tree/usr/bin/product").is_file());
    }
}
