//! The bad records: each is one letter, in the file and, if the processor met it, in the topic.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sluicebox_kafka::{Admin, ClientOptions, Consumer, Polled, RecordRef, TopicPartitionOffset};

use crate::bad_input::{Class, Expected};
use crate::error::{ChaosError, Result, found};
use crate::limits::READY_MS;

const TOPIC: &str = "dead_letters";
/// The first of the headers that the processor adds.
const FIRST_OF_OURS: &str = "__connect.errors.topic";
/// How many it adds.
const OURS: usize = 7;

/// Holds every row of the file against what was sent.
pub(super) fn read_file(path: &Path, classes: &[&Class], expected: &mut Expected) -> Result<()> {
    let unreadable = |error: csv::Error| {
        ChaosError::Finding(format!("{} is not readable CSV: {error}", path.display()))
    };
    let mut reader = csv::Reader::from_path(path).map_err(unreadable)?;
    for row in reader.records() {
        let row = row.map_err(unreadable)?;
        let line = row.position().map_or(0, csv::Position::line);
        let (key, value) = (decoded(&row[7], &row[8])?, decoded(&row[9], &row[10])?);
        let place = format!("dead_letters.csv:{line}");
        let why = (&row[4], &row[5]);
        expected.letter(classes, &place, why, (key.as_deref(), value.as_deref()));
    }
    Ok(())
}

fn decoded(cell: &str, encoding: &str) -> Result<Option<Vec<u8>>> {
    match encoding {
        "null" => Ok(None),
        "utf8" => Ok(Some(cell.as_bytes().to_vec())),
        _ => match STANDARD.decode(cell) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) => found(format!("a cell of {encoding} is none: {error}")),
        },
    }
}

/// What is wrong with the headers of the processor's letters: first all that came, then ours.
pub(super) fn wrong_letters(servers: &str, classes: &[&Class]) -> Result<Vec<String>> {
    let wait = Duration::from_millis(READY_MS);
    let client = ClientOptions::new(servers.to_owned(), "chaos-bad-input");
    let ends = Admin::connect(&client, wait)?.log_ranges(TOPIC)?;
    let starts: Vec<_> = (ends.iter())
        .map(|end| TopicPartitionOffset {
            topic: 0,
            partition: end.partition,
            offset: end.range.earliest,
        })
        .collect();
    let mut consumer = Consumer::reader(&client, vec![TOPIC.to_owned()])?;
    consumer.assign(&starts)?;
    let is_read = |consumer: &Consumer| {
        starts.iter().zip(&ends).all(|(start, end)| {
            let at = consumer.position_end(start.topic_partition());
            end.range.last_stable <= at.unwrap_or(start.offset)
        })
    };
    let mut wrong = Vec::new();
    let deadline = Instant::now() + wait * 3;
    while !is_read(&consumer) {
        if Instant::now() > deadline {
            return found(format!("{TOPIC} cannot be read to its end"));
        }
        if let Polled::Records(batch) = consumer.poll(1_000, Duration::from_millis(100))? {
            wrong.extend(
                batch
                    .iter()
                    .filter_map(|letter| wrong_headers(letter, classes)),
            );
        }
    }
    Ok(wrong)
}

/// The class and number that key or value name tell which headers were sent.
fn wrong_headers(letter: RecordRef<'_>, classes: &[&Class]) -> Option<String> {
    let named = named_in(letter.key()).or_else(|| named_in(letter.value()));
    let Some((index, number)) = named.filter(|(index, _)| *index < classes.len()) else {
        return Some("a letter of a record that was never sent".to_owned());
    };
    let class = classes[index];
    if class.place.stage() != "process" {
        // What was put into the topic from outside is the sink's to judge.
        return None;
    }
    let headers: Vec<_> = letter.headers().collect();
    let (came, added) = headers.split_at(headers.len().saturating_sub(OURS));
    let bad = class.record(index, number);
    let sent = bad.headers.iter();
    let as_sent = came.len() == sent.len()
        && came
            .iter()
            .zip(sent)
            .all(|(found, (name, value))| *found == (name.as_str(), value.as_deref()));
    let is_ours = added.first().is_some_and(|first| first.0 == FIRST_OF_OURS);
    (!as_sent || !is_ours).then(|| {
        let (found, sent) = (came.len(), bad.headers.len());
        format!("{}: {found} headers, and {sent} came", class.name)
    })
}

/// `bad-CLASS-NUMBER` somewhere in these bytes.
fn named_in(bytes: Option<&[u8]>) -> Option<(usize, u64)> {
    let text = String::from_utf8_lossy(bytes?);
    let mut parts = text.split_once("bad-")?.1.splitn(2, '-');
    let digits = |part: &str| -> String { part.chars().take_while(char::is_ascii_digit).collect() };
    let class = digits(parts.next()?).parse().ok()?;
    let number = digits(parts.next()?).parse().ok()?;
    Some((class, number))
}
