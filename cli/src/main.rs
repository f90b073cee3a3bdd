//! The program `cellplane`: everything it does is in the library, so that stories run it in process.

use std::process::ExitCode;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    cli::run(std::env::args_os(), cli::Machine::real()).await.into()
}
