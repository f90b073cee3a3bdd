//! The store on real databases: every case runs on SQLite, PostgreSQL and MariaDB.

#[path = "../../../../tests/src/engine.rs"]
#[expect(dead_code, reason = "other packages use the rest")]
mod engine;

mod access_token;
mod assets;
mod concurrency;
mod dropped;
mod feed;
mod first_pages;
mod history;
mod isolation;
mod lists;
mod schema;
mod usage;
mod values;
mod wall;
mod world;

/// Runs the cases of a file on each engine, each case with a database of its own.
macro_rules! on_every_engine {
    ($($case:ident)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(crate::world::World::open(crate::engine::Engine::Sqlite).await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(crate::world::World::open(crate::engine::Engine::Postgres).await).await;
            })*
        }
        mod mariadb {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $case() {
                super::$case(crate::world::World::open(crate::engine::Engine::MariaDb).await).await;
            })*
        }
    };
}
pub(crate) use on_every_engine;
