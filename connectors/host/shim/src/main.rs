//! `cellplane-shim keep` keeps one member's process; `cellplane-shim clean` removes all members of
//! a home. The agent starts the first; `make clean-demo` the second.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use connectors_host_shim::{claim, clean, keeper};

const USAGE: &str = "usage: cellplane-shim keep MEMBER_DIRECTORY
       cellplane-shim clean --root DIRECTORY [--claims DIRECTORY]";
const STOP_TIME: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["keep", directory] => keeper::keep(Path::new(directory), announce),
        ["clean", "--root", root] => clean_home(root, claim::FOLDER),
        ["clean", "--root", root, "--claims", claims] => clean_home(root, claims),
        ["--help"] => say(USAGE),
        _ => Err(io::Error::new(io::ErrorKind::InvalidInput, USAGE)),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where the agent reads the answer, and where a person looks later.
            let _ = say(&error.to_string());
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn clean_home(root: &str, claims: &str) -> io::Result<()> {
    if !rustix::process::geteuid().is_root() {
        let why = "cleaning needs root, since members run as users of their own";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    clean::clean(Path::new(root), Path::new(claims), STOP_TIME, &mut io::stdout())
}

fn say(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

/// Tells the agent that the shim answers, and lets go of everything the agent gave it.
fn announce() -> io::Result<()> {
    say("ready")?;
    io::stdout().flush()?;
    let nothing = File::options().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(&nothing)?;
    rustix::stdio::dup2_stdout(&nothing)?;
    Ok(())
}
