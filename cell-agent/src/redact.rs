//! The last wall before a log: values of secrets never pass, whatever a product prints.

use types::instance::InstanceSpec;

/// Shorter values are too common to be told apart from ordinary text.
const SHORTEST: usize = 4;

/// The same for one line of a secret with several.
const SHORTEST_LINE: usize = 16;

/// The text with the instance's secrets masked.
pub fn redacted(spec: &InstanceSpec, text: &str) -> String {
    let mut text = text.to_owned();
    for secret in spec.secrets.values().map(|secret| secret.reveal()) {
        let is_one_line = !secret.trim_end().contains('\n');
        let shortest = if is_one_line { SHORTEST } else { SHORTEST_LINE };
        // A line that only says what follows is no secret.
        let lines = secret.lines().filter(|line| !line.starts_with("-----"));
        for line in lines.filter(|line| line.len() >= shortest) {
            text = text.replace(line, "********");
        }
    }
    text
}
