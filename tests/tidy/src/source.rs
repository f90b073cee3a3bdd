//! One file of the repository, ready for scans.

use crate::mask;

/// A text file.
#[derive(Clone, Debug)]
pub struct Source {
    /// From the root of the repository, with slashes.
    pub path: String,
    /// As it is.
    pub text: String,
    /// Rust without comments and strings; empty for other files.
    pub code: String,
}

impl Source {
    /// A file with this content.
    pub fn new(path: &str, text: &str) -> Self {
        let code = if path.ends_with(".rs") { mask::code(text) } else { String::new() };
        Self { path: path.to_owned(), text: text.to_owned(), code }
    }

    /// Written in Rust?
    pub fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    /// In one of these folders, or one of these files?
    pub fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.strip_prefix(place).is_some())
    }

    /// Last part of the path.
    pub fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Lines of the text with their numbers.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        numbered(&self.text)
    }

    /// Lines of the code with their numbers, tests included.
    pub fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        numbered(&self.code)
    }

    /// The code before the file's tests, which stand last.
    pub fn product(&self) -> &str {
        self.code.split("#[cfg(test)]\nmod ").next().unwrap_or(&self.code)
    }
}

/// Lines with numbers from 1.
pub fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}

/// Number of the line that holds this byte.
pub fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Places of `word` that are not part of a longer word.
pub fn places_of(text: &str, word: &str) -> Vec<usize> {
    let is_inside = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    text.match_indices(word)
        .map(|(at, _)| at)
        .filter(|at| {
            !is_inside(text[..*at].chars().next_back())
                && !is_inside(text[at + word.len()..].chars().next())
        })
        .collect()
}

/// Is `word` in it, not as part of a longer word?
pub fn has_word(text: &str, word: &str) -> bool {
    !places_of(text, word).is_empty()
}

/// The text between the bracket at `open` and its partner, both excluded.
pub fn inside(code: &str, open: usize) -> &str {
    let mut depth = 0_usize;
    for (at, c) in code[open..].char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return &code[open + 1..(open + at).max(open + 1)];
        }
    }
    &code[open + 1..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_found_only_whole() {
        assert_eq!(places_of("f64 af64 f64x (f64)", "f64"), [0, 15]);
        assert!(!has_word("f64_", "f64"));
    }

    #[test]
    fn tests_at_the_end_are_not_the_product() {
        let source = Source::new("a.rs", "fn a() {}\n#[cfg(test)]\nmod tests { fn b() {} }\n");
        assert_eq!(source.product().trim(), "fn a() {}");
    }

    #[test]
    fn brackets_find_their_partner() {
        assert_eq!(inside("x { a { b } c } d", 2), " a { b } c ");
    }
}
