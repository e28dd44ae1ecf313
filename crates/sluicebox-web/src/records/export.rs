//! What a search finds, as a file.

use serde_json::{Value, json};
use sluicebox_kafka::RecordRef;

use super::query::Search;
use super::scan::{Progress, Scan, Watch};
use super::shown::{RecordView, Shown};
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
    sender: &'a Sender,
    format: Format,
    piece: Vec<u8>,
}

/// Hands out what a search finds, whole. An error ends the file with a line that says so.
pub(crate) fn export(app: &App, search: &Search, format: Format, sender: &Sender) {
    let mut export = Export {
        sender,
        format,
        piece: Vec::new(),
    };
    if format == Format::Csv {
        export.line(|piece| csv(piece, &COLUMNS.map(str::to_owned)));
    }
    let done = Scan::begin(app, search).and_then(|scan| scan.run(&mut export));
    if let Err(error) = done {
        export.line(|piece| match format {
            Format::Ndjson => piece
                .extend_from_slice(json!({ "error": error.to_string() }).to_string().as_bytes()),
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

impl Watch for Export<'_> {
    fn record(&mut self, record: RecordRef<'_>) -> Result<(), Gone> {
        let record = RecordView::of(record, usize::MAX);
        let format = self.format;
        self.line(|piece| match format {
            Format::Ndjson => piece.extend_from_slice(ndjson(&record).to_string().as_bytes()),
            Format::Csv => csv(piece, &cells(&record)),
        });
        if self.piece.len() >= EXPORT_PIECE_BYTES {
            self.hand_over()
        } else {
            Ok(())
        }
    }

    fn progress(&mut self, _: &Progress) -> Result<(), Gone> {
        self.hand_over()
    }
}

fn text(part: Option<&Shown>) -> (Value, Value) {
    part.map_or((Value::Null, Value::Null), |part| {
        (json!(part.text), json!(part.encoding))
    })
}

fn headers(record: &RecordView) -> Value {
    let headers = record.headers.iter().map(|header| {
        let (value, encoding) = text(header.value.as_ref());
        json!({ "name": header.name, "value": value, "encoding": encoding })
    });
    headers.collect()
}

fn ndjson(record: &RecordView) -> Value {
    let ((key, key_encoding), (value, value_encoding)) =
        (text(record.key.as_ref()), text(record.value.as_ref()));
    json!({
        "partition": record.partition, "offset": record.offset, "timestamp_ms": record.timestamp_ms,
        "key": key, "key_encoding": key_encoding, "value": value, "value_encoding": value_encoding,
        "headers": headers(record),
    })
}

fn cells(record: &RecordView) -> [String; 8] {
    let part = |part: Option<&Shown>| {
        part.map_or((String::new(), "null".to_owned()), |part| {
            (part.text.clone(), part.encoding.to_owned())
        })
    };
    let ((key, key_encoding), (value, value_encoding)) =
        (part(record.key.as_ref()), part(record.value.as_ref()));
    [
        record.partition.to_string(),
        record.offset.to_string(),
        format::time(record.timestamp_ms),
        key,
        key_encoding,
        value,
        value_encoding,
        headers(record).to_string(),
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
