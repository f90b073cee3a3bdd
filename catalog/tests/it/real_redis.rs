//! What the package `redis` says about parameters, held against Debian's Redis 7.0: every value at
//! both ends of its range is accepted, every hot one can be set while running, none of the others.
//!
//! Fetches the packages with apt once and unpacks them; nothing is installed. Fails where apt
//! cannot, since a fact that nobody checked is none.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use catalog::form::{self, Values};
use catalog::parameter::{Effect, Kind, Parameter};
use catalog::recipe::{self, Expect, Question, Surroundings};
use serde_json::{Value, json};
use tempfile::TempDir;
use types::instance::InstanceSpec;
use types::secret::Secret;
use types::size::Size;

use crate::fixture::{PASSWORD, SMALL, places, redis, specification, values};

/// Of the libraries that Redis needs, those that Debian does not put on every machine.
const PACKAGES: [&str; 5] =
    ["redis-server", "redis-tools", "libatomic1", "liblzf1", "libjemalloc2"];

/// The unpacked medium.
fn medium() -> &'static Path {
    static MEDIUM: OnceLock<PathBuf> = OnceLock::new();
    MEDIUM.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("redis-medium");
        let root = folder.join("root");
        if root.join("complete").exists() {
            return root;
        }
        std::fs::create_dir_all(&root).unwrap();
        run(Command::new("apt-get")
            .args(["--quiet", "download"])
            .args(PACKAGES)
            .current_dir(&folder));
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|it| it == "deb") {
                run(Command::new("dpkg-deb").arg("-x").arg(&path).arg(&root));
            }
        }
        std::fs::write(root.join("complete"), "").unwrap();
        root
    })
}

fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}{problem}");
    text
}

/// A program of the medium with its libraries.
fn program(argv: &[String]) -> Command {
    let libraries = std::fs::read_dir(medium().join("usr/lib")).unwrap();
    let libraries: Vec<_> =
        libraries.map(|it| it.unwrap().path().into_os_string().into_string().unwrap()).collect();
    let mut command = Command::new(medium().join(&argv[0]));
    command.args(&argv[1..]).env("LD_LIBRARY_PATH", libraries.join(":"));
    command
}

/// Redis is asked by its own program.
fn command(question: &Question) -> &recipe::Command {
    let Question::Command(command) = question else { panic!("nothing is run: {question:?}") };
    command
}

/// Running members of one instance, in directories of their own.
struct Running {
    spec: InstanceSpec,
    places: Surroundings,
    processes: Vec<Child>,
    _folder: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        for process in &mut self.processes {
            // It may have ended by itself.
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

fn start(topology: &str, size: Size, given: &Values) -> Running {
    start_with_password(PASSWORD, topology, size, given)
}

fn start_with_password(password: &str, topology: &str, size: Size, given: &Values) -> Running {
    let mut spec = specification(redis(), topology, &values(&[]));
    spec.size = size;
    spec.parameters = form::check(redis(), topology, "7.0", size, given).unwrap();
    spec.secrets.insert("password".to_owned(), Secret::new(password));
    let folder = tempfile::tempdir().unwrap();
    let mut places = places(&spec);
    // Held until all are chosen, so that no two members get one port.
    let mut listeners = Vec::new();
    for (place, number) in places.values_mut().zip(0..) {
        // The blank shows that directories are quoted.
        let directory = folder.path().join(format!("member {number}"));
        std::fs::create_dir(&directory).unwrap();
        place.directory = directory.into_os_string().into_string().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        place.endpoint.port = listener.local_addr().unwrap().port();
        listeners.push(listener);
    }
    drop(listeners);
    let mut running = Running { spec, places, processes: Vec::new(), _folder: folder };
    running.start_members();
    running
}

impl Running {
    fn start_members(&mut self) {
        let recipe = recipe::render(redis(), &self.spec, &self.places).unwrap();
        for member in recipe.members {
            let directory = Path::new(&self.places[&member.id].directory);
            for file in &member.files {
                std::fs::write(directory.join(&file.path), file.content.reveal()).unwrap();
            }
            let mut process = program(&member.process.argv).stdout(Stdio::piped()).spawn().unwrap();
            let mut said = String::new();
            let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
            let is_ready = lines.by_ref().map(Result::unwrap).any(|line| {
                said.push_str(&format!("{line}\n"));
                line.contains("Ready to accept connections")
            });
            // Somebody has to read on, or the member stands still when the pipe is full.
            std::thread::spawn(move || lines.for_each(drop));
            self.processes.push(process);
            assert!(is_ready, "{said}");
        }
    }

    fn stop_members(&mut self) {
        for mut process in self.processes.drain(..) {
            run(Command::new("kill").arg(process.id().to_string()));
            process.wait().unwrap();
        }
    }

    /// Runs a rendered command; gives whether it succeeded and its first line.
    fn ask(&self, command: &recipe::Command) -> (bool, String) {
        let environment = command.environment.iter().map(|(name, value)| (name, value.reveal()));
        let output = program(&command.argv).envs(environment).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        (output.status.success(), text.lines().next().unwrap_or_default().to_owned())
    }

    /// Any command to the first member.
    fn redis_cli(&self, words: &[&str]) -> (bool, String) {
        let recipe = recipe::render(redis(), &self.spec, &self.places).unwrap();
        let mut command = command(&recipe.members[0].health.question).clone();
        command.argv.pop();
        command.argv.push("-e".to_owned());
        command.argv.extend(words.iter().map(|word| (*word).to_owned()));
        self.ask(&command)
    }

    fn set(&mut self, name: &str, value: &Value) -> (bool, String) {
        self.spec.parameters.insert(name.to_owned(), value.clone());
        let (changed, member) = (BTreeSet::from([name.to_owned()]), self.spec.members[0].id);
        let commands =
            recipe::hot_changes(redis(), &self.spec, &changed, &self.places, member).unwrap();
        self.ask(command(&commands[0].question))
    }
}

/// Large enough for both ends of every range, without the machine having to be.
const HUGE: Size = Size { millivcpu: 1000, memory_mib: 1 << 21, storage_mib: 1024 };

/// Both ends of the range, or every choice, or what the examples show.
fn edges(parameter: &Parameter) -> Vec<Value> {
    let written = |number: i64| match parameter.is_bytes() {
        true => json!(catalog::amount::format(number)),
        false => json!(number),
    };
    match (parameter.kind, &parameter.choices) {
        (Kind::Boolean, _) => vec![json!(false), json!(true)],
        (Kind::Integer, _) => {
            vec![written(parameter.least().unwrap()), written(parameter.most(HUGE).unwrap())]
        }
        (Kind::String, _) if parameter.is_bytes() => {
            vec![written(parameter.least().unwrap()), written(parameter.most(HUGE).unwrap())]
        }
        (Kind::String, Some(choices)) => choices.iter().map(|it| json!(it)).collect(),
        (Kind::Array, _) => Vec::new(),
        (Kind::String, None) => {
            let default = parameter.default(HUGE).unwrap();
            parameter.examples.iter().cloned().chain([default, json!("")]).collect()
        }
    }
}

#[test]
fn both_ends_of_every_range_are_accepted_at_the_start() {
    let edges: BTreeMap<_, _> =
        redis().parameters().iter().map(|(name, it)| (name.clone(), edges(it))).collect();
    let most = edges.values().map(Vec::len).max().unwrap();
    for round in 0..most {
        let pick = |values: &Vec<Value>| values[round.min(values.len() - 1)].clone();
        let given = edges.iter().map(|(name, values)| (name.clone(), pick(values))).collect();
        let running = start("primary-replica", HUGE, &given);
        for (name, parameter) in redis().parameters() {
            let (is_fine, text) = running.redis_cli(&["--raw", "CONFIG", "GET", name]);
            assert!(
                is_fine && text == *name,
                "{name} is no directive: {text} {:?}",
                parameter.kind
            );
        }
    }
}

#[test]
fn hot_parameters_can_be_set_while_running_and_the_others_cannot() {
    let mut running = start("primary-replica", HUGE, &values(&[]));
    for (name, parameter) in redis().parameters() {
        for value in edges(parameter) {
            if parameter.effect == Effect::Hot {
                assert_eq!(running.set(name, &value), (true, "OK".to_owned()), "{name} {value}");
            }
        }
        if parameter.effect == Effect::Restart {
            let (_, before) = running.redis_cli(&["CONFIG", "GET", name]);
            let value = if parameter.kind == Kind::Boolean { "yes" } else { "7" };
            let (is_fine, text) = running.redis_cli(&["CONFIG", "SET", name, value]);
            assert!(!is_fine, "{name} can be set while running: {before} {text}");
        }
    }
}

#[test]
fn the_probes_answer_and_the_replica_follows() {
    let running = start("primary-replica", SMALL, &values(&[]));
    let recipe = recipe::render(redis(), &running.spec, &running.places).unwrap();
    for member in &recipe.members {
        assert_eq!(running.ask(command(&member.health.question)), (true, "PONG".to_owned()));
        let probe = member.role_probe.as_ref().unwrap();
        let (_, first_line) = running.ask(command(&probe.question));
        let Expect::Lookup { words } = &probe.expect else { panic!("expected words") };
        assert_eq!(words[&first_line], member.role);
    }
    // WAIT blocks until the replica has the write, at most 20 s.
    assert_eq!(running.redis_cli(&["SET", "a", "1"]).1, "OK");
    assert_eq!(running.redis_cli(&["WAIT", "1", "20000"]).1, "1");
    let mut stranger = command(&recipe.members[0].health.question).clone();
    stranger.environment.clear();
    assert_eq!(running.ask(&stranger).1, "NOAUTH Authentication required.");
}

#[test]
fn a_restart_keeps_data_with_every_change_that_a_form_allows() {
    for appendonly in [true, false] {
        let given = values(&[("appendonly", json!(appendonly))]);
        let mut running = start("standalone", SMALL, &given);
        assert_eq!(running.redis_cli(&["SET", "a", "1"]).1, "OK");
        running.stop_members();
        let change = values(&[("io-threads", json!(2)), ("rdbchecksum", json!(false))]);
        let current = running.spec.parameters.clone();
        let size = SMALL;
        let after = form::check_change(redis(), "standalone", "7.0", size, &current, &change);
        running.spec.parameters = after.unwrap();
        running.start_members();
        assert_eq!(running.redis_cli(&["GET", "a"]).1, "1", "appendonly {appendonly}");
        // This is why it is chosen at the order: the same restart with a switch forgets everything.
        if !appendonly {
            running.stop_members();
            running.spec.parameters.insert("appendonly".to_owned(), json!(true));
            running.start_members();
            assert_eq!(running.redis_cli(&["EXISTS", "a"]).1, "0");
        }
    }
}

#[test]
fn redis_reads_a_quoted_value_as_it_was_meant() {
    let password = "a\"b\\c\\n#' requirepass \u{e9}\u{5bc6}";
    let running = start_with_password(password, "standalone", SMALL, &values(&[]));
    assert_eq!(running.redis_cli(&["PING"]), (true, "PONG".to_owned()));
    assert!(running.redis_cli(&["CONFIG", "GET", "requirepass"]).0);
    // A line break cannot stand in an environment, so it is tried with a parameter.
    let mut running = start("standalone", SMALL, &values(&[]));
    let value = json!("60 1\nmaxclients 11");
    running.spec.parameters.insert("save".to_owned(), value);
    let recipe = recipe::render(redis(), &running.spec, &running.places).unwrap();
    let member = &recipe.members[0];
    let file = Path::new(&running.places[&member.id].directory).join("broken.conf");
    std::fs::write(&file, member.files[0].content.reveal()).unwrap();
    let argv = [member.process.argv[0].clone(), file.into_os_string().into_string().unwrap()];
    let output = program(&argv).output().unwrap();
    let problem = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && problem.contains("Invalid save parameters"), "{problem}");
}
