//! `cellplane-plane`: see `cellplane-plane --help`.

use std::process::ExitCode;

use clap::Parser as _;
use control_plane::command::Arguments;

#[tokio::main]
async fn main() -> ExitCode {
    control_plane::command::run(Arguments::parse()).await
}
