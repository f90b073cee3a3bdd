//! A fault that only tests can have: queries of a tenant that forget the tenant.
//!
//! With it the tests prove that the second wall holds by itself, and that they would notice if it did
//! not. It is there with the feature `mutant` alone, which no program is built with: a release refuses
//! to compile with it.

use std::cell::Cell;

thread_local! {
    static IS_DOWN: Cell<bool> = const { Cell::new(false) };
}

/// From here on no statement that this thread makes is narrowed to a tenant or to a scope.
pub fn tear_first_wall_down() {
    IS_DOWN.set(true);
}

pub(crate) fn is_first_wall_down() -> bool {
    IS_DOWN.get()
}
