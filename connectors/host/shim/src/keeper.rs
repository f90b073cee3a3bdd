//! Keeps one process: the loop of a shim, from its lock to its last answer.
//!
//! Whatever happens is on disk before it is acted on or answered, so that the next shim can go on
//! from any point: the wish in `keep.json`, the process in `child.json`, the changes in `journal`.

mod recovery;
mod running;
mod standing;

use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::process::Signal;

use crate::conversation::{self, Answer, Request};
use crate::directory::MemberDirectory;
use crate::durable;
use crate::journal::{Entry, Journal};
use crate::log;
use crate::moment;
use crate::record::{Doing, KeepRecord, ProcessRecord, ShimRecord, Wish};
use crate::restart::{Ends, Verdict};
use running::Running;

/// How long a request may take to arrive once its connection is there.
const REQUEST_TIME: Duration = Duration::from_secs(1);
/// How exactly the end of a process is known if its host lost power.
const HEARTBEAT: Duration = Duration::from_secs(10);

struct Keeper {
    directory: MemberDirectory,
    own: ShimRecord,
    journal: Journal,
    keep: KeepRecord,
    process: Option<ProcessRecord>,
    running: Option<Running>,
    ends: Ends,
    retry_at: Option<Instant>,
    kill_at: Option<Instant>,
    look_at: Instant,
    waiting: Vec<UnixStream>,
    is_leaving: bool,
}

/// Keeps the process of the member whose directory this is, until it is not needed any more.
/// Returns at once if another shim keeps it. `ready` is called as soon as somebody answers.
pub fn keep(directory: &Path, ready: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    std::env::set_current_dir(directory)?;
    let directory = MemberDirectory::at(".");
    let Some(_lock) = standing::take_lock(&directory)? else { return ready() };
    let own = standing::own_session()?;
    for path in [directory.shim(), directory.child(), directory.keep()] {
        durable::sweep(&path)?;
    }
    let mut keeper = Keeper::open(directory, own)?;
    // The old shim's record is needed until what it left is found.
    keeper.recover()?;
    durable::write_json(&keeper.directory.shim(), &keeper.own)?;
    let listener = standing::listen(&keeper.directory)?;
    durable::reached(&keeper.directory.socket(), "listen at");
    ready()?;
    if keeper.keep.needs_shim(false) && keeper.running.is_none() {
        keeper.spawn()?;
    }
    let result = keeper.run(&listener);
    // A socket without a shim behind it would only make the next one wait.
    let _ = std::fs::remove_file(keeper.directory.socket());
    result
}

impl Keeper {
    fn open(directory: MemberDirectory, own: ShimRecord) -> io::Result<Self> {
        let journal = Journal::open(&directory.journal())?;
        let mut keep: KeepRecord = durable::read_json(&directory.keep())?.unwrap_or_default();
        if let Some(last) = journal.last().filter(|last| last.at > keep.since) {
            (keep.doing, keep.since, keep.pid) = (last.doing, last.at, last.pid);
            // The shim before was killed between the two. Whoever looks while there is no shim reads
            // this file alone, and would take a stopped process for a running one.
            durable::write_json(&directory.keep(), &keep)?;
        }
        Ok(Self {
            process: durable::read_json(&directory.process())?,
            directory,
            own,
            journal,
            keep,
            running: None,
            ends: Ends::default(),
            retry_at: None,
            kill_at: None,
            look_at: Instant::now() + HEARTBEAT,
            waiting: Vec::new(),
            is_leaving: false,
        })
    }

    fn run(&mut self, listener: &UnixListener) -> io::Result<()> {
        while !self.is_leaving {
            let (is_ended, is_asked) = self.wait(listener)?;
            if is_ended {
                self.end()?;
            }
            self.act_on_time()?;
            if is_asked && let Ok((stream, _)) = listener.accept() {
                self.converse(stream)?;
            }
        }
        Ok(())
    }

    /// Waits for the end of the process, for a request or for the next thing to do.
    fn wait(&self, listener: &UnixListener) -> io::Result<(bool, bool)> {
        let due = [Some(self.look_at), self.retry_at, self.kill_at].into_iter().flatten().min();
        let left = due.map_or(HEARTBEAT, |due| due.saturating_duration_since(Instant::now()));
        let mut watched = vec![PollFd::new(listener, PollFlags::IN)];
        watched.extend(self.running.as_ref().map(|it| PollFd::new(&it.living, PollFlags::IN)));
        match rustix::event::poll(&mut watched, Some(&moment::timespec(left))) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let is_asked = !watched[0].revents().is_empty();
        Ok((watched.get(1).is_some_and(|it| !it.revents().is_empty()), is_asked))
    }

    fn act_on_time(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if self.kill_at.take_if(|at| *at <= now).is_some()
            && let Some(running) = &self.running
        {
            running.living.signal(Signal::KILL);
        }
        if self.retry_at.take_if(|at| *at <= now).is_some() {
            self.spawn()?;
        }
        if self.look_at <= now {
            self.look_at = now + HEARTBEAT;
            self.look()?;
        }
        Ok(())
    }

    fn look(&mut self) -> io::Result<()> {
        if self.running.is_none() {
            self.is_leaving = !self.keep.needs_shim(false) && self.waiting.is_empty();
            return Ok(());
        }
        running::touch(&self.directory.heartbeat())?;
        if let Some(process) = &self.process {
            // Without room for an older part the log is left as it is, and tried again.
            let _ = log::turn(&self.directory.log(), process.log_bytes_max);
        }
        Ok(())
    }

    fn converse(&mut self, mut stream: UnixStream) -> io::Result<()> {
        // Whoever connects and says nothing, or leaves before the answer, changes nothing.
        let request = stream
            .set_nonblocking(false)
            .and_then(|()| stream.set_read_timeout(Some(REQUEST_TIME)))
            .and_then(|()| stream.set_write_timeout(Some(REQUEST_TIME)))
            .and_then(|()| conversation::receive(&stream));
        let Ok(request) = request else { return Ok(()) };
        let problem = match request {
            Request::Status => None,
            Request::Start => self.start()?,
            Request::Stop { timeout_ms } => {
                self.waiting.push(stream);
                return self.stop(Duration::from_millis(timeout_ms));
            }
            Request::Exit => {
                self.is_leaving = true;
                None
            }
        };
        let _ = conversation::send(&mut stream, &Answer { keep: self.keep.clone(), problem });
        Ok(())
    }

    /// Starts the process unless it runs; says why not.
    fn start(&mut self) -> io::Result<Option<String>> {
        if self.kill_at.is_some() || !self.waiting.is_empty() {
            return Ok(Some("it is being stopped".to_owned()));
        }
        self.wish(Wish::Running)?;
        if self.running.is_none() {
            self.ends.forget();
            self.spawn()?;
        }
        Ok(None)
    }

    fn stop(&mut self, timeout: Duration) -> io::Result<()> {
        self.wish(Wish::Stopped)?;
        self.retry_at = None;
        match &self.running {
            Some(running) => {
                durable::reached(&self.directory.child(), "terminate process of");
                running.living.signal(Signal::TERM);
                self.kill_at = Some(Instant::now() + timeout);
            }
            None if self.keep.doing == Doing::Stopped => self.leave(),
            None => {
                self.change(Doing::Stopped, moment::now_micros(), None, "stopped by wish")?;
                self.leave();
            }
        }
        Ok(())
    }

    fn spawn(&mut self) -> io::Result<()> {
        self.retry_at = None;
        let is_again = self.keep.doing == Doing::Backoff;
        self.process = durable::read_json(&self.directory.process())?;
        let began = Instant::now();
        let Some(process) = &self.process else {
            return self.judge(began, "there is no description of its process".to_owned());
        };
        match Running::spawn(&self.directory, &self.own, process) {
            Ok(running) => {
                let pid = running.living.seen.pid;
                self.running = Some(running);
                self.keep.restarts += u32::from(is_again);
                let why = if is_again { "started again" } else { "started" };
                self.change(Doing::Running, moment::now_micros(), Some(pid), why)
            }
            Err(error) => self.judge(began, format!("could not be started: {error}")),
        }
    }

    /// The process is gone: writes it down and decides what follows.
    fn end(&mut self) -> io::Result<()> {
        let Some(running) = self.running.take() else { return Ok(()) };
        durable::reached(&self.directory.child(), "bury process of");
        self.kill_at = None;
        let began = running.began;
        let mut exit = running.bury()?;
        if self.keep.wish == Wish::Stopped {
            self.change(Doing::Stopped, moment::now_micros(), None, "stopped by wish")?;
            // Before anybody is told: whoever starts it next asks whether it may still be alive.
            durable::remove(&self.directory.child())?;
            self.leave();
            return Ok(());
        }
        if let Some(process) = &self.process
            && let Some(words) = log::last_words(&self.directory.log(), exit.log_from, process)
        {
            exit.text = format!("{}; it said: {words}", exit.text);
        }
        self.judge(began, exit.text)?;
        durable::remove(&self.directory.child())
    }

    fn judge(&mut self, began: Instant, why: String) -> io::Result<()> {
        let rule = self.process.as_ref().map(|process| process.restart).unwrap_or_default();
        let now = Instant::now();
        self.keep.last_exit = Some(why.clone());
        match self.ends.count(&rule, began, now) {
            Verdict::Pause(pause) => {
                self.retry_at = Some(now + pause);
                self.change(Doing::Backoff, moment::now_micros(), None, &why)
            }
            Verdict::GiveUp => {
                self.change(Doing::GivenUp, moment::now_micros(), None, &why)?;
                self.leave();
                Ok(())
            }
        }
    }

    /// Nothing is left to keep: answers who waits and ends the loop.
    fn leave(&mut self) {
        durable::reached(&self.directory.socket(), "leave");
        self.is_leaving = true;
        for mut stream in self.waiting.drain(..) {
            let answer = Answer { keep: self.keep.clone(), problem: None };
            // Who does not wait any more asks again and sees the same.
            let _ = conversation::send(&mut stream, &answer);
        }
    }

    fn wish(&mut self, wish: Wish) -> io::Result<()> {
        if self.keep.wish != wish {
            self.keep.wish = wish;
            durable::write_json(&self.directory.keep(), &self.keep)?;
        }
        Ok(())
    }

    fn change(&mut self, doing: Doing, at: i64, pid: Option<u32>, why: &str) -> io::Result<()> {
        let why = why.to_owned();
        self.keep.since = self.journal.add(Entry { at, doing, pid, why })?;
        (self.keep.doing, self.keep.pid) = (doing, pid);
        durable::write_json(&self.directory.keep(), &self.keep)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_journal_knows_is_noted_for_those_who_find_no_shim() {
        let folder = tempfile::tempdir().expect("a directory");
        let directory = MemberDirectory::at(folder.path());
        let running = KeepRecord { doing: Doing::Running, pid: Some(7), ..KeepRecord::default() };
        durable::write_json(&directory.keep(), &running).expect("is written");
        let mut journal = Journal::open(&directory.journal()).expect("a journal");
        let why = "stopped by wish".to_owned();
        let at = journal.add(Entry { at: 9, doing: Doing::Stopped, pid: None, why });
        let own = ShimRecord { pid: 1, start_time: 1, boot_id: "boot".to_owned() };
        Keeper::open(directory.clone(), own).expect("opens");
        let noted: KeepRecord =
            durable::read_json(&directory.keep()).expect("is read").expect("is there");
        assert_eq!((noted.doing, noted.pid), (Doing::Stopped, None));
        assert_eq!(noted.since, at.expect("is written"));
    }
}
