//! Plans: definitions compiled once, at start, to what a record needs.

mod growth;
mod hash;
mod stream;

pub use hash::PlanHash;
pub use stream::StreamPlan;
pub(crate) use stream::{ColumnSource, EnrichmentPlan, FieldPlan, Producer, tail};

use crate::dead_letter::{self, LetterSource};
use crate::definition::{DefinitionError, StreamDefinition, is_file, is_topic};
use crate::limits::{
    OUTPUT_GROWTH_MAX_BYTES, STREAMS_MAX_COUNT, VALUE_MAX_BYTES, VALUE_MAX_BYTES_CEILING,
};
use crate::{Reject, SourceRecord, StreamId};
use std::collections::{BTreeMap, BTreeSet};

/// What is decided for all streams together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanOptions {
    /// A source value of more bytes is rejected as `too_large`. At most 256 MiB.
    pub value_max_bytes: usize,
    /// Write `'` before a text in a CSV file that a spreadsheet would take for a formula. Off by
    /// default, since it changes data; see `docs/streams.md`.
    pub csv_formula_guard: bool,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self {
            value_max_bytes: VALUE_MAX_BYTES,
            csv_formula_guard: false,
        }
    }
}

/// The plans of all streams of a deployment. Immutable; share it.
#[derive(Debug)]
pub struct Plans {
    streams: Vec<StreamPlan>,
    by_topic: BTreeMap<String, StreamId>,
    options: PlanOptions,
    hash: PlanHash,
}

impl Plans {
    /// Compiles definitions. Ids of streams follow their order.
    ///
    /// # Errors
    /// When two streams share a name, a topic or a file, when a topic or file that was set after
    /// parsing cannot be one, or when records could outgrow the room that output topics have.
    pub fn compile(
        definitions: &[StreamDefinition],
        options: PlanOptions,
    ) -> Result<Self, DefinitionError> {
        if definitions.is_empty() || definitions.len() > STREAMS_MAX_COUNT {
            return Err(whole(&format!(
                "1 to {STREAMS_MAX_COUNT} streams, not {}",
                definitions.len()
            )));
        }
        if options.value_max_bytes > VALUE_MAX_BYTES_CEILING {
            return Err(whole(&format!(
                "a value has at most {VALUE_MAX_BYTES_CEILING} bytes"
            )));
        }
        let mut taken = BTreeSet::new();
        for definition in definitions {
            if !is_topic(&definition.topic) {
                return Err(whole(&format!("`{}` cannot be a topic", definition.topic)));
            }
            if !is_file(&definition.file_name) {
                return Err(whole(&format!(
                    "`{}` cannot be a stream's file",
                    definition.file_name
                )));
            }
            for (what, name) in [
                ("name", &definition.name),
                ("topic", &definition.topic),
                ("file", &definition.file_name),
            ] {
                if !taken.insert((what, name)) {
                    return Err(whole(&format!("two streams have the {what} `{name}`")));
                }
            }
        }
        let streams: Vec<StreamPlan> = definitions.iter().map(StreamPlan::compile).collect();
        let growing = streams
            .iter()
            .map(|stream| (stream, growth::max_bytes(stream)));
        if let Some((stream, bytes)) = growing.max_by_key(|(_, bytes)| *bytes)
            && bytes > OUTPUT_GROWTH_MAX_BYTES
        {
            let message = format!(
                "records of `{}` may grow by {bytes} bytes; shorten its names, labels and defaults to {OUTPUT_GROWTH_MAX_BYTES}",
                stream.name()
            );
            return Err(whole(&message));
        }
        let ids = streams
            .iter()
            .enumerate()
            .map(|(index, stream)| (stream.source_topic().to_owned(), StreamId(index as u16)));
        let by_topic = ids.collect();
        let hash = PlanHash::of(definitions, &options);
        Ok(Self {
            streams,
            by_topic,
            options,
            hash,
        })
    }

    /// The streams; a [`StreamId`] is an index into them.
    pub fn streams(&self) -> &[StreamPlan] {
        &self.streams
    }

    /// The stream whose source topic this is.
    pub fn stream_of_topic(&self, topic: &str) -> Option<StreamId> {
        self.by_topic.get(topic).copied()
    }

    /// The stream of this name.
    pub fn stream_of_name(&self, name: &str) -> Option<StreamId> {
        let index = self
            .streams
            .iter()
            .position(|stream| stream.name() == name)?;
        Some(StreamId(index as u16))
    }

    /// What was decided for all streams together.
    pub fn options(&self) -> &PlanOptions {
        &self.options
    }

    /// Tells plans apart that write something else for the same accepted record.
    pub fn hash(&self) -> PlanHash {
        self.hash
    }

    /// [`dead_letter::letter_row`] under these plans' options: with `csv_formula_guard`, keys and
    /// values that a spreadsheet would take for a formula are written as base64.
    ///
    /// # Errors
    /// See [`dead_letter::letter_row`].
    pub fn letter_row<'a>(
        &self,
        record: &SourceRecord<'_>,
        headers: impl Iterator<Item = (&'a str, Option<&'a [u8]>)>,
        out: &mut Vec<u8>,
    ) -> Result<LetterSource, Reject> {
        dead_letter::write_letter_row(record, headers, self.options.csv_formula_guard, out)
    }

    /// [`dead_letter::sink_letter_row`] under these plans' options, as in [`Plans::letter_row`].
    pub fn sink_letter_row(
        &self,
        record: &SourceRecord<'_>,
        reject: &Reject,
        now_ms: i64,
        out: &mut Vec<u8>,
    ) {
        dead_letter::write_sink_letter_row(
            record,
            reject,
            now_ms,
            self.options.csv_formula_guard,
            out,
        );
    }
}

/// An error about the definitions together, which no place in one of them is to blame for.
fn whole(message: &str) -> DefinitionError {
    DefinitionError {
        origin: "streams".to_owned(),
        message: message.to_owned(),
        span: None,
        help: None,
        source_text: String::new(),
    }
}
