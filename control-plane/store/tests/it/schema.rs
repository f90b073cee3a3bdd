//! The migrations.

use control_plane_store::{Store, StoreError, StoreSettings};

use crate::on_every_engine;
use crate::world::World;

on_every_engine! {
    migrations_do_nothing_the_second_time
    an_empty_database_says_what_it_lacks
}

async fn migrations_do_nothing_the_second_time(world: World) {
    let home = world.home("acme").await;
    world.store.migrate().await.expect("migrate again");
    assert_eq!(world.store.pending_migrations().await.expect("ask"), 0);
    let tenant = control_plane_store::tenant::get(&world.read(&home)).await.expect("still there");
    assert_eq!(tenant.name, "acme");
    world.store.ping().await.expect("answers");
}

async fn an_empty_database_says_what_it_lacks(world: World) {
    let engine = match world.store.engine() {
        control_plane_store::Engine::Sqlite => crate::engine::Engine::Sqlite,
        control_plane_store::Engine::Postgres => crate::engine::Engine::Postgres,
        control_plane_store::Engine::MariaDb => crate::engine::Engine::MariaDb,
    };
    let empty = engine.start().new_database();
    let store = Store::open(&StoreSettings::at(empty)).await.expect("open");
    assert!(store.pending_migrations().await.expect("ask") > 0);
}

#[tokio::test]
async fn an_address_of_an_unknown_engine_is_refused() {
    let opened = Store::open(&StoreSettings::at("oracle://x")).await;
    assert!(matches!(opened, Err(StoreError::Address)), "{opened:?}");
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_unavailable() {
    let mut settings = StoreSettings::at("postgres://nobody@127.0.0.1:1/none");
    settings.wait = std::time::Duration::from_millis(200);
    let opened = Store::open(&settings).await;
    assert!(matches!(opened, Err(StoreError::Unavailable(_))), "{opened:?}");
}
