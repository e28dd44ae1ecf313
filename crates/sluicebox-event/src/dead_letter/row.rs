//! Rows of `dead_letters.csv`.

use super::{Stage, headers as name};
use crate::csv::{starts_formula, write_text};
use crate::{Reason, Reject, SourceRecord, timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Which source record a dead letter is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterSource {
    /// Topic of the source record.
    pub topic: String,
    /// Its partition there.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
}

/// The text columns of a row; the others are key and value.
struct Columns<'a> {
    topic: &'a [u8],
    partition: i32,
    offset: i64,
    failed_at_ms: i64,
    stage: &'a [u8],
    reason: &'a [u8],
    message: &'a [u8],
}

/// Appends the row, `\n` included, of a record in the dead letter topic.
///
/// `headers` are all of the record's; of headers of the same name the last one counts, since ours
/// come after the original ones. The record's timestamp is the time of failure.
///
/// # Errors
/// [`Reason::InvalidLineage`] when the headers do not say which record failed, where and why; the
/// caller then writes [`sink_letter_row`]. `out` is left as it was.
pub fn letter_row<'a>(
    record: &SourceRecord<'_>,
    headers: impl Iterator<Item = (&'a str, Option<&'a [u8]>)>,
    out: &mut Vec<u8>,
) -> Result<LetterSource, Reject> {
    write_letter_row(record, headers, false, out)
}

/// [`letter_row`] with a choice: `guard` turns keys and values that a spreadsheet would take for a
/// formula into base64, which loses nothing.
pub(crate) fn write_letter_row<'a>(
    record: &SourceRecord<'_>,
    headers: impl Iterator<Item = (&'a str, Option<&'a [u8]>)>,
    guard: bool,
    out: &mut Vec<u8>,
) -> Result<LetterSource, Reject> {
    let mut found: [Option<&[u8]>; 6] = [None; 6];
    let wanted = [
        name::HEADER_TOPIC,
        name::HEADER_PARTITION,
        name::HEADER_OFFSET,
        name::HEADER_STAGE,
        name::HEADER_REASON,
        name::HEADER_MESSAGE,
    ];
    for (header, value) in headers {
        if let Some(index) = wanted.iter().position(|name| *name == header) {
            found[index] = value;
        }
    }
    let text = |index: usize| {
        found[index]
            .and_then(|value| std::str::from_utf8(value).ok())
            .ok_or_else(|| {
                let message = format!(
                    "the dead letter has no header `{}` with text",
                    wanted[index]
                );
                Reject::whole(Reason::InvalidLineage, message)
            })
    };
    let columns = Columns {
        topic: text(0)?.as_bytes(),
        partition: number(text(1)?, wanted[1])?,
        offset: number(text(2)?, wanted[2])?,
        failed_at_ms: record.timestamp_ms,
        stage: text(3)?.as_bytes(),
        reason: text(4)?.as_bytes(),
        message: text(5)?.as_bytes(),
    };
    write_row(&columns, record, guard, out);
    Ok(LetterSource {
        topic: text(0)?.to_owned(),
        partition: columns.partition,
        offset: columns.offset,
    })
}

fn number<N: std::str::FromStr + PartialOrd + Default>(
    text: &str,
    header: &str,
) -> Result<N, Reject> {
    text.parse()
        .ok()
        .filter(|number| *number >= N::default())
        .ok_or_else(|| {
            let message =
                format!("the dead letter's header `{header}` is no whole number from 0 on");
            Reject::whole(Reason::InvalidLineage, message)
        })
}

/// Appends the row of a record in an output topic that the sink cannot read (stage `sink`): its
/// source columns name the output topic's record, which is all that is known.
pub fn sink_letter_row(record: &SourceRecord<'_>, reject: &Reject, now_ms: i64, out: &mut Vec<u8>) {
    write_sink_letter_row(record, reject, now_ms, false, out);
}

/// [`sink_letter_row`] with the choice of [`write_letter_row`].
pub(crate) fn write_sink_letter_row(
    record: &SourceRecord<'_>,
    reject: &Reject,
    now_ms: i64,
    guard: bool,
    out: &mut Vec<u8>,
) {
    let columns = Columns {
        topic: record.topic.as_bytes(),
        partition: record.partition,
        offset: record.offset,
        failed_at_ms: now_ms,
        stage: Stage::Sink.code().as_bytes(),
        reason: reject.reason.code().as_bytes(),
        message: reject.message.as_bytes(),
    };
    write_row(&columns, record, guard, out);
}

fn write_row(columns: &Columns<'_>, record: &SourceRecord<'_>, guard: bool, out: &mut Vec<u8>) {
    write_text(out, columns.topic);
    let mut digits = itoa::Buffer::new();
    out.push(b',');
    out.extend_from_slice(digits.format(columns.partition).as_bytes());
    out.push(b',');
    out.extend_from_slice(digits.format(columns.offset).as_bytes());
    out.push(b',');
    out.extend_from_slice(&timestamp::format(columns.failed_at_ms));
    for text in [columns.stage, columns.reason, columns.message] {
        out.push(b',');
        write_text(out, text);
    }
    for part in [record.key, record.value] {
        out.push(b',');
        write_encoded(out, part, guard);
    }
    out.push(b'\n');
}

/// Appends a part and the name of its encoding.
fn write_encoded(out: &mut Vec<u8>, part: Option<&[u8]>, guard: bool) {
    match part {
        None => out.extend_from_slice(b",null"),
        Some(bytes) if is_clean(bytes) && !(guard && starts_formula(bytes)) => {
            write_text(out, bytes);
            out.extend_from_slice(b",utf8");
        }
        Some(bytes) => {
            out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
            out.extend_from_slice(b",base64");
        }
    }
}

/// UTF-8 that every CSV reader gives back as it was: without control characters (readers written
/// in C stop at NUL; a bare carriage return is a line break to many), line feeds and tabs apart,
/// and without a byte order mark at its start.
fn is_clean(bytes: &[u8]) -> bool {
    let control = |&byte: &u8| (byte < 0x20 && byte != b'\n' && byte != b'\t') || byte == 0x7f;
    std::str::from_utf8(bytes).is_ok_and(|text| !text.starts_with('\u{feff}'))
        && !bytes.iter().any(control)
}
