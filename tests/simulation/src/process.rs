//! A program that may die at any moment: between two statements, between two steps.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The life of the program on one host.
#[derive(Debug)]
pub struct Process {
    /// The host's name in the simulated network.
    pub host: &'static str,
    state: Mutex<State>,
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    is_dead: bool,
    /// Points that it still passes; it dies at the last one.
    fuse: Option<u64>,
}

impl Process {
    /// A program that is not running yet.
    pub fn new(host: &'static str) -> Self {
        Self { host, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// It was started again.
    pub fn begin(&self) {
        *self.state() = State::default();
    }

    /// It dies after so many points more.
    pub fn light(&self, points: u64) {
        self.state().fuse.get_or_insert(points.max(1));
    }

    /// Forgets that it was to die.
    pub fn spare(&self) {
        self.state().fuse = None;
    }

    /// It passes a point. False if this was its last: nothing may happen any more.
    pub fn passes(&self) -> bool {
        let mut state = self.state();
        if let Some(left) = state.fuse.as_mut() {
            *left -= 1;
            if *left == 0 {
                *state = State { is_dead: true, fuse: None };
            }
        }
        !state.is_dead
    }

    /// It died by its own fuse, and the host is to be taken down.
    pub fn is_dead(&self) -> bool {
        self.state().is_dead
    }
}
