//! P6: from an order of a real Redis to its first answered request, beside a script that does the
//! same steps by hand; and orders per second through plane and agent with members in memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use types::clock::{Clock as _, SystemClock};

use crate::footprint::{Memory, agent};
use crate::order::person::Person;
use crate::report::{Bound, Report, Row, median, number, ratio};
use crate::stage::{Plane, folder, free_port, program, run as run_program};
use crate::{Length, Outcome};

mod person;
pub mod throughput;

/// Between two looks for the endpoint.
const LOOK: Duration = Duration::from_millis(5);

/// The steps of the product, by hand: a directory for a user of its own, a configuration, the
/// process under that user and its limits, and a probe until it answers.
const BY_HAND: &str = r#"
set -eu
from=$1 to=$2 port=$3 user=$4 program=$5 libraries=$6
mkdir -p -m 711 "$to"
sed -e "s|$(dirname "$from")|$to|g" -e "s|^port .*|port $port|" "$from" >"$to/redis.conf"
chmod 600 "$to/redis.conf"
chown -R "$user:$user" "$to"
password=$(sed -n 's/^requirepass "\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$to/redis.conf")
export LD_LIBRARY_PATH="$libraries"
setsid prlimit --nofile="$(ulimit -Hn)" setpriv --reuid "$user" --regid "$user" --clear-groups --no-new-privs \
  "$program" "$to/redis.conf" >"$to.log" 2>&1 &
echo $! >"$to.pid"
until REDISCLI_AUTH=$password "${program%server}cli" -h 127.0.0.1 -p "$port" PING 2>/dev/null \
  | grep -q PONG; do kill -0 $!; sleep 0.005; done
"#;

/// Measures.
pub async fn run(report: &mut Report, length: Length) -> Outcome {
    throughput::run(report, length).await?;
    first_answer(report, length).await
}

/// From an order to the first answer of a real Redis, beside the script.
pub async fn first_answer(report: &mut Report, length: Length) -> Outcome {
    let folder = folder()?;
    let mut plane = Plane::prepare(folder.path(), None)?;
    plane.license(1_000)?;
    plane.serve().await?;
    let line = plane.join_line("bench")?;
    let agent = agent(&plane, folder.path(), &line).await?;
    let site = Site { folder: folder.path().to_owned() };
    let measured = rounds(report, length, &plane, &site).await;
    let shim = site.shim().and_then(|pid| pid.ok_or_else(|| "no keeper runs".into()));
    let shim = shim.and_then(Memory::of);
    let plane_pid = plane.process.as_ref().map(|running| running.0.id());
    let busy = [Memory::of(agent.0.id())?, Memory::of(plane_pid.ok_or("the plane is down")?)?];
    drop(agent);
    site.clear()?;
    let (ours, theirs) = measured?;
    report.say(&format!(
        "agent {} MiB, plane {} MiB with members",
        number(busy[0].rss),
        number(busy[1].rss)
    ));
    report.row(shim?.row("P8 keeper of a member, MiB", 2.0));
    report.row(Row {
        figure: "P6 order of a Redis to its first answer",
        value: format!("{} ms", number(median(&ours))),
        reference: format!("by hand {} ms", number(median(&theirs))),
        ratio: ratio(&ours, &theirs),
        target: Some(Bound::AtMost(1.5)),
        floor: None,
    });
    Ok(())
}

async fn rounds(
    report: &Report,
    length: Length,
    plane: &Plane,
    site: &Site,
) -> Outcome<(Vec<f64>, Vec<f64>)> {
    let person = Person::sign_in(plane, "dev").await?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for round in 0..=length.rounds() {
        let name = format!("cache-{round}");
        let token = person.preview(&name).await?;
        let began = Instant::now();
        let instance = person.place(&name, &token).await?;
        let (host, port) = endpoint(&person, &instance).await?;
        first_reply(&host, port).await?;
        let our = began.elapsed().as_secs_f64() * 1e3;
        // The work of the order goes on after the first answer; the script must not pay for it.
        person.until_running(&instance).await?;
        let began = Instant::now();
        site.by_hand(round)?;
        let their = began.elapsed().as_secs_f64() * 1e3;
        report.say(&format!(
            "round {round}: order {} ms, by hand {} ms",
            number(our),
            number(their)
        ));
        // The first order brings the media.
        if round > 0 {
            ours.push(our);
            theirs.push(their);
        }
    }
    Ok((ours, theirs))
}

async fn endpoint(person: &Person, instance: &str) -> Outcome<(String, u16)> {
    let began = Instant::now();
    loop {
        if let Some(endpoint) = person.endpoint(instance).await? {
            return Ok(endpoint);
        }
        if began.elapsed() > Duration::from_secs(180) {
            return Err("the order never got an endpoint".into());
        }
        SystemClock.sleep(LOOK).await;
    }
}

/// Waits until Redis answers anything, as a client that tries again would.
async fn first_reply(host: &str, port: u16) -> Outcome {
    let began = Instant::now();
    loop {
        if let Ok(mut stream) = TcpStream::connect((host, port)).await {
            stream.write_all(b"PING\r\n").await?;
            let mut reply = [0; 64];
            if stream.read(&mut reply).await.unwrap_or_default() > 0 {
                return Ok(());
            }
        }
        if began.elapsed() > Duration::from_secs(30) {
            return Err("Redis never answered".into());
        }
        SystemClock.sleep(Duration::from_millis(1)).await;
    }
}

/// What the agent made on this host.
struct Site {
    folder: PathBuf,
}

impl Site {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn find(&self, below: &str, name: &str) -> Outcome<PathBuf> {
        let mut find = Command::new("find");
        find.arg(self.path(below)).args(["-path", name]);
        let found = run_program(&mut find)?;
        let first = found.lines().next().ok_or_else(|| format!("there is no {name}"))?;
        Ok(first.into())
    }

    /// The same by hand, with the configuration that the product wrote for its first member.
    fn by_hand(&self, round: usize) -> Outcome {
        let configuration = self.find("host/members", "*/data/redis.conf")?;
        let program = self.find("host/media", "*/bin/redis-server")?;
        let libraries = program.ancestors().nth(3).unwrap_or(Path::new("/"));
        let libraries = libraries.join("usr/lib/x86_64-linux-gnu");
        let user = (64_000 + round).to_string();
        let mut script = Command::new("sh");
        script.args(["-c", BY_HAND, "sh"]).arg(&configuration);
        script.arg(self.path(&format!("by-hand-{round}"))).arg(free_port()?).arg(user);
        run_program(script.arg(&program).arg(&libraries))?;
        Ok(())
    }

    /// The keeper of one member.
    fn shim(&self) -> Outcome<Option<u32>> {
        let root = self.path("host").display().to_string();
        for entry in fs::read_dir("/proc")?.flatten() {
            let Ok(pid) = entry.file_name().to_string_lossy().parse() else { continue };
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            if line.contains("cellplane-shim") && line.contains(&root) {
                return Ok(Some(pid));
            }
        }
        Ok(None)
    }

    /// Removes all members, and those that were made by hand.
    fn clear(&self) -> Outcome {
        for entry in fs::read_dir(&self.folder)?.flatten() {
            if entry.path().extension().is_some_and(|end| end == "pid") {
                let pid = fs::read_to_string(entry.path())?;
                // It may have ended by itself.
                let _ = run_program(Command::new("kill").arg(pid.trim()));
            }
        }
        let mut clean = Command::new(program("cellplane-shim")?);
        clean.arg("clean").arg("--root").arg(self.path("host"));
        run_program(clean.arg("--claims").arg(self.path("claims")))?;
        Ok(())
    }
}
