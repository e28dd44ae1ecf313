//! Where a row says which record it is of.

use sluicebox_event::instant_ms;

use super::entry::NO_TIME;
use super::files::RowsOf;
use super::topics::Topics;
use crate::csv_rows::Row;

/// Where the columns are that say which record a row is of, from 0.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub(super) rows_of: RowsOf,
    pub(super) count: usize,
    pub(super) topic: Option<usize>,
    pub(super) partition: usize,
    pub(super) offset: usize,
    at: Option<usize>,
}

impl Columns {
    /// Finds them in a header; `None` when they are not among its columns.
    pub(super) fn find(rows_of: RowsOf, header: &str) -> Option<Self> {
        let names: Vec<&str> = header.split(',').collect();
        let find = |name: &str| names.iter().position(|known| *known == name);
        let is_letters = rows_of == RowsOf::Letters;
        Some(Self {
            rows_of,
            count: names.len(),
            topic: if is_letters {
                Some(find("source_topic")?)
            } else {
                None
            },
            partition: find("source_partition")?,
            offset: find("source_offset")?,
            at: find(if is_letters {
                "failed_at"
            } else {
                "processed_at"
            }),
        })
    }

    /// Which record a row of these columns is of, and when it was made.
    pub(super) fn source_of(
        &self,
        row: &Row<'_>,
        topics: &mut Topics,
        last: &mut LastTime,
    ) -> Option<(u16, i32, i64, i64)> {
        if row.len() != self.count {
            return None;
        }
        let partition = i32::try_from(row.number(self.partition)?).ok()?;
        let offset = row.number(self.offset)?;
        let at_ms = match self.at {
            None => NO_TIME,
            Some(at) => {
                let text = row.field(at)?;
                last.parse(text)?
            }
        };
        let topic = match (self.rows_of, self.topic) {
            (RowsOf::Stream(stream), _) => stream.0,
            (_, Some(at)) => {
                let name = std::str::from_utf8(row.field(at)?).ok()?;
                topics.index_of(name)?
            }
            _ => return None,
        };
        Some((topic, partition, offset, at_ms))
    }
}

/// The time that was parsed last: rows of one batch share it.
#[derive(Debug, Default)]
pub(super) struct LastTime {
    text: Vec<u8>,
    ms: i64,
}

impl LastTime {
    fn parse(&mut self, text: &[u8]) -> Option<i64> {
        if text != self.text {
            self.ms = instant_ms(text)?;
            self.text.clear();
            self.text.extend_from_slice(text);
        }
        Some(self.ms)
    }
}
