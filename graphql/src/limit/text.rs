//! The text of a query, looked at without parsing it: the parser goes as deep as the brackets do,
//! and takes its time for each token.
//!
//! Tokens are those of the GraphQL specification (October 2021, section 2.1). Text that is none of
//! them counts too, and is left to the parser to refuse.

use crate::limit::{BRACKETS_MAX, Excess, TOKENS_MAX};

/// Counts tokens, and how deep brackets are in each other.
pub(super) fn measure(query: &str) -> Result<(), Excess> {
    let mut rest = query.as_bytes();
    let (mut tokens, mut brackets) = (0, 0_usize);
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
            b'{' | b'(' | b'[' => {
                brackets += 1;
                1
            }
            b'}' | b')' | b']' => {
                brackets = brackets.saturating_sub(1);
                1
            }
            b'.' => rest.iter().take(3).take_while(|byte| **byte == b'.').count(),
            other if is_word(other) => rest.iter().take_while(|byte| is_word(**byte)).count(),
            _ => 1,
        };
        tokens += 1;
        if tokens > TOKENS_MAX {
            return Err(Excess::Tokens);
        }
        if brackets > BRACKETS_MAX {
            return Err(Excess::Deep);
        }
        rest = rest.get(length.max(1)..).unwrap_or_default();
    }
    Ok(())
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
