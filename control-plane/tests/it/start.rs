//! Starting, stopping, starting again.

use control_plane::wiring::{Server, StartError};
use tokio::net::TcpListener;

use crate::support::{World, browser, config, parts};

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = taken.local_addr().expect("an address");
    let mut http = config();
    http.http.listen = address;
    let mut agent = config();
    agent.agent.listen = address;
    // Links can lead elsewhere, agents cannot.
    agent.http.fallback_ports = true;
    for (config, key) in [(http, "http.listen"), (agent, "agent.listen")] {
        let Err(error) = World::try_start(config).await else { panic!("the port is taken") };
        assert!(matches!(error, StartError::Port(_)));
        let told = error.to_string();
        assert!(told.contains(key) && told.contains(&address.to_string()), "{told}");
    }
}

#[tokio::test]
async fn another_port_is_taken_where_that_is_allowed() {
    let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let mut config = config();
    config.http.listen = taken.local_addr().expect("an address");
    config.http.fallback_ports = true;
    let wanted = config.http.listen.port();
    let world = World::start_with(config).await;
    let port = world.plane.http_address.port();
    assert!(port > wanted && port <= wanted + 20);
    assert_eq!(world.plane.addresses().http, world.origin(), "links lead to where it listens");
}

#[tokio::test]
async fn a_plane_starts_again_with_what_it_knew() {
    let world = World::start().await;
    let agent = world.agent("north").await;
    let World { folder, clock, plane } = world;
    let fingerprint = plane.authority().fingerprint();
    plane.kill().await;
    let plane = Server::start(folder.path(), config(), parts(&clock)).await.expect("again");
    assert_eq!(plane.authority().fingerprint(), fingerprint);
    let world = World { folder, clock, plane };
    assert!(agent.open(&world).await.is_ok());
    let address = world.http("/healthz");
    world.plane.stop().await;
    assert!(browser().get(address).send().await.is_err());
}

#[tokio::test]
async fn the_home_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::start().await;
    for (path, mode) in [("keys", 0o700), ("keys/master.key", 0o600), ("keys/ca.key", 0o600)] {
        let found = std::fs::metadata(world.folder.path().join(path)).expect("it is there");
        assert_eq!(found.permissions().mode() & 0o777, mode, "{path}");
    }
}
