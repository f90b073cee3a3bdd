//! Lists in parts, as the store cuts them.

pub use control_plane_store::{Cursor, FIRST_MAX, Page, PageError, Paged, Sorted};
