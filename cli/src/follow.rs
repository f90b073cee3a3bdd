//! An operation as it moves: pushed by the plane where a socket can be had, else asked for.

use std::time::Duration;

use graphql_client::query::operation::{Operation, OperationFrom, OperationProgress, ProgressOf};
use graphql_client::query::{AskOperation, FollowOperation};

use crate::client::Client;
use crate::error::Result;
use crate::subscription::Subscription;

/// How often the plane is asked where it cannot push.
const PERIOD: Duration = Duration::from_secs(1);
/// Lines of the log per question.
const LINES: u32 = 500;

/// Where an operation stands and how it goes on.
pub struct Watch<'a> {
    client: &'a Client,
    id: String,
    /// Number of the last line of the log that was handed out.
    line: Option<i64>,
    stage: Stage,
}

enum Stage {
    /// Ask once, to know where it stands.
    Begin,
    /// The plane pushes.
    Pushed(Box<Subscription>),
    /// Wait, then ask.
    Asked,
    /// It has ended; the rest of its log is fetched.
    Drain,
    /// Nothing more will come.
    Over,
}

impl<'a> Watch<'a> {
    /// Watches an operation from the first line of its log.
    pub fn new(client: &'a Client, id: String) -> Self {
        Self { client, id, line: None, stage: Stage::Begin }
    }

    /// What is new; none once it has ended and its log is complete.
    pub async fn next(&mut self) -> Result<Option<OperationProgress>> {
        loop {
            match &mut self.stage {
                Stage::Over => return Ok(None),
                Stage::Begin => {
                    let first = self.ask().await?;
                    if matches!(self.stage, Stage::Begin) {
                        self.subscribe().await;
                    }
                    return Ok(Some(first));
                }
                Stage::Drain => {
                    self.stage = Stage::Over;
                    let rest = self.ask().await?;
                    if !rest.lines.is_empty() {
                        return Ok(Some(rest));
                    }
                }
                Stage::Asked => {
                    self.client.clock().sleep(PERIOD).await;
                    return self.ask().await.map(Some);
                }
                Stage::Pushed(subscription) => {
                    match subscription.next::<OperationProgress>().await {
                        Ok(Some(progress)) => {
                            if progress.operation.has_ended() {
                                self.stage = Stage::Drain;
                            }
                            return Ok(Some(self.take(progress)));
                        }
                        // Completed or lost: asking tells which.
                        Ok(None) | Err(_) => {
                            self.stage = Stage::Asked;
                            return self.ask().await.map(Some);
                        }
                    }
                }
            }
        }
    }

    async fn subscribe(&mut self) {
        let variables = ProgressOf { operation: self.id.clone(), after_line: self.line };
        self.stage = match Subscription::open::<FollowOperation>(self.client, &variables).await {
            Ok(subscription) => Stage::Pushed(Box::new(subscription)),
            Err(_) => Stage::Asked,
        };
    }

    /// Asks where it stands, with all lines that are new.
    async fn ask(&mut self) -> Result<OperationProgress> {
        let mut lines = Vec::new();
        loop {
            let variables =
                OperationFrom { id: self.id.clone(), after_line: self.line, first: Some(LINES) };
            let mut operation = self.client.ask::<AskOperation>(&variables).await?;
            let got = std::mem::take(&mut operation.log);
            let full = got.len() >= LINES as usize;
            let progress = self.take(OperationProgress { operation, lines: got });
            let moved = !progress.lines.is_empty();
            lines.extend(progress.lines);
            if !(full && moved) {
                if progress.operation.has_ended() {
                    self.stage = Stage::Over;
                }
                return Ok(OperationProgress { operation: progress.operation, lines });
            }
        }
    }

    /// Drops lines that were handed out before.
    fn take(&mut self, mut progress: OperationProgress) -> OperationProgress {
        let seen = self.line.unwrap_or(i64::MIN);
        progress.lines.retain(|line| line.number > seen);
        if let Some(last) = progress.lines.last() {
            self.line = Some(last.number);
        }
        progress
    }
}

/// Fetches an operation with the whole of its log so far.
pub async fn whole(client: &Client, id: String) -> Result<Operation> {
    let mut watch = Watch::new(client, id);
    let OperationProgress { mut operation, lines } = watch.ask().await?;
    operation.log = lines;
    Ok(operation)
}
