//! Compares as many decisions of the index with those of Casbin's own evaluator as asked for.

#[path = "../tests/oracle/compare.rs"]
mod compare;

use std::io::Write as _;

use compare::Tally;

#[tokio::main]
async fn main() -> Result<(), String> {
    let asked = std::env::args().nth(1).and_then(|asked| asked.parse().ok());
    let asked = asked.ok_or("say how many decisions to compare, e.g. 10000000")?;
    let Tally { decisions, allowed, worlds } = Tally::until(asked).await;
    let said = format!("{decisions} decisions in {worlds} worlds, {allowed} allowed");
    let written = writeln!(std::io::stdout(), "{said}: no difference");
    written.map_err(|error| format!("write what was found: {error}"))
}
