//! Rust source with comments and the content of strings blanked, so that scans see code only.
//!
//! Not a parser: it knows where comments, strings and characters end, and nothing else.

/// The same text with the same lines and columns (in bytes of ASCII), without comments and strings.
pub fn code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match chars[at] {
            '/' if chars.get(at + 1) == Some(&'/') => line_end(&chars, at),
            '/' if chars.get(at + 1) == Some(&'*') => comment_end(&chars, at),
            '"' => string_end(&chars, at),
            'r' if !is_word(at.checked_sub(1).map(|before| chars[before])) => raw_end(&chars, at),
            '\'' => char_end(&chars, at),
            _ => at,
        };
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

fn is_word(c: Option<char>) -> bool {
    // `br"…"` is a raw string too; its `b` stays as a harmless letter.
    c.is_some_and(|c| (c.is_alphanumeric() || c == '_') && c != 'b')
}

fn line_end(chars: &[char], at: usize) -> usize {
    chars[at..].iter().position(|c| *c == '\n').map_or(chars.len(), |length| at + length)
}

fn comment_end(chars: &[char], at: usize) -> usize {
    let (mut depth, mut here) = (0_usize, at);
    while here + 1 < chars.len() {
        match (chars[here], chars[here + 1]) {
            ('/', '*') => (depth, here) = (depth + 1, here + 2),
            ('*', '/') if depth == 1 => return here + 2,
            ('*', '/') => (depth, here) = (depth - 1, here + 2),
            _ => here += 1,
        }
    }
    chars.len()
}

fn string_end(chars: &[char], at: usize) -> usize {
    let mut here = at + 1;
    while here < chars.len() {
        match chars[here] {
            '\\' => here += 2,
            '"' => return here + 1,
            _ => here += 1,
        }
    }
    chars.len()
}

fn raw_end(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    let open = at + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return at;
    }
    (open + 1..chars.len())
        .find(|here| {
            chars[*here] == '"'
                && chars[here + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
        })
        .map_or(chars.len(), |close| close + 1 + hashes)
}

fn char_end(chars: &[char], at: usize) -> usize {
    match (chars.get(at + 1), chars.get(at + 2)) {
        (Some('\\'), _) => {
            let from = at + 3;
            chars
                .get(from..)
                .and_then(|rest| rest.iter().position(|c| *c == '\''))
                .map_or(at, |length| from + length + 1)
        }
        (Some(_), Some('\'')) => at + 3,
        // A lifetime.
        _ => at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(code(text).split_whitespace().collect::<Vec<_>>().join(" "), expected);
    }

    #[test]
    fn only_code_is_left() {
        check("a // b\nc", "a c");
        check("a /* b /* c */ d */ e", "a e");
        check(r#"f("x \" y", z)"#, "f( , z)");
        check(r###"f(r#"x " y"#, z)"###, "f( , z)");
        check(r#"f(br"x\", z)"#, "f(b , z)");
        check(r"fn f<'a>(c: char) { c == '\'' || c == '{' || c == '\n' }", {
            "fn f<'a>(c: char) { c == || c == || c == }"
        });
        check("r#type for_r\"x\" y", "r#type for_r y");
    }

    #[test]
    fn lines_keep_their_numbers() {
        assert_eq!(code("\"a\nb\"\n/*\n*/c").lines().count(), 4);
    }
}
