//! Stories about the whole product: through GraphQL and the agents' protocol only, with a real
//! database, members in memory and a clock that is turned by hand. `sqlite::` and `postgres::` in
//! a test's name tell the engine.

mod error_codes;
mod life;
