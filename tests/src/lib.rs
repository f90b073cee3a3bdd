//! What tests of several packages share, and the harness of the stories: a whole installation in
//! one process, with a plane, an agent, people who talk to them, and a clock that is turned by
//! hand.

pub mod alarm;
pub mod browser;
pub mod client;
pub mod disk;
pub mod engine;
pub mod provider;
pub mod proxy;
pub mod redis;
pub mod server;
pub mod world;

/// Makes of each `async fn(&mut World)` one test per engine: `sqlite::…`, `postgres::…` and
/// `mariadb::…`.
#[macro_export]
macro_rules! stories {
    ($($story:ident,)*) => {
        mod sqlite {
            $(#[tokio::test]
            async fn $story() {
                $crate::world::tell($crate::engine::Engine::Sqlite, super::$story).await;
            })*
        }
        mod postgres {
            $(#[tokio::test]
            async fn $story() {
                $crate::world::tell($crate::engine::Engine::Postgres, super::$story).await;
            })*
        }
        mod mariadb {
            $(#[tokio::test]
            async fn $story() {
                $crate::world::tell($crate::engine::Engine::MariaDb, super::$story).await;
            })*
        }
    };
}
