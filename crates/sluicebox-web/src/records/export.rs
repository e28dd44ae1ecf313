//! What a search finds, as a file.

use std::ops::ControlFlow;

use serde_json::json;
use sluicebox_kafka::RecordRef;
use sluicebox_pipeline::search::{HeaderLine, Progress, RecordLine, Text};

use super::newest::Taker;
use super::query::Asked;
use super::scan::{flow, scan};
use crate::app::App;
use crate::format;
use crate::limits::EXPORT_PIECE_BYTES;
use crate::stream::{Gone, Sender};

/// Format of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// One JSON object a line.
    Ndjson,
    /// RFC 4180.
    Csv,
}

const COLUMNS: [&str; 8] = [
    "partition",
    "offset",
    "timestamp",
    "key",
    "key_encoding",
    "value",
    "value_encoding",
    "headers",
];

struct Export<'a> {
    topic: &'a str,
    sender: &'a Sender,
    format: Format,
    piece: Vec<u8>,
}

/// Hands out what a search finds, whole. An error ends the file with a line that says so.
pub(crate) fn export(app: &App, asked: &Asked, format: Format, sender: &Sender) {
    let mut export = Export {
        topic: &asked.search.topic,
        sender,
        format,
        piece: Vec::new(),
    };
    if format == Format::Csv {
        export.line(|piece| csv(piece, &COLUMNS.map(str::to_owned)));
    }
    let error = match scan(app, asked, &mut export) {
        Ok(false) => None,
        Ok(true) => Some("not all of the latest records are here: together they are too large to be put in order; from=earliest gives all".to_owned()),
        Err(error) => Some(error.to_string()),
    };
    if let Some(error) = error {
        export.line(|piece| match format {
            Format::Ndjson => {
                piece.extend_from_slice(json!({ "error": error }).to_string().as_bytes());
            }
            Format::Csv => csv(piece, &[format!("error: {error}")]),
        });
    }
    // Whoever wanted it may be gone.
    let _ = export.hand_over();
}

impl Export<'_> {
    fn line(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        write(&mut self.piece);
        self.piece.push(b'\n');
    }

    fn hand_over(&mut self) -> Result<(), Gone> {
        if self.piece.is_empty() {
            return Ok(());
        }
        self.sender.send(std::mem::take(&mut self.piece))
    }
}

impl Taker for Export<'_> {
    type Made = Vec<u8>;

    fn make(&self, record: RecordRef<'_>) -> Vec<u8> {
        let mut line = Vec::new();
        match self.format {
            Format::Ndjson => RecordLine::of(self.topic, record).write(&mut line),
            Format::Csv => {
                csv(&mut line, &cells(record));
                line.push(b'\n');
            }
        }
        line
    }

    fn bytes(made: &Vec<u8>) -> usize {
        made.len()
    }

    fn take(&mut self, made: Vec<u8>) -> ControlFlow<()> {
        self.piece.extend_from_slice(&made);
        if self.piece.len() >= EXPORT_PIECE_BYTES {
            flow(self.hand_over())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn progress(&mut self, _: &Progress) -> ControlFlow<()> {
        flow(self.hand_over())
    }
}

fn cells(record: RecordRef<'_>) -> [String; 8] {
    let part = |bytes: Option<&[u8]>| {
        bytes.map_or((String::new(), "null".to_owned()), |bytes| {
            let part = Text::of(bytes);
            (part.text.into_owned(), part.encoding.to_owned())
        })
    };
    let ((key, key_encoding), (value, value_encoding)) = (part(record.key()), part(record.value()));
    [
        record.partition().to_string(),
        record.offset().to_string(),
        format::time(record.timestamp_ms()),
        key,
        key_encoding,
        value,
        value_encoding,
        json!(HeaderLine::all(record)).to_string(),
    ]
}

/// A row of RFC 4180, without the line end.
fn csv(piece: &mut Vec<u8>, cells: &[String]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            piece.push(b',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            piece.push(b'"');
            piece.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            piece.push(b'"');
        } else {
            piece.extend_from_slice(cell.as_bytes());
        }
    }
}
