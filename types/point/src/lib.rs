//! Points in a program at which it may be killed without harm: before and after whatever it makes
//! durable. A program that is built with the feature `fire` says each one it reaches on the socket
//! `fire.sock` beside itself, and waits there until it is told to go on. Whoever listens may kill
//! it, or another program, meanwhile. Without the feature nothing of this is in the program.
//!
//! What is killed where is decided by whoever listens; the points know nothing of it.

/// Says that the program reached a point: whom it is about, or `-`, a blank, and what happens
/// there. Only with the feature is the name made at all.
#[cfg(feature = "fire")]
pub fn reached(name: impl FnOnce() -> String) {
    use std::io::{Read, Write};
    let Ok(program) = std::env::current_exe() else { return };
    // Nobody listens: the program goes on as if there were no points.
    let Ok(mut listener) =
        std::os::unix::net::UnixStream::connect(program.with_file_name("fire.sock"))
    else {
        return;
    };
    let line = format!("{} {}\n", std::process::id(), name());
    if listener.write_all(line.as_bytes()).is_ok() {
        // The end of the connection is an answer, too.
        let _ = listener.read(&mut [0]);
    }
}

/// Does nothing, and the name is not made.
#[cfg(not(feature = "fire"))]
#[inline(always)]
pub fn reached(_: impl FnOnce() -> String) {}
