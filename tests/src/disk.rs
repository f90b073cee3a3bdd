//! A small disk of its own for a test, to be filled and made read-only: a tmpfs, so tests that use
//! it run as root.
//!
//! Also included by path into the tests of packages below this one; so nothing here may need more
//! than the standard library and `tempfile`.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A mounted disk; unmounted when dropped.
#[derive(Debug)]
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts a disk of so many MiB. None, and a loud word, where nothing may be mounted; never
    /// where `CI` is set.
    ///
    /// # Panics
    /// If nothing may be mounted in CI.
    #[expect(clippy::disallowed_methods, reason = "whether this is CI is told by the environment")]
    pub fn mount(mebibytes: u32) -> Option<Self> {
        let directory = tempfile::Builder::new().prefix("cellplane-disk-").tempdir();
        let directory = directory.expect("make a directory").keep();
        let size = format!("size={mebibytes}m,mode=0755");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(&directory);
        let mount = mount.output().expect("run mount");
        if mount.status.success() {
            return Some(Self(directory));
        }
        let why = String::from_utf8_lossy(&mount.stderr).into_owned();
        assert!(std::env::var_os("CI").is_none(), "a disk of its own is needed: {why}");
        let _ = fs::remove_dir(&directory);
        let mut said = std::io::stderr();
        let _ = writeln!(said, "SKIPPED, NOTHING WAS TESTED: run as root to mount a disk: {why}");
        None
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Fills it to the last byte.
    ///
    /// # Panics
    /// If that fails for another reason than want of room.
    pub fn fill(&self) {
        let file = OpenOptions::new().append(true).create(true).open(self.filler());
        let mut file: File = file.expect("the disk takes a file");
        for piece in [64 * 1024, 4096, 1] {
            let piece = vec![b'x'; piece];
            loop {
                match file.write_all(&piece) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::StorageFull => break,
                    Err(error) => panic!("fill the disk: {error}"),
                }
            }
        }
    }

    /// Gives back the room that filling took.
    ///
    /// # Panics
    /// If it cannot.
    pub fn make_room(&self) {
        fs::remove_file(self.filler()).expect("the filler is removed");
    }

    /// Lets nobody write, or everybody again. Nobody may have a file open for writing.
    ///
    /// # Panics
    /// If it cannot be remounted.
    pub fn set_read_only(&self, is_read_only: bool) {
        let how = if is_read_only { "remount,ro" } else { "remount,rw" };
        let mount = Command::new("mount").args(["-o", how]).arg(&self.0).output();
        let mount = mount.expect("run mount");
        let why = String::from_utf8_lossy(&mount.stderr);
        assert!(mount.status.success(), "{how}: {why}");
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open there goes on undisturbed.
        let unmounted = Command::new("umount").arg("--lazy").arg(&self.0).status();
        if unmounted.is_ok_and(|status| status.success()) {
            let _ = fs::remove_dir(&self.0);
        }
    }
}
