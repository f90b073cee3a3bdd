//! Writes down which fields of the committed schema are lists, for the limits of queries.

use std::path::Path;
use std::{env, fs, io};

#[path = "build/lists.rs"]
mod lists;

#[expect(clippy::disallowed_methods, reason = "cargo tells by the environment where to write")]
fn main() -> io::Result<()> {
    for file in ["build.rs", "build/lists.rs", "schema.graphql"] {
        println!("cargo:rerun-if-changed={file}");
    }
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    let names = lists::names(&fs::read_to_string("schema.graphql")?);
    let (pages, short) = (Vec::from_iter(names.pages), Vec::from_iter(names.short));
    let written =
        format!("const PAGES: &[&str] = &{pages:?};\nconst OF_OBJECTS: &[&str] = &{short:?};\n");
    fs::write(Path::new(&out).join("lists.rs"), written)
}
