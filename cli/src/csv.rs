//! Comma-separated values for spreadsheets (RFC 4180), which run what looks like a formula.

use std::fmt::Write as _;

/// A heading line and one line per row, each with its line feed.
pub fn list(headings: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut text = String::new();
    line(&mut text, headings.iter().copied());
    for row in rows {
        line(&mut text, row.iter().map(String::as_str));
    }
    text
}

/// One row with its line feed, for lists that have no end.
pub fn line_of(row: &[String]) -> String {
    let mut text = String::new();
    line(&mut text, row.iter().map(String::as_str));
    text
}

fn line<'f>(text: &mut String, fields: impl Iterator<Item = &'f str>) {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            text.push(',');
        }
        // An apostrophe makes a spreadsheet take the rest as text
        // (https://owasp.org/www-community/attacks/CSV_Injection).
        let guard = if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
        if field.contains([',', '"', '\n', '\r']) {
            let _ = write!(text, "\"{guard}{}\"", field.replace('"', "\"\""));
        } else {
            let _ = write!(text, "{guard}{field}");
        }
    }
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(field: &str, expected: &str) {
        let row = vec![field.to_owned(), "b".to_owned()];
        assert_eq!(list(&["A"], std::iter::once(row)), format!("A\n{expected},b\n"));
    }

    #[test]
    fn what_separates_fields_is_quoted() {
        check("shop", "shop");
        check("a,b", "\"a,b\"");
        check("say \"hi\"", "\"say \"\"hi\"\"\"");
        check("two\nlines", "\"two\nlines\"");
        check("研发", "研发");
        check("", "");
    }

    #[test]
    fn what_a_spreadsheet_would_run_becomes_text() {
        check("=1+1", "'=1+1");
        check("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
        check("+1", "'+1");
        check("-1", "'-1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "'\t=1");
        check("\r=1", "\"'\r=1\"");
    }
}
