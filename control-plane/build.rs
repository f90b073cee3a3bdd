//! Puts the built portal, or a page that says how to build it, where the program embeds it from.

use std::path::Path;
use std::{env, fs, io};

const PLACEHOLDER: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
<meta name=\"csp-nonce\" content=\"__CSP_NONCE__\"><title>cellplane</title></head>\
<body><h1>cellplane</h1><p>This plane was built without its portal. Run <code>make portal</code> \
and build again. The API and the command line work.</p></body></html>\n";

#[expect(clippy::disallowed_methods, reason = "cargo tells by the environment where to write")]
fn main() -> io::Result<()> {
    let built = Path::new("../portal/dist");
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("cargo sets OUT_DIR"))?;
    let embedded = Path::new(&out).join("portal");
    // Cargo takes a missing path for a changed one and would build for ever anew.
    fs::create_dir_all(built)?;
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=../portal/dist");
    if embedded.exists() {
        fs::remove_dir_all(&embedded)?;
    }
    if built.join("index.html").is_file() {
        return copy(built, &embedded);
    }
    println!("cargo:warning=the portal is not built: run `make portal` to embed it");
    fs::create_dir_all(&embedded)?;
    fs::write(embedded.join("index.html"), PLACEHOLDER)
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        // The build tool's own records are not for browsers.
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
