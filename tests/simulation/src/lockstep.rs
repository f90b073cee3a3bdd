//! Lets the plane use its real database under simulated time.
//!
//! A database answers from another thread, when it likes. So a future of the plane is polled until
//! it waits for the clock of its host and for nothing else; while it waits for the database, the
//! simulation stands still. The plane may die after every statement and before every answer.

use std::panic::{self, AssertUnwindSafe};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};
use std::time::Duration;

use tokio::runtime::Handle;

use crate::clock::{Within, is_within};
use crate::process::Process;

/// However slow the machine is, a database answers within this time, or something else is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Wakes the thread that stands still, or else the task of the simulation.
struct Bell {
    /// The thread of the simulation.
    home: ThreadId,
    state: Mutex<Rung>,
    changed: Condvar,
}

#[derive(Default)]
struct Rung {
    is_rung: bool,
    is_polling: bool,
    task: Option<Waker>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let is_resting = state.task.is_some() && !state.is_polling;
        // Who rests does not wait for the database. A thread of it that rings now comes late with
        // an answer that was taken already, and how late is not decided by the seed.
        if is_resting && thread::current().id() != self.home {
            return;
        }
        state.is_rung = true;
        match &state.task {
            Some(task) if is_resting => task.wake_by_ref(),
            _ => self.changed.notify_all(),
        }
    }
}

impl Bell {
    /// Of a future that the calling thread polls.
    fn new() -> Self {
        Self { home: thread::current().id(), state: Mutex::default(), changed: Condvar::new() }
    }

    fn begin(&self, task: &Waker) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = Rung { is_rung: false, is_polling: true, task: Some(task.clone()) };
    }

    /// Leaves the rest to the simulation; false if it was rung meanwhile.
    fn rest(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_polling = std::mem::take(&mut state.is_rung);
        !state.is_polling
    }

    fn wait(&self) {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .changed
            .wait_timeout_while(state, PATIENCE, |state| !std::mem::take(&mut state.is_rung));
        let (state, waited) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        assert!(!waited.timed_out(), "the plane waits for neither the database nor the clock");
    }
}

/// What unwinds a future of the plane when its process dies in the middle of it.
struct Died;

/// Passes a point of the plane; does not return if it was the last one.
pub fn pass_statement(process: &Process) {
    if is_within() && !process.passes() {
        panic::resume_unwind(Box::new(Died));
    }
}

/// A future of the plane.
pub struct InLockstep<T> {
    /// None once it ended.
    inner: Option<Pin<Box<dyn Future<Output = T>>>>,
    /// What belongs to threads runs there.
    threads: Handle,
    process: Arc<Process>,
    within: Within,
    bell: Arc<Bell>,
}

/// Makes a future of the plane run in lockstep with the simulation; the host's software calls this.
pub fn in_lockstep<T: 'static>(
    threads: &Handle,
    process: &Arc<Process>,
    future: impl Future<Output = T> + 'static,
) -> InLockstep<T> {
    InLockstep {
        // Otherwise tokio would make it wait for a turn that never comes while we stand still.
        inner: Some(Box::pin(tokio::task::unconstrained(future))),
        threads: threads.clone(),
        process: process.clone(),
        within: Within { host: Handle::current(), sleepers: Arc::default() },
        bell: Arc::new(Bell::new()),
    }
}

impl<T> Future for InLockstep<T> {
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let this = self.get_mut();
        let _inside = this.threads.enter();
        let _within = this.within.enter();
        this.bell.begin(context.waker());
        let waker = Waker::from(this.bell.clone());
        loop {
            let Some(inner) = &mut this.inner else { return Poll::Pending };
            if this.process.is_dead() {
                return Poll::Pending;
            }
            let mut within = Context::from_waker(&waker);
            let polled = panic::catch_unwind(AssertUnwindSafe(|| inner.as_mut().poll(&mut within)));
            match polled {
                Ok(Poll::Ready(ended)) => {
                    this.inner = None;
                    let lives = this.process.passes();
                    return if lives { Poll::Ready(ended) } else { Poll::Pending };
                }
                Ok(Poll::Pending) => {}
                Err(died) if died.is::<Died>() => return Poll::Pending,
                Err(defect) => panic::resume_unwind(defect),
            }
            if this.within.sleepers.load(Ordering::Relaxed) > 0 {
                if this.bell.rest() {
                    return Poll::Pending;
                }
                continue;
            }
            this.bell.wait();
        }
    }
}

impl<T> Drop for InLockstep<T> {
    fn drop(&mut self) {
        // An open transaction is rolled back on a thread.
        let _inside = self.threads.enter();
        self.inner = None;
    }
}
