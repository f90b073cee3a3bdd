//! How single values are written for people.

use serde_json::Value;
use types::instant::Instant;

/// What stands for nothing.
pub const NONE: &str = "-";

/// An instant to the second, in UTC; what is not an instant stays as it is.
pub fn instant(text: &str) -> String {
    match text.parse::<Instant>() {
        Ok(instant) => instant.timestamp().strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
        Err(_) => text.to_owned(),
    }
}

/// The same, or a dash.
pub fn maybe_instant(text: Option<&String>) -> String {
    text.map_or_else(|| NONE.to_owned(), |text| instant(text))
}

/// A text, or a dash.
pub fn maybe(text: Option<&String>) -> String {
    text.cloned().unwrap_or_else(|| NONE.to_owned())
}

/// A word of the API as people write it: `PRIMARY_ROLE` → `primary role`.
pub fn word(text: &str) -> String {
    text.to_lowercase().replace('_', " ")
}

/// A parameter's value: text as it is, anything else as JSON. Of several lines the first is shown.
pub fn value(value: &Value) -> String {
    match value {
        Value::String(text) => match text.trim_end().split_once('\n') {
            None => text.clone(),
            Some((first, _)) => format!("{first} ({} lines)", text.lines().count()),
        },
        Value::Null => NONE.to_owned(),
        other => other.to_string(),
    }
}

/// A text from elsewhere on one line, without anything that could steer the terminal.
pub fn harmless(text: &str) -> String {
    text.chars().map(|one| if one.is_control() && one != '\t' { '\u{fffd}' } else { one }).collect()
}

/// The same for a text of several lines.
pub fn harmless_lines(text: &str) -> String {
    text.split('\n').map(harmless).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_told_to_the_second() {
        assert_eq!(instant("2026-11-21T22:11:20.123456Z"), "2026-11-21 22:11:20 UTC");
        assert_eq!(instant("soon"), "soon");
        assert_eq!(maybe_instant(None), "-");
    }

    #[test]
    fn values_are_shown_as_they_are_typed() {
        assert_eq!(value(&serde_json::json!("64mb")), "64mb");
        assert_eq!(value(&serde_json::json!(30)), "30");
        assert_eq!(value(&serde_json::json!(true)), "true");
        assert_eq!(value(&Value::Null), "-");
    }

    #[test]
    fn a_line_of_a_log_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb"), "a\u{fffd}[2Jb");
    }
}
