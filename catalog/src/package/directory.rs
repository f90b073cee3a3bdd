//! Reads a package's folder.

use std::collections::BTreeMap;
use std::path::Path;

use super::error::PackageError;

const FILES_MAX: usize = 200;
const FILE_BYTES_MAX: u64 = 1 << 20;

/// All files below the folder by their paths, with `/` between the parts.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>, PackageError> {
    let mut files = BTreeMap::new();
    let mut open = vec![String::new()];
    while let Some(below) = open.pop() {
        let entries =
            std::fs::read_dir(folder.join(&below)).map_err(|error| wrong(&below, &error))?;
        for entry in entries {
            let entry = entry.map_err(|error| wrong(&below, &error))?;
            let name = entry.file_name();
            let name = name
                .to_str()
                .ok_or_else(|| PackageError::of_file(&below, "holds a name that is not UTF-8"))?;
            let path = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
            let about = entry.metadata().map_err(|error| wrong(&path, &error))?;
            if about.is_dir() {
                open.push(path);
            } else if !about.is_file() {
                return Err(PackageError::of_file(&path, "is neither a file nor a folder"));
            } else if about.len() > FILE_BYTES_MAX {
                return Err(PackageError::of_file(&path, "is larger than 1 MiB"));
            } else if files.len() == FILES_MAX {
                return Err(PackageError::of_file(&path, "is one more than 200 files"));
            } else {
                let content = std::fs::read(entry.path()).map_err(|error| wrong(&path, &error))?;
                files.insert(path, content);
            }
        }
    }
    Ok(files)
}

fn wrong(path: &str, error: &std::io::Error) -> PackageError {
    PackageError::of_file(if path.is_empty() { "." } else { path }, error.to_string())
}
