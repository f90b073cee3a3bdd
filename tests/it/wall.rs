//! On PostgreSQL a plane does not start without its second wall between tenants, and says what to do.
//! Roles belong to the server, so each story has one of its own.

use control_plane::wiring::StartError;
use control_plane_store::{Store, StoreSettings};
use sea_orm::{ConnectionTrait as _, Database};
use tests::engine::Engine;
use tests::server::{Memory, Server};
use tests::world::{World, tell_on};

/// Tells a story on a server of its own.
async fn tell(story: impl AsyncFnOnce(&mut World)) {
    let server = Server::start(Engine::Postgres, Memory::Good);
    tell_on(server.new_database(), |_| (), story).await;
}

/// Something that an owner did by hand.
async fn by_hand(world: &World, statement: &str) {
    let around = Database::connect(world.database()).await.expect("a connection");
    around.execute_unprepared(statement).await.expect("done");
    around.close().await.expect("closed");
}

/// Why the plane does not start.
async fn refusal(world: &mut World) -> StartError {
    world.try_restart_plane().await.expect_err("it is refused")
}

async fn migrate(world: &World) {
    let store = Store::open(&StoreSettings::at(world.database().to_owned())).await;
    let store = store.expect("a database");
    store.migrate().await.expect("tables");
    store.close().await.expect("closed");
}

#[tokio::test]
async fn a_plane_does_not_start_over_a_table_without_its_policy() {
    tell(async |world| {
        for (taken, tables) in [
            ("DROP POLICY cellplane_1 ON instance", vec!["instance"]),
            ("ALTER TABLE project DISABLE ROW LEVEL SECURITY", vec!["project"]),
            ("ALTER TABLE tenant NO FORCE ROW LEVEL SECURITY", vec!["tenant"]),
            ("REVOKE INSERT ON audit FROM cellplane_plane", vec!["audit"]),
            ("CREATE TABLE made_by_hand (tenant_id uuid)", vec!["made_by_hand"]),
            (
                "DROP POLICY cellplane_1 ON event; DROP POLICY cellplane_1 ON head",
                vec!["event", "head"],
            ),
        ] {
            world.kill_plane().await;
            by_hand(world, taken).await;
            let refused = refusal(world).await;
            let told = refused.to_string();
            assert!(told.contains("run `cellplane-plane migrate` as the owner"), "{told}");
            let StartError::NoWall(found) = refused else { panic!("{taken}: {told}") };
            assert_eq!(found, tables, "{taken}");
            migrate(world).await;
            world.restart_plane().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_plane_does_not_start_under_a_role_that_steps_around_policies() {
    tell(async |world| {
        for power in ["BYPASSRLS", "SUPERUSER"] {
            world.kill_plane().await;
            by_hand(world, &format!("ALTER ROLE cellplane_plane {power}")).await;
            let refused = refusal(world).await;
            let told = refused.to_string();
            let StartError::StepsAround(role) = refused else { panic!("{power}: {told}") };
            assert_eq!(role, "cellplane_plane");
            let cure = told.split('`').nth(1).expect("what to do");
            assert_eq!(cure, "ALTER ROLE cellplane_plane NOSUPERUSER NOBYPASSRLS");
            by_hand(world, cure).await;
            world.restart_plane().await;
        }
    })
    .await;
}
