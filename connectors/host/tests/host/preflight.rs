//! What is looked at before anything is installed, on this host as it is.

use catalog::recipe::Medium;
use connectors::contract::{self, NoLog, Stage};
use connectors::preflight::{Check, Need};
use connectors::runtime::{ConnectorError, Runtime};
use types::size::Size;

use super::stage::Host;

const ALL: [Check; 6] =
    [Check::Architecture, Check::Medium, Check::User, Check::Port, Check::Memory, Check::Disk];

fn need(host: &Host) -> Need {
    let size = Size { millivcpu: 500, memory_mib: 16, storage_mib: 16 };
    let architectures = ["amd64", "arm64"].map(str::to_owned).to_vec();
    Need { medium: host.medium(), architectures, members: 2, size }
}

async fn refused(runtime: &dyn Runtime, check: Check, need: &Need) -> String {
    match runtime.look(check, need).await {
        Err(ConnectorError::Refused { code, .. }) => code.to_owned(),
        other => panic!("{check:?} is not refused: {other:?}"),
    }
}

#[tokio::test]
async fn what_is_found_is_told_and_nothing_is_changed() {
    let host = Host::new().await;
    let (runtime, need) = (host.runtime(), need(&host));
    for check in ALL {
        let found = runtime.look(check, &need).await.expect("this host is enough");
        assert!(!found.is_empty() && !found.contains('\n'), "{check:?}: {found}");
    }
    assert_eq!(host.leftovers().await, Vec::<String>::new());
    assert_eq!(runtime.list().await, Ok(Vec::new()));
    runtime.install(&need.medium, &NoLog).await.expect("it is installed");
    let found = runtime.look(Check::Medium, &need).await.expect("it is there");
    assert!(found.starts_with("redis 7.0 is here as 5:7.0."), "{found}");
}

#[tokio::test]
async fn what_is_missing_is_refused_with_a_code_of_its_own() {
    let host = Host::with(|config| {
        config.users = 64_990..=64_991;
        config.ports = 29_990..=29_991;
    })
    .await;
    let (runtime, need) = (host.runtime(), need(&host));
    let first = contract::request();
    runtime.place(&first, &NoLog).await.expect("one is placed");
    let runtime = &*runtime;
    assert_eq!(refused(runtime, Check::User, &need).await, "NO_FREE_USER");
    assert_eq!(refused(runtime, Check::Port, &need).await, "NO_FREE_PORT");
    let one = Need { members: 1, ..need.clone() };
    for check in [Check::User, Check::Port] {
        runtime.look(check, &one).await.expect("one more is fine");
    }
    let size = Size { memory_mib: 1 << 40, storage_mib: 1 << 40, ..need.size };
    let huge = Need { size, ..need.clone() };
    assert_eq!(refused(runtime, Check::Memory, &huge).await, "MEMORY_TOO_SMALL");
    assert_eq!(refused(runtime, Check::Disk, &huge).await, "DISK_TOO_SMALL");
    let other = Need { architectures: vec!["m68k".to_owned()], ..need.clone() };
    assert_eq!(refused(runtime, Check::Architecture, &other).await, "ARCHITECTURE_NOT_SUPPORTED");
    let medium = Medium {
        software_version: "6.9".to_owned(),
        version_prefix: "6.9.".to_owned(),
        ..need.medium.clone()
    };
    let old = Need { medium, ..need };
    assert_eq!(refused(runtime, Check::Medium, &old).await, "VERSION_NOT_OFFERED");
}
