//! The program `cellplane-agent`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The first provider stays; a second call would only say that there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    cell_agent::command::main(std::env::args_os())
}
