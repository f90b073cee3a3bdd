//! P8: how soon the plane is ready, and how much memory plane and agent take while nothing happens.
//! The keeper of a member is measured with P6, where members run.

use std::fs;
use std::process::Command;
use std::time::Duration;

use types::clock::{Clock as _, SystemClock};

use crate::report::{Bound, Report, Row, median, number};
use crate::stage::{Plane, Running, folder, program, until};
use crate::{Length, Outcome};

/// How long a program is left alone before it is looked at.
const CALM: Duration = Duration::from_secs(4);

/// What a process takes, in MiB.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Memory {
    /// Resident, shared pages counted whole.
    pub rss: f64,
    /// Resident, shared pages counted in part.
    pub pss: f64,
}

impl Memory {
    /// Of a process that runs.
    pub fn of(pid: u32) -> Outcome<Self> {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        let mib = |name: &str| -> Outcome<f64> {
            let line =
                text.lines().find_map(|line| line.strip_prefix(name)).ok_or("no such line")?;
            let kib: f64 = line.trim().trim_end_matches(" kB").parse()?;
            Ok(kib / 1024.0)
        };
        Ok(Self { rss: mib("Rss:")?, pss: mib("Pss:")? })
    }

    /// The row of a process.
    pub fn row<'a>(&self, figure: &'a str, at_most: f64) -> Row<'a> {
        Row {
            figure,
            value: format!("{} MiB", number(self.rss)),
            reference: format!("PSS {} MiB", number(self.pss)),
            ratio: self.rss,
            target: Some(Bound::AtMost(at_most)),
            floor: None,
        }
    }
}

/// Measures.
pub async fn run(report: &mut Report, length: Length) -> Outcome {
    let folder = folder()?;
    let mut plane = Plane::prepare(folder.path(), None)?;
    let mut ready = Vec::new();
    for _ in 0..length.rounds() {
        plane.kill();
        let _ = fs::remove_file(plane.file("addresses.json"));
        plane.serve().await?;
        ready.push(plane.ready_after.as_secs_f64());
    }
    let line = plane.join_line("bench")?;
    let agent = agent(&plane, folder.path(), &line).await?;
    SystemClock.sleep(CALM).await;
    let pid = plane.process.as_ref().map(|running| running.0.id()).ok_or("the plane is down")?;
    let agent = Memory::of(agent.0.id())?.row("P8 agent idle, MiB", 15.0);
    report.row(agent);
    report.row(Memory::of(pid)?.row("P8 plane idle, MiB", 40.0));
    report.row(Row {
        figure: "P8 plane ready, s",
        value: format!("{} s", number(median(&ready))),
        reference: "-".to_owned(),
        ratio: median(&ready),
        target: Some(Bound::AtMost(1.0)),
        floor: None,
    });
    Ok(())
}

/// An enrolled agent of a host.
pub async fn agent(plane: &Plane, folder: &std::path::Path, line: &str) -> Outcome<Running> {
    let (token, config) = (folder.join("join-token"), folder.join("agent.toml"));
    fs::write(&token, line)?;
    let path = |name: &str| folder.join(name).display().to_string();
    let settings = format!(
        "[state]\ndirectory = \"{}\"\n[host]\ndirectory = \"{}\"\nclaims_directory = \"{}\"\n\
         shim = \"{}\"\n[log]\nfilter = \"warn\"\n",
        path("agent"),
        path("host"),
        path("claims"),
        program("cellplane-shim")?.display()
    );
    fs::write(&config, settings)?;
    let log = fs::File::create(folder.join("agent.log"))?;
    let mut command = Command::new(program("cellplane-agent")?);
    command.arg("--config").arg(&config).args(["run", "--join-token-file"]).arg(&token);
    let agent = Running(command.stdout(log.try_clone()?).stderr(log).spawn()?);
    let is_heard = async || {
        let cells = plane.command(&["cell", "list"]).unwrap_or_default();
        cells.contains("enrolled") && !cells.contains("never")
    };
    until("the agent's first report", is_heard).await?;
    Ok(agent)
}
