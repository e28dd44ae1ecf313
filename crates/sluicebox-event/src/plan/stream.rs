//! The plan of one stream.

use crate::definition::{
    BandInput, Column, Enrichment, EnrichmentKind, Field, FieldKind, KeyCheck, StreamDefinition,
    UnknownFields,
};
use crate::json::members::{MemberTable, Slot};
use crate::json::scanner::Unknown;
use crate::json::string::write_quoted;
use crate::process::resolve::{Value, resolve};
use std::collections::BTreeMap;

/// A compiled definition: what is written is laid out in advance.
#[derive(Debug)]
pub struct StreamPlan {
    name: String,
    topic: String,
    file_name: String,
    csv_header: String,
    pub(crate) source_table: MemberTable,
    pub(crate) unknown: Unknown,
    pub(crate) fields: Vec<FieldPlan>,
    pub(crate) enrichments: Vec<EnrichmentPlan>,
    pub(crate) key_field: usize,
    pub(crate) check_key: bool,
    pub(crate) event_time: Option<usize>,
    /// `{"type":"name"`.
    pub(crate) opening: Box<[u8]>,
    /// `","source":{"topic":"name","partition":`, behind the time of processing.
    pub(crate) lineage: Box<[u8]>,
    pub(crate) processed_table: MemberTable,
    pub(crate) columns: Vec<ColumnPlan>,
    /// Slots that a processed record must have.
    pub(crate) required_slots: Vec<usize>,
}

/// A field and what comes before its value in the output.
#[derive(Debug)]
pub(crate) struct FieldPlan {
    pub(crate) field: Field,
    pub(crate) prefix: Box<[u8]>,
    /// Slot (into the default's token) and value of the default.
    pub(crate) default: Option<(Slot, Value)>,
}

/// An enrichment and what comes before its value in the output.
#[derive(Debug)]
pub(crate) struct EnrichmentPlan {
    pub(crate) name: String,
    pub(crate) prefix: Box<[u8]>,
    pub(crate) producer: Producer,
}

/// How an enrichment is made. Labels are JSON tokens.
#[derive(Debug)]
pub(crate) enum Producer {
    Band {
        labels: Vec<Box<[u8]>>,
        inputs: Vec<BandInput>,
    },
    /// An enumeration: a label for each of its values.
    Choices {
        field: usize,
        labels: Vec<Option<Box<[u8]>>>,
    },
    Lookup {
        field: usize,
        labels: BTreeMap<Box<[u8]>, Box<[u8]>>,
        otherwise: Option<Box<[u8]>>,
    },
    Constant(Box<[u8]>),
    Convert {
        field: usize,
        add_first: f64,
        factor: f64,
        add_last: f64,
        decimals: Option<u8>,
    },
}

/// A column: the slot of a processed record that it shows.
#[derive(Debug)]
pub(crate) struct ColumnPlan {
    pub(crate) slot: usize,
    pub(crate) source: ColumnSource,
}

/// What kind of value a column shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnSource {
    Text,
    Instant,
    Number,
    Boolean,
}

/// Slots of a processed record behind its fields and enrichments.
pub(crate) mod tail {
    pub(crate) const PROCESSED_AT: usize = 0;
    pub(crate) const SOURCE: usize = 1;
    pub(crate) const TOPIC: usize = 2;
    pub(crate) const PARTITION: usize = 3;
    pub(crate) const OFFSET: usize = 4;
    pub(crate) const TIMESTAMP: usize = 5;
}

impl StreamPlan {
    pub(super) fn compile(definition: &StreamDefinition) -> Self {
        let tail = 1 + definition.fields.len() + definition.enrichments.len();
        let required = definition
            .fields
            .iter()
            .enumerate()
            .filter(|(_, field)| field.required);
        let mut required_slots: Vec<usize> = required.map(|(index, _)| index + 1).collect();
        required_slots.extend([
            tail + tail::PROCESSED_AT,
            tail + tail::SOURCE,
            tail + tail::TOPIC,
            tail + tail::PARTITION,
            tail + tail::OFFSET,
            tail + tail::TIMESTAMP,
        ]);
        Self {
            name: definition.name.clone(),
            topic: definition.topic.clone(),
            file_name: definition.file_name.clone(),
            csv_header: csv_header(definition),
            source_table: MemberTable::new(
                definition.fields.iter().map(|field| field.name.as_str()),
            ),
            unknown: match definition.unknown_fields {
                UnknownFields::Ignore => Unknown::Count,
                UnknownFields::Reject => Unknown::Refuse,
            },
            fields: definition.fields.iter().map(field_plan).collect(),
            enrichments: definition
                .enrichments
                .iter()
                .map(|it| enrichment_plan(it, definition))
                .collect(),
            key_field: definition.key_field,
            check_key: definition.key_check == KeyCheck::Match,
            event_time: definition.event_time,
            opening: [b"{\"type\":".as_slice(), &quoted(&definition.name)]
                .concat()
                .into(),
            lineage: [
                b"\",\"source\":{\"topic\":".as_slice(),
                &quoted(&definition.topic),
                b",\"partition\":",
            ]
            .concat()
            .into(),
            processed_table: processed_table(definition),
            columns: definition
                .columns
                .iter()
                .map(|column| column_plan(column, definition, tail))
                .collect(),
            required_slots,
        }
    }

    /// Name of the stream: the `type` of its records.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Topic its records come from.
    pub fn source_topic(&self) -> &str {
        &self.topic
    }

    /// First line of its file, without the line break.
    pub fn csv_header(&self) -> &str {
        &self.csv_header
    }

    /// Name of its file in the output directory.
    pub fn file_name(&self) -> String {
        self.file_name.clone()
    }

    /// First slot of a processed record behind its fields and enrichments; see [`tail`].
    pub(crate) fn tail(&self) -> usize {
        1 + self.fields.len() + self.enrichments.len()
    }
}

fn quoted(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    write_quoted(&mut out, text.as_bytes());
    out
}

/// `,"name":`
fn prefix(name: &str) -> Box<[u8]> {
    [b",".as_slice(), &quoted(name), b":"].concat().into()
}

fn csv_header(definition: &StreamDefinition) -> String {
    let names = definition.columns.iter().map(|column| match column {
        Column::Field(index) => definition.fields[*index].output_name.as_str(),
        Column::Enrichment(index) => definition.enrichments[*index].name.as_str(),
        common => Column::COMMON
            .iter()
            .find(|(_, known)| known == common)
            .map_or("", |(name, _)| name),
    });
    names.collect::<Vec<_>>().join(",")
}

fn field_plan(field: &Field) -> FieldPlan {
    let default = field.default.as_ref().map(|default| {
        let slot = crate::definition::slot_of(&default.token).unwrap_or_default();
        // Checked when the definition was: it resolves.
        let value = resolve(field, slot, default.token.as_bytes(), 0, &mut Vec::new());
        (slot, value.unwrap_or_default())
    });
    FieldPlan {
        field: field.clone(),
        prefix: prefix(&field.output_name),
        default,
    }
}

fn enrichment_plan(enrichment: &Enrichment, definition: &StreamDefinition) -> EnrichmentPlan {
    let token = |text: &String| -> Box<[u8]> { quoted(text).into() };
    let producer = match &enrichment.kind {
        EnrichmentKind::Band { labels, inputs } => Producer::Band {
            labels: labels.iter().map(token).collect(),
            inputs: inputs.clone(),
        },
        EnrichmentKind::Lookup {
            field,
            entries,
            otherwise,
        } => {
            if let FieldKind::Enumeration { values } = &definition.fields[*field].kind {
                let label = |value| entries.get(value).or(otherwise.as_ref()).map(token);
                Producer::Choices {
                    field: *field,
                    labels: values.iter().map(label).collect(),
                }
            } else {
                let entries = entries
                    .iter()
                    .map(|(value, label)| (value.as_bytes().into(), token(label)));
                let otherwise = otherwise.as_ref().map(token);
                Producer::Lookup {
                    field: *field,
                    labels: entries.collect(),
                    otherwise,
                }
            }
        }
        EnrichmentKind::Constant { token } => Producer::Constant(token.as_bytes().into()),
        EnrichmentKind::Convert {
            field,
            add_first,
            factor,
            add_last,
            decimals,
            ..
        } => Producer::Convert {
            field: *field,
            add_first: *add_first,
            factor: *factor,
            add_last: *add_last,
            decimals: *decimals,
        },
    };
    EnrichmentPlan {
        name: enrichment.name.clone(),
        prefix: prefix(&enrichment.name),
        producer,
    }
}

fn processed_table(definition: &StreamDefinition) -> MemberTable {
    let outputs = definition
        .fields
        .iter()
        .map(|field| field.output_name.as_str());
    let enrichments = definition
        .enrichments
        .iter()
        .map(|enrichment| enrichment.name.as_str());
    let names = ["type"]
        .into_iter()
        .chain(outputs)
        .chain(enrichments)
        .chain(["processed_at", "source"]);
    let table = MemberTable::new(names);
    let source = table.len() - 1;
    table.with_nested(
        source,
        MemberTable::new(["topic", "partition", "offset", "timestamp"]),
    )
}

fn column_plan(column: &Column, definition: &StreamDefinition, tail: usize) -> ColumnPlan {
    let (slot, source) = match column {
        Column::Field(index) => (
            index + 1,
            match &definition.fields[*index].kind {
                FieldKind::String { .. } | FieldKind::Enumeration { .. } => ColumnSource::Text,
                FieldKind::Timestamp { .. } => ColumnSource::Instant,
                FieldKind::Boolean => ColumnSource::Boolean,
                FieldKind::Integer { .. }
                | FieldKind::Number { .. }
                | FieldKind::Decimal { .. } => ColumnSource::Number,
            },
        ),
        Column::Enrichment(index) => {
            let source = match &definition.enrichments[*index].kind {
                EnrichmentKind::Convert { .. } => ColumnSource::Number,
                EnrichmentKind::Constant { token } => match token.as_bytes().first() {
                    Some(b'"') => ColumnSource::Text,
                    Some(b't' | b'f') => ColumnSource::Boolean,
                    _ => ColumnSource::Number,
                },
                EnrichmentKind::Band { .. } | EnrichmentKind::Lookup { .. } => ColumnSource::Text,
            };
            (1 + definition.fields.len() + index, source)
        }
        Column::ProcessedAt => (tail + tail::PROCESSED_AT, ColumnSource::Instant),
        Column::SourceTopic => (tail + tail::TOPIC, ColumnSource::Text),
        Column::SourcePartition => (tail + tail::PARTITION, ColumnSource::Number),
        Column::SourceOffset => (tail + tail::OFFSET, ColumnSource::Number),
        Column::SourceTimestamp => (tail + tail::TIMESTAMP, ColumnSource::Number),
    };
    ColumnPlan { slot, source }
}
