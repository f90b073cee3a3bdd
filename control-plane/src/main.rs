//! `cellplane-plane`: see `cellplane-plane --help`.

use std::process::ExitCode;

use clap::Parser as _;
use control_plane::command::Arguments;

/// Answers are made of many small pieces; with the system's allocator they took a quarter of the
/// plane's time.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    control_plane::command::run(Arguments::parse()).await
}
