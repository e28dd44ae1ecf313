//! Results on stdout: aligned tables for people, JSON for programs.

use std::io::Write;
use std::path::Path;

pub(crate) use sluicebox_pipeline::numbers::grouped;

use crate::exit::Outcome;

/// Rows with the same number of cells under a header, padded to align.
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these column names.
    pub(crate) fn new(header: &[&str]) -> Self {
        Self {
            rows: vec![header.iter().map(|name| (*name).to_owned()).collect()],
        }
    }

    /// Adds a row; it has as many cells as the header.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        debug_assert_eq!(cells.len(), self.rows[0].len());
        self.rows.push(cells);
    }

    /// The table as text; numbers are right-aligned.
    pub(crate) fn text(&self) -> String {
        let columns = self.rows[0].len();
        let width = |column: usize| {
            self.rows
                .iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
        };
        let widths: Vec<_> = (0..columns).map(width).collect();
        let right: Vec<_> = (0..columns).map(|column| self.is_numeric(column)).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let padding = " ".repeat(widths[column] - cell.chars().count());
                let (before, after) = if right[column] {
                    (padding.as_str(), "")
                } else {
                    ("", padding.as_str())
                };
                line.push_str(before);
                line.push_str(cell);
                line.push_str(after);
                line.push_str("  ");
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn is_numeric(&self, column: usize) -> bool {
        let mut cells = self.rows[1..]
            .iter()
            .map(|row| row[column].as_str())
            .peekable();
        cells.peek().is_some()
            && cells.all(|cell| {
                !cell.is_empty()
                    && cell
                        .chars()
                        .all(|c| c.is_ascii_digit() || "-.,".contains(c))
            })
    }
}

/// Prints a result to stdout.
pub(crate) fn print(text: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// Prints a value as JSON on lines of its own.
pub(crate) fn print_json(value: &serde_json::Value) -> Outcome {
    print(&format!("{value:#}\n"))
}

/// A path from the root, for people who are in another directory.
pub(crate) fn absolute(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_align_and_numbers_stand_right() {
        let mut table = Table::new(&["TOPIC", "LAG"]);
        table.row(vec!["a".into(), "7".into()]);
        table.row(vec!["longer".into(), "123".into()]);
        assert_eq!(table.text(), "TOPIC   LAG\na         7\nlonger  123\n");
    }
}
