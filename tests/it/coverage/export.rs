//! Exports of everything: those of one tenant have no word of another one.

use std::path::{Path, PathBuf};
use std::process::Command;

use billing::export;
use tests::client::User;
use tests::world::World;
use types::id::TenantId;

use super::canary::say;
use super::columns::CANARY;

/// What the command line writes, and who asks for it.
const COMMANDS: [(&str, &[&str]); 4] = [
    ("admin", &["structure", "export"]),
    ("auditor", &["audit", "export"]),
    ("auditor", &["audit", "export", "--output", "csv"]),
    ("head", &["get", "instances", "--output", "json"]),
];

/// Exports of acme have no word of globex; the same of globex, as the stranger gets them, do.
pub(super) async fn no_export_has_a_word_of_another_tenant(world: &World, stranger: &User) {
    let seed = world.seed;
    let (own, foreign) = (of_bills(world, seed.acme).await, of_bills(world, seed.globex).await);
    assert!(own.contains("platform") && !own.contains(CANARY), "{own}");
    assert!(foreign.contains(CANARY), "nobody would notice: {foreign}");
    let mut length = own.len();
    for (name, arguments) in COMMANDS {
        let user = world.user(name).await;
        let (own, foreign) = (run(&user, arguments).await, run(stranger, arguments).await);
        assert!(!own.is_empty() && !own.contains(CANARY), "{arguments:?} of {name}: {own}");
        assert!(foreign.contains(CANARY), "{arguments:?}: nobody would notice: {foreign}");
        length += own.len();
    }
    say(&format!(
        "{} exports of {length} bytes have no word of another tenant",
        COMMANDS.len() + 1
    ));
}

/// All files of a tenant's export of bills.
async fn of_bills(world: &World, tenant: TenantId) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let size = export::run(world.plane(), tenant, "2026-11", folder.path()).await;
    let size = size.expect("an export");
    assert!(size.bills > 0 && size.records > 0, "there is nothing in it: {size:?}");
    let files = std::fs::read_dir(folder.path()).expect("a folder");
    let text = |path: PathBuf| std::fs::read_to_string(path).expect("a text");
    files.map(|file| text(file.expect("a file").path())).collect()
}

/// What the command line says to somebody.
async fn run(user: &User, arguments: &'static [&'static str]) -> String {
    let home = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(program());
    command.env("XDG_CONFIG_HOME", home.path()).env("CELLPLANE_TOKEN", user.shown_token());
    command.args(["--address", user.address()]).args(arguments);
    // The plane that answers runs on this thread.
    let ended = tokio::task::spawn_blocking(move || command.output()).await.expect("it ends");
    let ended = ended.expect("the command line runs");
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(ended.status.success(), "{arguments:?}: {said}");
    String::from_utf8(ended.stdout).expect("a text")
}

/// The command line, which the workspace's tests are built with.
fn program() -> PathBuf {
    let own = std::env::current_exe().expect("this program has a path");
    let built = own.parent().and_then(Path::parent).expect("a folder").join("cellplane");
    assert!(built.exists(), "run `cargo build -p cli` first, or the tests of the whole workspace");
    built
}
