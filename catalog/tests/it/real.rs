//! A product of a package as it really is: Debian's packages are fetched by apt once and unpacked,
//! nothing is installed. Fails where apt cannot, since a fact that nobody checked is none.

use std::fs::Permissions;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use catalog::Package;
use catalog::form::{self, Values};
use catalog::parameter::{Kind, Parameter};
use catalog::recipe::{self, Expect, MemberRecipe, Question, RenderedFile, Surroundings};
use serde_json::{Value, json};
use tempfile::TempDir;
use types::instance::InstanceSpec;
use types::size::Size;

use crate::fixture::{places, specification, values};

/// Large enough for both ends of every range, without the machine having to be.
pub const HUGE: Size = Size { millivcpu: 1000, memory_mib: 1 << 21, storage_mib: 1024 };
const PATIENCE: Duration = Duration::from_secs(20);

/// Unpacks the Debian packages into a folder of that name, unless they are there.
pub fn medium(name: &str, packages: &[&str]) -> PathBuf {
    // Not in the build directory, which other users often cannot reach.
    let folder = std::env::temp_dir().join("cellplane-test-catalog").join(name);
    let root = folder.join("root");
    if root.join("complete").exists() {
        return root;
    }
    std::fs::create_dir_all(&root).unwrap();
    open_to_all(&root);
    run(Command::new("apt-get").args(["--quiet", "download"]).args(packages).current_dir(&folder));
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|it| it == "deb") {
            run(Command::new("dpkg-deb").arg("-x").arg(&path).arg(&root));
        }
    }
    std::fs::write(root.join("complete"), "").unwrap();
    root
}

/// Runs a command that has to succeed.
pub fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {text}{problem}");
    text
}

/// Every user can pass through the directory and the ones above it that are ours.
fn open_to_all(directory: &Path) {
    for path in directory.ancestors().take_while(|path| *path != std::env::temp_dir()) {
        std::fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    }
}

/// Somebody without rights, for products that refuse to run as root.
const NOBODY: u32 = 65_534;

/// One running member of an instance, in a directory of its own.
pub struct Running {
    pub package: &'static Package,
    pub spec: InstanceSpec,
    pub places: Surroundings,
    medium: PathBuf,
    process: Option<Child>,
    folder: TempDir,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Running {
    /// Placed, and not started yet.
    pub fn placed(package: &'static Package, medium: &Path, size: Size, given: &Values) -> Self {
        let topology = &package.manifest().topologies[0].name;
        let version = &package.manifest().software[0].version;
        let mut spec = specification(package, topology, &values(&[]));
        spec.size = size;
        let parameters = form::check(package, topology, version, size, given).unwrap();
        let (parameters, secrets) = form::part(package, "real", &parameters);
        spec.parameters = parameters;
        spec.secrets.extend(secrets);
        let folder = tempfile::tempdir().unwrap();
        let mut places = places(&spec);
        let place = places.values_mut().next().unwrap();
        // The blank shows that directories are quoted.
        let directory = folder.path().join("member 0");
        std::fs::create_dir(&directory).unwrap();
        open_to_all(&directory);
        give(&directory);
        place.directory = directory.into_os_string().into_string().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        place.endpoint.port = listener.local_addr().unwrap().port();
        Self { package, spec, places, medium: medium.to_owned(), process: None, folder }
    }

    /// Started and healthy.
    pub fn start(package: &'static Package, medium: &Path, size: Size, given: &Values) -> Self {
        let mut running = Self::placed(package, medium, size, given);
        running.write();
        running.begin();
        running
    }

    pub fn member(&self) -> MemberRecipe {
        let recipe = recipe::render(self.package, &self.spec, &self.places).unwrap();
        recipe.members.into_iter().next().unwrap()
    }

    pub fn port(&self) -> u16 {
        self.places.values().next().unwrap().endpoint.port
    }

    pub fn directory(&self) -> PathBuf {
        self.places.values().next().unwrap().directory.clone().into()
    }

    /// What the member said, for people who look at a failed test.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub fn write(&self) {
        self.put(&self.member().files);
    }

    /// What the product refuses in the files as they would be; empty if it would take them.
    pub fn refusal(&self) -> String {
        let check = self.member().check.unwrap();
        self.put(&check.files);
        let output = self.program(&check.command.argv).output().unwrap();
        match output.status.success() {
            true => String::new(),
            false => String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    fn put(&self, files: &[RenderedFile]) {
        for file in files {
            let path = self.directory().join(&file.path);
            let parent = path.parent().unwrap();
            std::fs::create_dir_all(parent).unwrap();
            // As on a host: a product that reads meanwhile finds the old one or the new one whole.
            let fresh = path.with_extension("new");
            std::fs::write(&fresh, file.content.reveal()).unwrap();
            give(parent);
            give(&fresh);
            std::fs::rename(&fresh, &path).unwrap();
        }
    }

    /// Starts the process and waits until it is healthy.
    pub fn begin(&mut self) {
        let member = self.member();
        let log = std::fs::File::create(self.folder.path().join("log")).unwrap();
        let mut command = self.program(&member.process.argv);
        command.stdout(log.try_clone().unwrap()).stderr(log).stdin(Stdio::null());
        self.process = Some(command.spawn().unwrap());
        let since = Instant::now();
        while !self.is_fine(&member.health.question, &member.health.expect) {
            let ended = self.process.as_mut().unwrap().try_wait().unwrap();
            let given = &self.spec.parameters;
            assert!(ended.is_none(), "it ended: {ended:?} {} {given:?}", self.said());
            assert!(since.elapsed() < PATIENCE, "not healthy: {} {given:?}", self.said());
        }
    }

    pub fn stop(&mut self) {
        if let Some(mut process) = self.process.take() {
            // It may have ended by itself.
            let _ = Command::new("kill").arg(process.id().to_string()).output();
            let _ = process.wait();
        }
    }

    fn program(&self, argv: &[String]) -> Command {
        let libraries = self.medium.join("usr/lib/x86_64-linux-gnu");
        let program = self.medium.join(&argv[0]);
        let mut command = match is_root() {
            true => Command::new("setpriv"),
            false => Command::new(&program),
        };
        if is_root() {
            command.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]);
            command.arg("--clear-groups").arg(&program);
        }
        command.args(&argv[1..]).env("LD_LIBRARY_PATH", libraries).current_dir(self.directory());
        command
    }

    /// Asks; gives whether it was answered, and the first line of the answer.
    pub fn ask(&self, question: &Question) -> (bool, String) {
        match question {
            Question::Command(command) => {
                let values = command.environment.iter();
                let values = values.map(|(name, value)| (name, value.reveal()));
                let output = self.program(&command.argv).envs(values).output().unwrap();
                let text = String::from_utf8_lossy(&output.stdout).into_owned();
                let line = text.lines().next().unwrap_or_default().to_owned();
                (output.status.success(), line)
            }
            Question::Exchange(exchange) => match self.talk(exchange.send.reveal()) {
                Ok(text) => (true, text.lines().next().unwrap_or_default().to_owned()),
                Err(_) => (false, String::new()),
            },
        }
    }

    /// Sends something to the port; gives what came until a line was complete.
    pub fn talk(&self, text: &str) -> std::io::Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port()))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.write_all(text.as_bytes())?;
        let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
        while !answer.contains(&b'\n') {
            match stream.read(&mut piece)? {
                0 => break,
                length => answer.extend_from_slice(&piece[..length]),
            }
        }
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    fn is_fine(&self, question: &Question, expect: &Expect) -> bool {
        let Expect::FirstLine { text } = expect else { panic!("a first line is expected") };
        let (is_answered, line) = self.ask(question);
        is_answered && line == *text
    }

    /// Writes the files with another value, and brings it to the running member.
    pub fn set(&mut self, name: &str, value: &Value) {
        let given = [(name.to_owned(), value.clone())].into();
        let (parameters, secrets) = form::part(self.package, "real", &given);
        self.spec.parameters.extend(parameters);
        self.spec.secrets.extend(secrets);
        self.write();
        let (changed, member) = ([name.to_owned()].into(), self.spec.members[0].id);
        let changes =
            recipe::hot_changes(self.package, &self.spec, &changed, &self.places, member).unwrap();
        assert!(!changes.is_empty(), "{name} is hot");
        for change in changes {
            let (is_answered, line) = self.ask(&change.question);
            let is_fine = match &change.expect {
                Some(Expect::FirstLine { text }) => line == *text,
                _ => is_answered,
            };
            assert!(is_fine, "{name} {value}: {line} {}", self.said());
        }
    }
}

/// Whether this test runs as root: what it makes is root's then.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

fn give(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

/// Both ends of the range, or every choice, or what default and examples show.
pub fn edges(parameter: &Parameter) -> Vec<Value> {
    let written = |number: i64| match parameter.is_bytes() {
        true => json!(catalog::amount::format(number)),
        false => json!(number),
    };
    let as_kept = |value: Value| parameter.read(&value).unwrap();
    let ends = || vec![parameter.least().unwrap(), parameter.most(HUGE).unwrap()];
    match (parameter.kind, &parameter.choices) {
        (Kind::Boolean, _) => vec![json!(false), json!(true)],
        (Kind::Integer, _) => ends().into_iter().map(written).collect(),
        (Kind::String, _) if parameter.is_bytes() => ends().into_iter().map(written).collect(),
        (Kind::String, Some(choices)) => choices.iter().map(|it| json!(it)).collect(),
        (_, _) => {
            let shown = parameter.default(HUGE).into_iter().chain(parameter.examples.clone());
            shown.map(as_kept).collect()
        }
    }
}

/// For each round, one value of every parameter, until all of them had their turn.
pub fn rounds(package: &Package) -> Vec<Values> {
    let edges: Vec<_> =
        package.parameters().iter().map(|(name, it)| (name.clone(), edges(it))).collect();
    let most = edges.iter().map(|(_, values)| values.len()).max().unwrap();
    let round = |round: usize| {
        let pick = |values: &Vec<Value>| values[round.min(values.len() - 1)].clone();
        edges.iter().map(|(name, values)| (name.clone(), pick(values))).collect()
    };
    (0..most).map(round).collect()
}
