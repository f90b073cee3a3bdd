//! The runtime of a host with real products from Debian. Needs root and a package source.

#[path = "../../../tests/src/disk.rs"]
mod disk;
#[path = "host/full.rs"]
mod full;
#[path = "host/memcached.rs"]
mod memcached;
#[path = "host/nginx.rs"]
mod nginx;
#[path = "host/preflight.rs"]
mod preflight;
#[path = "host/product.rs"]
mod product;
#[path = "host/stage.rs"]
mod stage;

use std::net::TcpListener;
use std::time::Duration;

use catalog::recipe::Question;
use connectors::contract::{self, NoLog, Stage};
use connectors::runtime::{ConnectorError, ProcessState};
use connectors_host::RestartRule;
use connectors_host_shim::durable;
use connectors_host_shim::record::{KeepRecord, Wish};
use types::clock::{Clock, SystemClock};
use types::instant::Instant;
use types::size::Size;

use stage::{Host, signal_kill};

#[tokio::test]
async fn the_host_runtime_holds_the_contract() {
    contract::holds(&Host::new().await).await;
}

#[tokio::test]
async fn redis_runs_as_its_own_user_and_as_no_service() {
    let host = Host::new().await;
    let (recipe, seen) = contract::started(&host).await;
    contract::until_healthy(&host, &recipe).await;
    let pid = seen.pid.expect("it runs");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it is there");
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("is there");
        line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let user: u32 = field("Uid:")[0].parse().expect("a number");
    assert!((61_000..=64_999).contains(&user), "{user}");
    assert!(field("Uid:").iter().chain(&field("Gid:")).all(|id| *id == user.to_string()));
    assert_eq!(field("Groups:"), Vec::<String>::new());
    assert_eq!(field("NoNewPrivs:"), ["1"]);
    assert_eq!(field("CapEff:"), ["0000000000000000"]);
    assert!(field("Name:")[0].starts_with("redis-server"));
    assert!(!std::path::Path::new("/etc/init.d/redis-server").exists(), "nothing was installed");
    let program = std::fs::read_link(format!("/proc/{pid}/exe")).expect("it is there");
    assert!(program.starts_with(&host.config.media), "{}", program.display());
}

#[tokio::test]
async fn what_is_installed_is_recorded_and_not_fetched_again() {
    let host = Host::new().await;
    let (runtime, medium) = (host.runtime(), host.medium());
    let first = runtime.install(&medium, &NoLog).await.expect("it is installed");
    assert!(first.version.contains(":7.0."), "{}", first.version);
    assert_eq!((first.digest.len(), first.trust.as_str()), (64, "apt signature chain"));
    let (again, reopened) = (host.runtime(), host.reopened());
    let (second, third) =
        tokio::join!(again.install(&medium, &NoLog), reopened.install(&medium, &NoLog));
    assert_eq!((second, third), (Ok(first.clone()), Ok(first)));
}

#[tokio::test]
async fn a_version_that_is_not_offered_is_refused() {
    let host = Host::with(|config| config.media = config.root.join("media")).await;
    let mut medium = host.medium();
    (medium.software_version, medium.version_prefix) = ("6.9".to_owned(), "6.9.".to_owned());
    let error = host.runtime().install(&medium, &NoLog).await.expect_err("nobody offers it");
    assert!(is(&error, "VERSION_NOT_OFFERED"), "{error}");
    medium.main_package = "cellplane-no-such-package".to_owned();
    let error = host.runtime().install(&medium, &NoLog).await.expect_err("nobody offers it");
    assert!(is(&error, "PACKAGE_NOT_FOUND"), "{error}");
    medium.main_package = "--option".to_owned();
    let error = host.runtime().install(&medium, &NoLog).await.expect_err("it is no name");
    assert!(is(&error, "MEDIUM_WRONG"), "{error}");
    let left = std::fs::read_dir(&host.config.media).expect("the store").count();
    assert_eq!(left, 1, "nothing but its lock is left in the store");
}

#[tokio::test]
async fn a_killed_shim_is_replaced_while_redis_answers() {
    let host = Host::new().await;
    let (recipe, seen) = contract::started(&host).await;
    contract::until_healthy(&host, &recipe).await;
    let shim = host.shim_pid(recipe.id);
    signal_kill(shim);
    host.until_gone(shim).await;
    let (runtime, medium) = (host.reopened(), host.medium());
    let output = runtime.ask(recipe.id, &medium, &recipe.health.question).await.expect("it runs");
    assert_eq!(output.stdout.trim(), "PONG", "Redis does not notice");
    assert_eq!(runtime.see(recipe.id).await, Ok(seen.clone()), "the same process");
    let next = host.shim_pid(recipe.id);
    assert_ne!(next, shim);
    assert_eq!(host.processes_of(recipe.id).len(), 1, "one process");
    // The new shim did not start this process, and yet it keeps it.
    host.crash(recipe.id).await;
    let back = contract::until(&host, recipe.id, |now| {
        now.process == ProcessState::Running && now.pid != seen.pid
    })
    .await;
    assert_eq!(back.restarts, 1);
    contract::until_healthy(&host, &recipe).await;
    assert_eq!(host.processes_of(recipe.id).len(), 1, "one process");
}

#[tokio::test]
async fn a_process_whose_shim_died_before_it_wrote_it_down_is_found() {
    let host = Host::new().await;
    let (recipe, seen) = contract::started(&host).await;
    contract::until_healthy(&host, &recipe).await;
    let shim = host.shim_pid(recipe.id);
    signal_kill(shim);
    host.until_gone(shim).await;
    let directory = host.directory(recipe.id);
    // The wish is all that it had written down.
    for later in [directory.child(), directory.journal(), directory.keep()] {
        std::fs::remove_file(later).expect("the record is there");
    }
    let wished = KeepRecord { wish: Wish::Running, ..KeepRecord::default() };
    durable::write_json(&directory.keep(), &wished).expect("it is written");
    let runtime = host.reopened();
    runtime.start(&recipe, &host.medium(), &NoLog).await.expect("it is found");
    let found = runtime.see(recipe.id).await.expect("it is seen");
    assert_eq!(found.pid, seen.pid, "never started twice");
    assert_eq!(host.processes_of(recipe.id).len(), 1, "one process");
}

#[tokio::test]
async fn however_often_shims_are_killed_there_is_one_process() {
    let host = Host::new().await;
    let (runtime, medium) = (host.runtime(), host.medium());
    runtime.install(&medium, &NoLog).await.expect("it is installed");
    let place = runtime.place(&contract::request(), &NoLog).await.expect("it is placed");
    let recipe = host.recipe(&place);
    runtime.write(&recipe, &NoLog).await.expect("it is written");
    for turn in 0..40_u64 {
        let kill = async {
            // From "has hardly begun" to "has started the process".
            SystemClock.sleep(Duration::from_micros(turn * 500)).await;
            host.kill_shims(recipe.id);
        };
        let (_, ()) = tokio::join!(runtime.start(&recipe, &medium, &NoLog), kill);
        let roots = host.processes_of(recipe.id);
        assert!(roots.len() <= 1, "turn {turn}: {roots:?}");
        if turn % 2 == 0 {
            connectors_host_shim::process::kill(&roots);
        }
    }
    runtime.start(&recipe, &medium, &NoLog).await.expect("left alone, it starts");
    contract::until_healthy(&host, &recipe).await;
    assert_eq!(host.processes_of(recipe.id).len(), 1, "one process");
    let journal = runtime.journal(recipe.id, Instant::default()).await.expect("is there");
    assert!(journal.is_sorted_by(|first, second| first.at < second.at), "{journal:?}");
}

#[tokio::test]
async fn shim_and_process_killed_together_come_back() {
    let host = Host::new().await;
    let (recipe, seen) = contract::started(&host).await;
    contract::until_healthy(&host, &recipe).await;
    let shim = host.shim_pid(recipe.id);
    signal_kill(shim);
    host.until_gone(shim).await;
    host.crash(recipe.id).await;
    let back = contract::until(&host, recipe.id, |now| {
        now.process == ProcessState::Running && now.pid != seen.pid
    })
    .await;
    assert_eq!(back.restarts, 1);
    let journal = host.runtime().journal(recipe.id, Instant::default()).await.expect("is there");
    let states: Vec<ProcessState> = journal.iter().map(|change| change.process).collect();
    assert_eq!(states, [ProcessState::Running, ProcessState::Backoff, ProcessState::Running]);
}

#[tokio::test]
async fn after_a_reboot_nothing_is_taken_for_the_process() {
    let host = Host::new().await;
    let (recipe, _) = contract::started(&host).await;
    let runtime = host.runtime();
    signal_kill(host.shim_pid(recipe.id));
    host.crash(recipe.id).await;
    // What the boot before left on disk, with a number that another process has by now.
    let directory = host.directory(recipe.id);
    let text = std::fs::read_to_string(directory.child()).expect("the record is there");
    let mut child: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    let own = connectors_host_shim::process::see(std::process::id()).expect("it is there");
    child["pid"] = own.pid.into();
    child["start_time"] = own.start_time.into();
    child["boot_id"] = "another boot".into();
    std::fs::write(directory.child(), child.to_string()).expect("it is written");
    let seen = contract::until(&host, recipe.id, |now| {
        now.process == ProcessState::Running && now.restarts == 1
    })
    .await;
    assert_ne!(seen.pid, Some(own.pid));
    runtime.stop(recipe.id, &NoLog).await.expect("it is stopped");
}

#[tokio::test]
async fn a_member_that_never_stands_is_given_up() {
    let rule = RestartRule { ends_max: 3, first_pause_ms: 5, ..RestartRule::default() };
    let host = Host::with(|config| config.restart = rule).await;
    let (runtime, medium) = (host.runtime(), host.medium());
    runtime.install(&medium, &NoLog).await.expect("it is installed");
    let place = runtime.place(&contract::request(), &NoLog).await.expect("it is placed");
    let mut recipe = host.recipe(&place);
    recipe.process.argv.push("--no-such-option".to_owned());
    runtime.write(&recipe, &NoLog).await.expect("it is written");
    runtime.start(&recipe, &medium, &NoLog).await.expect("it is started");
    let seen = contract::until(&host, recipe.id, |now| now.process == ProcessState::GivenUp).await;
    let last = seen.last_exit.expect("it says why");
    assert!(last.contains("exit code 1") && last.contains("Bad directive"), "{last}");
    assert_eq!((seen.pid, seen.restarts), (None, 2));
    let lines = runtime.last_lines(recipe.id).await.expect("its log is read");
    assert!(lines.iter().any(|line| line.contains("Bad directive")), "{lines:?}");
    let recipe = host.recipe(&place);
    runtime.start(&recipe, &medium, &NoLog).await.expect("somebody starts it again");
    contract::until_healthy(&host, &recipe).await;
}

#[tokio::test]
async fn a_taken_port_is_passed_over() {
    // Ports of its own: what is taken here must not be what another test has just chosen.
    let host = Host::with(|config| config.ports = 24_900..=24_999).await;
    let first = host.runtime().place(&contract::request(), &NoLog).await.expect("it is placed");
    let next = first.endpoint.port + 1;
    let _taken = TcpListener::bind(("127.0.0.1", next)).expect("nobody has it");
    let second = host.runtime().place(&contract::request(), &NoLog).await.expect("it is placed");
    assert_eq!(second.endpoint.port, next + 1);
}

/// Even if a program that is being started at this moment has a copy of it.
fn give_back(port: &TcpListener) {
    rustix::net::shutdown(port, rustix::net::Shutdown::Both).expect("it listens");
}

#[tokio::test]
async fn a_port_that_was_taken_after_it_was_chosen_is_told() {
    let host = Host::new().await;
    let (runtime, medium) = (host.runtime(), host.medium());
    runtime.install(&medium, &NoLog).await.expect("it is installed");
    let place = runtime.place(&contract::request(), &NoLog).await.expect("it is placed");
    let recipe = host.recipe(&place);
    runtime.write(&recipe, &NoLog).await.expect("it is written");
    let address = ("127.0.0.1", place.endpoint.port);
    let thief = TcpListener::bind(address).expect("nobody has it yet");
    let error = runtime.start(&recipe, &medium, &NoLog).await.expect_err("it is taken");
    assert!(matches!(error, ConnectorError::Refused { code: "PORT_TAKEN", .. }), "{error}");
    assert_eq!(host.processes_of(recipe.id).len(), 0, "nothing was started");
    give_back(&thief);
    runtime.start(&recipe, &medium, &NoLog).await.expect("it is free again");
    contract::until_healthy(&host, &recipe).await;
    runtime.start(&recipe, &medium, &NoLog).await.expect("its own process is no thief");
    runtime.stop(recipe.id, &NoLog).await.expect("it is stopped");
    let thief = TcpListener::bind(address).expect("nobody has it");
    let error = runtime.start(&recipe, &medium, &NoLog).await.expect_err("it is taken");
    assert!(matches!(error, ConnectorError::Unavailable { code: "PORT_TAKEN", .. }), "{error}");
    give_back(&thief);
    runtime.start(&recipe, &medium, &NoLog).await.expect("it is free again");
    contract::until_healthy(&host, &recipe).await;
}

#[tokio::test]
async fn a_place_that_was_broken_off_is_completed_with_the_same_numbers() {
    let host = Host::new().await;
    let request = contract::request();
    let place = host.runtime().place(&request, &NoLog).await.expect("it is placed");
    let directory = host.directory(request.member);
    std::fs::remove_file(directory.place()).expect("it is there");
    std::fs::remove_dir(directory.content()).expect("it is there");
    let listed = host.runtime().list().await.expect("members are listed");
    assert_eq!(listed, [request.member], "half a place can be removed");
    assert_eq!(host.runtime().see(request.member).await, Err(ConnectorError::NotFound));
    assert_eq!(host.runtime().place(&request, &NoLog).await, Ok(place));
}

#[tokio::test]
async fn without_a_free_port_a_place_is_refused() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("is bound").port();
    let host = Host::with(|config| config.ports = port..=port).await;
    let error = host.runtime().place(&contract::request(), &NoLog).await.expect_err("is taken");
    assert!(is(&error, "NO_FREE_PORT"), "{error}");
    let host = Host::with(|config| config.users = 0..=0).await;
    let error = host.runtime().place(&contract::request(), &NoLog).await.expect_err("is taken");
    assert!(is(&error, "NO_FREE_USER"), "{error}");
}

#[tokio::test]
async fn a_root_that_users_cannot_reach_is_refused() {
    let closed = tempfile::tempdir().expect("a directory");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    std::fs::set_permissions(closed.path(), mode).expect("it is closed");
    let opened = Host::open_at(&closed.path().join("home"));
    let error = opened.map(drop).expect_err("it is closed");
    assert!(is(&error, "DIRECTORY_NOT_REACHABLE"), "{error}");
}

#[tokio::test]
async fn removing_leaves_nothing() {
    let host = Host::new().await;
    let (recipe, _) = contract::started(&host).await;
    contract::until_healthy(&host, &recipe).await;
    assert!(!host.leftovers().await.is_empty());
    host.runtime().remove(recipe.id, &NoLog).await.expect("it is removed");
    assert_eq!(host.leftovers().await, Vec::<String>::new());
}

#[tokio::test]
async fn cleaning_without_an_agent_leaves_nothing() {
    let host = Host::new().await;
    let (recipe, seen) = contract::started(&host).await;
    let output = host.clean();
    assert!(output.ends_with("nothing is left\n"), "{output}");
    assert!(output.contains(&recipe.id.to_string()), "{output}");
    let pid = seen.pid.expect("it ran");
    assert_eq!(connectors_host_shim::process::see_alive(pid, 0), None);
    assert!(!host.config.root.exists());
}

#[tokio::test]
async fn a_command_is_bounded_in_time_and_output() {
    let host = Host::new().await;
    let (recipe, _) = contract::started(&host).await;
    contract::until_healthy(&host, &recipe).await;
    let Question::Command(mut command) = recipe.health.question.clone() else {
        panic!("Redis is asked by a program")
    };
    command.argv.truncate(3);
    command.argv.extend(["BLPOP", "nothing", "0"].map(str::to_owned));
    command.timeout_ms = 200;
    let runtime = host.runtime();
    let output = runtime.run(recipe.id, &host.medium(), &command).await.expect("it is run");
    assert_eq!(output.code, None, "given up on: {output:?}");
    command.argv.truncate(3);
    command.argv.extend(["EVAL", "return string.rep('x', 100000)", "0"].map(str::to_owned));
    command.timeout_ms = 5_000;
    let output = runtime.run(recipe.id, &host.medium(), &command).await.expect("it is run");
    assert_eq!((output.code, output.stdout.len()), (Some(0), 64 * 1024));
    command.argv[0] = "../../bin/sh".to_owned();
    let error = runtime.run(recipe.id, &host.medium(), &command).await.expect_err("is outside");
    assert!(is(&error, "PROGRAM_MISSING"), "{error}");
}

#[tokio::test]
async fn a_link_in_the_members_directory_is_never_followed() {
    let host = Host::new().await;
    let place = host.runtime().place(&contract::request(), &NoLog).await.expect("it is placed");
    let outside = tempfile::tempdir().expect("a directory");
    let victim = outside.path().join("redis.conf");
    std::fs::write(&victim, "untouched").expect("it is written");
    let recipe = host.recipe(&place);
    let own = std::path::Path::new(&place.directory);
    std::os::unix::fs::symlink(&victim, own.join("redis.conf")).expect("a link");
    std::os::unix::fs::symlink(outside.path(), own.join("conf")).expect("a link");
    assert_eq!(host.runtime().write(&recipe, &NoLog).await, Ok(true));
    assert!(own.join("redis.conf").symlink_metadata().is_ok_and(|found| found.is_file()));
    let mut below = recipe.clone();
    below.files[0].path = "conf/redis.conf".to_owned();
    assert!(host.runtime().write(&below, &NoLog).await.is_err(), "a folder that is a link");
    assert_eq!(std::fs::read_to_string(&victim).expect("it is there"), "untouched");
}

#[tokio::test]
async fn a_shim_is_small() {
    let host = Host::new().await;
    let (recipe, _) = contract::started(&host).await;
    let status = format!("/proc/{}/status", host.shim_pid(recipe.id));
    let status = std::fs::read_to_string(status).expect("it is there");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("is there");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    assert!(kib <= 2_048, "{kib} KiB");
}

#[tokio::test]
async fn size_and_owner_are_noted_for_people() {
    let host = Host::new().await;
    let mut request = contract::request();
    request.size = Size { millivcpu: 250, memory_mib: 32, storage_mib: 64 };
    host.runtime().place(&request, &NoLog).await.expect("it is placed");
    let text = std::fs::read_to_string(host.directory(request.member).place()).expect("is there");
    assert!(text.contains("\"memory_mib\":32") && text.contains("\"contract\""), "{text}");
}

fn is(error: &ConnectorError, expected: &str) -> bool {
    match error {
        ConnectorError::Unavailable { code, .. } | ConnectorError::Refused { code, .. } => {
            *code == expected
        }
        ConnectorError::NotFound => false,
    }
}

/// Kept here so that the bound of every wait is one number.
const PAUSE: Duration = Duration::from_millis(20);
