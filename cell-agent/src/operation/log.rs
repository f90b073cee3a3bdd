//! The log of an operation, as its steps write it.

use connectors::runtime::StepLog;
use types::id::OperationId;
use types::instance::InstanceSpec;

use crate::redact::redacted;
use crate::site::Site;

/// No line of a log is longer.
const LINE_CHARACTERS: usize = 2_000;

/// Takes the lines of one step.
pub(super) struct Log<'a> {
    pub site: &'a Site,
    pub spec: &'a InstanceSpec,
    pub operation: OperationId,
    pub step: i32,
}

impl StepLog for Log<'_> {
    fn line(&self, text: &str) {
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            let line: String = line.chars().take(LINE_CHARACTERS).collect();
            // Runtimes do not log secrets; should a product do it, they stop here.
            let line = redacted(self.spec, &line);
            self.site.ledger.line(self.operation, self.step, self.site.now(), line);
        }
        self.site.moved.notify_one();
    }
}

/// Repairs of a single member have no operation whose log could be written.
pub(super) struct Quiet;

impl StepLog for Quiet {
    fn line(&self, text: &str) {
        tracing::debug!(text, "repair");
    }
}
