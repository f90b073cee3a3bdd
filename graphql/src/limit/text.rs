//! The text of a query, looked at without parsing it: the parser goes as deep as the brackets do,
//! and takes about a microsecond for each token.
//!
//! Tokens are those of the GraphQL specification (October 2021, section 2.1). Text that is none of
//! them counts too, and is left to the parser to refuse.

use std::collections::BTreeSet;

use crate::limit::{BRACKETS_MAX, Excess, TOKENS_MAX};

/// Counts tokens, and how deep brackets are in each other; finds fields that one selection has
/// twice.
pub(super) fn measure(query: &str) -> Result<(), Excess> {
    let mut rest = query.as_bytes();
    let (mut tokens, mut fields) = (0, Fields::default());
    while let Some(&first) = rest.first() {
        let length = match first {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => {
                rest = &rest[1..];
                continue;
            }
            b'#' => {
                rest = &rest[until_line_end(rest)..];
                continue;
            }
            b'"' => text(rest),
            b'.' => rest.iter().take(3).take_while(|byte| **byte == b'.').count(),
            other if is_word(other) => rest.iter().take_while(|byte| is_word(**byte)).count(),
            _ => 1,
        };
        let (token, after) = rest.split_at(length.clamp(1, rest.len()));
        tokens += 1;
        if tokens > TOKENS_MAX {
            return Err(Excess::Tokens);
        }
        fields.see(token);
        if fields.open.len() > BRACKETS_MAX {
            return Err(Excess::Deep);
        }
        rest = after;
    }
    // With brackets left open it is no GraphQL, and the parser says where.
    match fields.is_twice && fields.open.is_empty() {
        true => Err(Excess::Duplicate),
        false => Ok(()),
    }
}

/// The fields of each selection that is open (section 2.4 and 2.5 of the specification).
#[derive(Default)]
struct Fields<'q> {
    /// One for each open bracket; none where it holds values or variables.
    open: Vec<Option<BTreeSet<&'q [u8]>>>,
    before: Before,
    is_twice: bool,
}

/// What the token before means for a word.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Before {
    /// The word is the key of a field.
    #[default]
    Nothing,
    /// It is a field behind its alias, a directive or a type.
    Part,
    /// It is a fragment, or `on` before a type.
    Spread,
}

impl<'q> Fields<'q> {
    fn see(&mut self, token: &'q [u8]) {
        let before = std::mem::take(&mut self.before);
        match token {
            b"{" => {
                let is_selection = self.open.last().is_none_or(Option::is_some);
                self.open.push(is_selection.then(BTreeSet::new));
            }
            b"(" | b"[" => self.open.push(None),
            b"}" | b")" | b"]" => drop(self.open.pop()),
            b":" | b"@" => self.before = Before::Part,
            b"..." => self.before = Before::Spread,
            b"on" if before == Before::Spread => self.before = Before::Part,
            [first, ..] if is_word(*first) && before == Before::Nothing => {
                if let Some(Some(keys)) = self.open.last_mut() {
                    self.is_twice |= !keys.insert(token);
                }
            }
            _ => {}
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

fn until_line_end(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len())
}

/// Length of the text that begins here; one without an end goes to the end of its line.
fn text(bytes: &[u8]) -> usize {
    if let Some(inside) = bytes.strip_prefix(b"\"\"\"") {
        let mut at = 0;
        while let Some(tail) = inside.get(at..).filter(|tail| !tail.is_empty()) {
            if tail.starts_with(b"\\\"\"\"") {
                at += 4;
            } else if tail.starts_with(b"\"\"\"") {
                return at + 6;
            } else {
                at += 1;
            }
        }
        return bytes.len();
    }
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            b'\n' | b'\r' => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}
