//! Names of files, modules and types: no word that says nothing, and `foo.rs` beside `foo/`.

use crate::finding::Finding;
use crate::source::{Source, places_of};

/// Words that fit everything and so name nothing.
const EMPTY_WORDS: [&str; 11] = [
    "manager", "helper", "util", "utility", "common", "misc", "service", "handler", "info", "data",
    "mod",
];

const INSTEAD: &str = "name it after the noun it is about";

/// Folders and files with an empty word in their name.
pub fn of_file(source: &Source) -> Vec<Finding> {
    source
        .path
        .split('/')
        .flat_map(parts)
        .filter_map(|part| empty_word(&part))
        .map(|word| Finding::new(&source.path, 0, format!("`{word}` in the file's name"), INSTEAD))
        .collect()
}

/// Modules and types with an empty word in their name.
pub fn of_items(source: &Source) -> Vec<Finding> {
    let (code, keywords): (&str, &[&str]) = match source.path.rsplit('.').next() {
        Some("rs") => (&source.code, &["struct", "enum", "trait", "type", "mod", "union"]),
        Some("ts" | "tsx") if !source.path.contains(".generated.") => {
            (&source.text, &["class", "interface", "enum", "type"])
        }
        _ => return Vec::new(),
    };
    crate::source::numbered(code)
        .flat_map(|(line, text)| defined(text, keywords).map(move |name| (line, name)))
        .filter_map(|(line, name)| {
            let word = parts(name).iter().find_map(|part| empty_word(part))?;
            Some(Finding::new(
                &source.path,
                line,
                format!("`{word}` in the name `{name}`"),
                INSTEAD,
            ))
        })
        .collect()
}

/// Names that this line defines.
fn defined<'a>(line: &'a str, keywords: &'a [&str]) -> impl Iterator<Item = &'a str> {
    let is_start = |before: &str| {
        let before = before.trim();
        before.is_empty()
            || ["pub", "export", "default", "declare", "abstract", "async"]
                .iter()
                .any(|word| before.ends_with(word))
            || before.ends_with(')')
    };
    keywords.iter().flat_map(move |keyword| {
        places_of(line, keyword).into_iter().filter_map(move |at| {
            let rest = line[at + keyword.len()..].strip_prefix(' ')?.trim_start();
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            (is_start(&line[..at]) && end > 0).then_some(&rest[..end])
        })
    })
}

fn empty_word(part: &str) -> Option<&'static str> {
    EMPTY_WORDS.into_iter().find(|word| {
        part == *word
            || part.strip_suffix('s') == Some(word)
            || (part == "utilities" && *word == "utility")
    })
}

/// Two words that name one thing: people know service accounts by this name and by no other.
const PAIRS: [(&str, &str); 2] = [("service", "account"), ("service", "accounts")];

/// The words of a name, in small letters: `usageInfo.rs` is `usage`, `info`, `rs`.
fn parts(name: &str) -> Vec<String> {
    let mut parts = words(name);
    let is_pair = |at: usize, parts: &[String]| {
        PAIRS.iter().any(|pair| parts[at] == pair.0 && parts[at + 1] == pair.1)
    };
    while let Some(at) = (1..parts.len()).find(|at| is_pair(at - 1, &parts)) {
        let second = parts.remove(at);
        parts[at - 1].push_str(&second);
    }
    parts
}

fn words(name: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut was_small = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && was_small) {
            parts.push(String::new());
        }
        if c.is_alphanumeric() {
            parts.iter_mut().next_back().into_iter().for_each(|part| part.extend(c.to_lowercase()));
        }
        was_small = c.is_lowercase() || c.is_numeric();
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_file(path: &str, expected: usize) {
        assert_eq!(of_file(&Source::new(path, "")).len(), expected, "{path}");
    }

    fn check_item(path: &str, text: &str, expected: usize) {
        assert_eq!(of_items(&Source::new(path, text)).len(), expected, "{text}");
    }

    #[test]
    fn an_empty_word_in_a_path_is_found() {
        check_file("a/src/mod.rs", 1);
        check_file("a/src/order_helper.rs", 1);
        check_file("a/utils/order.rs", 1);
        check_file("portal/src/dateUtil.ts", 1);
        check_file("a/src/model.rs", 0);
        check_file("a/src/utilization.rs", 0);
        check_file("a/src/information.rs", 0);
        check_file("a/src/service_account.rs", 0);
        check_file("a/src/ServiceAccountsPage.tsx", 0);
        check_file("a/src/service.rs", 1);
        check_file("a/src/account_service.rs", 1);
        check_file("a/service/account.rs", 1);
    }

    #[test]
    fn an_empty_word_in_a_type_or_module_is_found() {
        check_item("a.rs", "pub(crate) struct CellManager {", 1);
        check_item("a.rs", "mod common;", 1);
        check_item("a.rs", "pub enum NodeInfo {}", 1);
        check_item("a.rs", "    type Data = u8;", 1);
        check_item("a.ts", "export interface BillData {", 1);
        check_item("a.ts", "export default class EventHandler {", 1);
        check_item("a.rs", "// struct OldManager", 0);
        check_item("a.rs", "let data: Value = f();", 0);
        check_item("a.rs", "pub struct Database;", 0);
        check_item("a.ts", "const kind = 'type Data';", 0);
    }
}
