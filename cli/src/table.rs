//! Tables for people: lists with a heading, and facts one below the other.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Table, presets,
};
use graphql_client::page::List;

use crate::terminal::{Style, Terminal};

/// A heading. Names, ids and numbers are never broken, since they are there to be copied.
#[derive(Clone, Copy, Debug)]
pub enum Column {
    /// For words.
    Left(&'static str),
    /// For numbers.
    Right(&'static str),
    /// For sentences, which are wrapped on a narrow terminal.
    Wrapped(&'static str),
}

use Column::{Left, Right, Wrapped};

/// Tells people that there is more.
pub fn note_if_cut<T>(list: &List<T>, terminal: &Terminal) {
    if !list.complete {
        let shown = list.items.len();
        terminal.note(&format!("Only the first {shown} are shown; --limit takes more."));
    }
}

/// A list with headings, one line per row. An empty list is a sentence.
pub fn list(style: Style, columns: &[Column], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return "Nothing to show.\n".to_owned();
    }
    let mut table = blank(style);
    table.set_header(columns.iter().map(|column| match column {
        Left(title) | Right(title) | Wrapped(title) => {
            let cell = Cell::new(title);
            if style.colour { cell.add_attribute(Attribute::Bold) } else { cell }
        }
    }));
    for row in rows {
        table.add_row(row.into_iter().map(|text| coloured(style, text)));
    }
    for (index, column) in columns.iter().enumerate() {
        let Some(shape) = table.column_mut(index) else { continue };
        shape.set_padding((0, 2));
        if let Right(_) = column {
            shape.set_cell_alignment(CellAlignment::Right);
        }
        if let Left(_) | Right(_) = column {
            shape.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    finished(&table)
}

/// A list whose headings behind the first are names that are only known now.
pub fn columns(style: Style, first: &str, names: &[String], rows: Vec<Vec<String>>) -> String {
    let mut table = blank(Style { width: None, ..style });
    let heads = std::iter::once(first).chain(names.iter().map(String::as_str));
    table.set_header(heads.map(|head| {
        let cell = Cell::new(crate::text::harmless(head));
        if style.colour { cell.add_attribute(Attribute::Bold) } else { cell }
    }));
    for row in rows {
        table.add_row(row.into_iter().map(|text| coloured(style, text)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    finished(&table)
}

/// Facts, each with its name before it. Those without a value are left out.
pub fn facts(style: Style, facts: &[(&str, Option<String>)]) -> String {
    let mut table = blank(Style { width: None, ..style });
    for (name, value) in facts {
        if let Some(value) = value {
            table.add_row([Cell::new(format!("{name}:")), coloured(style, value.clone())]);
        }
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    finished(&table)
}

/// A part of a longer answer, under its title.
pub fn part(title: &str, content: &str) -> String {
    let indented: String = content.lines().map(|line| format!("  {line}\n")).collect();
    format!("\n{title}\n{indented}")
}

fn blank(style: Style) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    match style.width {
        // Two columns less, for those parts that are indented.
        Some(width) => table
            .set_width(width.saturating_sub(2).max(40))
            .set_content_arrangement(ContentArrangement::Dynamic),
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    if style.colour {
        table.enforce_styling()
    } else {
        table.force_no_tty()
    };
    table
}

fn coloured(style: Style, text: String) -> Cell {
    let text = crate::text::harmless_lines(&text);
    let colour = match text.as_str() {
        _ if !style.colour => None,
        "running" | "succeeded" | "enrolled" | "closed" => Some(Color::Green),
        "failed" | "deleted" | "revoked" => Some(Color::Red),
        "degraded" | "unknown" | "detached" | "superseded" => Some(Color::Yellow),
        "provisioning" | "updating" | "deleting" | "pending" => Some(Color::Cyan),
        _ => None,
    };
    let cell = Cell::new(text);
    match colour {
        Some(colour) => cell.fg(colour),
        None => cell,
    }
}

fn finished(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 3] = [Left("NAME"), Left("STATE"), Right("AMOUNT")];

    fn rows() -> Vec<Vec<String>> {
        let row = |name: &str, state: &str, amount: &str| {
            vec![name.to_owned(), state.to_owned(), amount.to_owned()]
        };
        vec![row("shop-cache", "running", "12.5"), row("队列", "failed", "0.000125")]
    }

    #[test]
    fn columns_line_up_and_numbers_stand_at_the_right() {
        assert_eq!(
            list(Style::default(), &COLUMNS, rows()),
            "\
NAME        STATE      AMOUNT
shop-cache  running      12.5
队列        failed   0.000125
"
        );
    }

    #[test]
    fn an_empty_list_says_so() {
        assert_eq!(list(Style::default(), &COLUMNS, Vec::new()), "Nothing to show.\n");
    }

    #[test]
    fn there_is_no_colour_unless_asked_for() {
        assert!(!list(Style::default(), &COLUMNS, rows()).contains('\u{1b}'));
        let lively = Style { colour: true, width: None };
        assert!(list(lively, &COLUMNS, rows()).contains("\u{1b}["));
    }

    #[test]
    fn a_narrow_terminal_wraps_sentences_and_breaks_no_name() {
        let style = Style { colour: false, width: Some(62) };
        let name = "a-rather-long-name-for-an-instance";
        let problem = "the member did not answer before the deadline";
        let columns = [Left("NAME"), Wrapped("PROBLEM"), Right("AMOUNT")];
        let row = vec![name.to_owned(), problem.to_owned(), "1".to_owned()];
        let text = list(style, &columns, vec![row]);
        assert!(text.lines().all(|line| line.chars().count() <= 62), "{text}");
        assert!(text.contains(name), "{text}");
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(problem.split(' ').all(|word| words.contains(&word)), "{text}");
        assert!(text.lines().count() > 2, "{text}");
    }

    #[test]
    fn facts_without_a_value_are_left_out() {
        let text = facts(
            Style::default(),
            &[("Name", Some("shop-cache".into())), ("Deleted", None), ("State", Some("x".into()))],
        );
        assert_eq!(text, "Name:   shop-cache\nState:  x\n");
    }

    #[test]
    fn text_from_elsewhere_cannot_steer_the_terminal() {
        let rows = vec![vec!["a\u{1b}[31mb".into(), "x".into(), "1".into()]];
        assert!(!list(Style::default(), &COLUMNS, rows).contains('\u{1b}'));
    }
}
