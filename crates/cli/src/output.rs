//! What a command prints: sentences for people, or one JSON value with `--json`.

use std::io::{self, Write};

use anyhow::Result;
use serde::Serialize;

/// Where a command's result goes. Logs never go here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints `value` as JSON, or what `text` says about it.
    pub(crate) fn print<T: Serialize>(self, value: &T, text: impl FnOnce(&T) -> String) -> Result<()> {
        if self.json { self.line(&serde_json::to_string(value)?) } else { self.line(text(value).trim_end()) }
    }

    /// A sentence for people; nothing with `--json`.
    pub(crate) fn say(self, text: &str) -> Result<()> {
        if self.json { Ok(()) } else { self.line(text) }
    }

    /// Whether a program reads it.
    pub(crate) fn is_json(self) -> bool {
        self.json
    }

    /// A line in either case.
    pub(crate) fn line(self, text: &str) -> Result<()> {
        self.piece(&format!("{text}\n"))
    }

    /// A part of what is printed, without a line's end.
    pub(crate) fn piece(self, text: &str) -> Result<()> {
        let mut out = io::stdout().lock();
        match write!(out, "{text}").and_then(|()| out.flush()) {
            // `tablon … | head` is no failure.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => Ok(written?),
        }
    }

    /// Why the command failed, on standard error.
    #[expect(clippy::print_stderr, reason = "a failed command tells the person who typed it")]
    pub(crate) fn error(self, error: &anyhow::Error) {
        eprintln!("tablon: {error:#}");
    }

    /// Something the person should know although the command goes on, on standard error.
    #[expect(clippy::print_stderr, reason = "the person who typed the command reads this, no log does")]
    pub(crate) fn warn(self, text: &str) {
        eprintln!("warning: {text}");
    }
}

/// Rows in aligned columns; the first row is the heading.
pub(crate) fn table(heading: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = heading.iter().map(|cell| cell.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let heading: Vec<String> = heading.iter().map(|cell| cell.to_uppercase()).collect();
    let mut text = String::new();
    for row in std::iter::once(&heading).chain(rows) {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["acme".to_owned(), "Acme devs".to_owned()], vec!["b".to_owned(), "B".to_owned()]];
        assert_eq!(table(&["slug", "name"], &rows), "SLUG  NAME\nacme  Acme devs\nb     B\n");
    }
}
