//! Stories of bills, told through the texts of an export's files and what is computed from them.

mod bills;
mod corrections;
mod models;
mod preview;
mod properties;
mod random;
mod records;
mod world;
