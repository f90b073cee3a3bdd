//! Templates: minijinja with undefined names refused and every value escaped for its target.
//!
//! Escaping is done where a value is written and not by the template's author, so it cannot be
//! forgotten.

use std::error::Error as _;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

use crate::amount;
use crate::manifest::Format;

/// Why a template could not be rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TemplateError {
    /// The line, from 1, if known.
    pub(crate) line: Option<usize>,
    /// What kind of error. The engine's details can quote values and are left out.
    pub(crate) problem: String,
}

/// Why a value cannot stand in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum Unwritable {
    #[error("a value has a line break or another control character")]
    Control,
    #[error("a value has a `$`, which would name a variable")]
    Variable,
    #[error("only texts, whole numbers and truth values can be written")]
    Kind,
}

/// Renders a template with a context of plain values.
pub(crate) fn render(
    format: Format,
    source: &str,
    context: &serde_json::Value,
) -> Result<String, TemplateError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build().expect("the usual delimiters differ from each other"));
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.add_filter("either", either);
    environment.add_filter("uri_host", uri_host);
    environment.add_filter("bytes", bytes);
    environment.set_formatter(move |out: &mut Output, _: &mut State, value: &Value| {
        out.write_str(&write(format, value)?).map_err(Error::from)
    });
    let context = Value::from(Serde(context));
    environment.render_named_str("template", source, context).map_err(|error| TemplateError {
        line: error.line(),
        problem: match error.source().and_then(|source| source.downcast_ref::<Unwritable>()) {
            Some(unwritable) => unwritable.to_string(),
            None => error.kind().to_string(),
        },
    })
}

/// The filter `either("yes", "no")`: a word for a truth value, anything else as it is.
fn either(value: Value, yes: Value, no: Value) -> Value {
    match value.kind() {
        ValueKind::Bool if value.is_true() => yes,
        ValueKind::Bool => no,
        _ => value,
    }
}

/// The filter `bytes`: an amount like `64mb` as a whole number, anything else as it is.
fn bytes(value: Value) -> Value {
    value.as_str().and_then(amount::parse).map_or(value.clone(), Value::from)
}

/// The filter `uri_host`: an IPv6 address in brackets, anything else as it is.
fn uri_host(host: String) -> String {
    if host.contains(':') { format!("[{host}]") } else { host }
}

fn write(format: Format, value: &Value) -> Result<String, Error> {
    let refuse = |why| Err(Error::new(ErrorKind::InvalidOperation, "").with_source(why));
    match value.kind() {
        ValueKind::Undefined => Err(Error::from(ErrorKind::UndefinedError)),
        ValueKind::Bool => Ok(value.is_true().to_string()),
        ValueKind::Number if value.is_integer() => Ok(value.to_string()),
        ValueKind::String => {
            let text = value.as_str().unwrap_or_default();
            match format {
                Format::QuotedWords => Ok(quote(text)),
                Format::Plain if text.chars().any(char::is_control) => refuse(Unwritable::Control),
                Format::Plain => Ok(text.to_owned()),
                Format::Directives if text.chars().any(char::is_control) => {
                    refuse(Unwritable::Control)
                }
                Format::Directives if text.contains('$') => refuse(Unwritable::Variable),
                Format::Directives => Ok(quote(text)),
                Format::Html => Ok(html(text)),
                Format::Verbatim => Ok(text.to_owned()),
            }
        }
        _ => refuse(Unwritable::Kind),
    }
}

/// One word of a line: bare if nothing in it could mean something, else in double quotes.
fn quote(text: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"._:/@+-".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_bare) {
        return text.to_owned();
    }
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            _ if letter.is_ascii_control() => {
                quoted.push_str(&format!("\\x{:02x}", u32::from(letter)));
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// Text that can stand between tags and in quoted attributes.
fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(format: Format, source: &str, expected: &str) {
        let context = json!({ "text": "a \"b\"\\\nc\u{1}#", "word": "64mb", "empty": "", "on": true,
            "number": -5, "list": [1], "nothing": null, "address": "::1", "tricky": "a; } \"\\",
            "tags": "<b a=\"'&", "cash": "$host" });
        let result = render(format, source, &context);
        let result = result.unwrap_or_else(|error| format!("! {}", error.problem));
        assert_eq!(result.trim_end(), expected, "{source}");
    }

    #[test]
    fn a_value_stays_one_word() {
        check(Format::QuotedWords, "x {{ text }}", r##"x "a \"b\"\\\nc\x01#""##);
        check(Format::QuotedWords, "x {{ text | safe }}", r##"x "a \"b\"\\\nc\x01#""##);
        check(Format::QuotedWords, "x {{ word }}", "x 64mb");
        check(Format::QuotedWords, "x {{ empty }}", "x \"\"");
        check(Format::QuotedWords, "x {{ number }}", "x -5");
        check(Format::QuotedWords, "x {{ on | either('yes', 'no') }}", "x yes");
        check(Format::QuotedWords, "x {{ number | either('yes', 'no') }}", "x -5");
        check(Format::Plain, "{{ address | uri_host }}", "[::1]");
        check(Format::Plain, "{{ word | uri_host }}", "64mb");
        check(Format::Plain, "{{ word | bytes }} {{ number | bytes }}", "67108864 -5");
        check(Format::Directives, "x {{ word ~ ':' ~ number }};", "x 64mb:-5;");
        check(Format::Directives, "x {{ tricky }};", r#"x "a; } \"\\";"#);
        check(Format::Html, "<p>{{ tags }}</p>", "<p>&lt;b a=&quot;&#39;&amp;</p>");
        check(Format::Verbatim, "{{ text }}", "a \"b\"\\\nc\u{1}#");
    }

    #[test]
    fn what_cannot_be_written_is_refused() {
        let lists = "! only texts, whole numbers and truth values can be written";
        check(Format::QuotedWords, "{{ list }}", lists);
        check(Format::QuotedWords, "{{ nothing }}", lists);
        let control = "! a value has a line break or another control character";
        check(Format::Plain, "{{ text }}", control);
        check(Format::Plain, "{{ missing }}", "! undefined value");
        check(Format::Directives, "{{ text }}", control);
        check(Format::Directives, "{{ cash }}", "! a value has a `$`, which would name a variable");
    }
}
