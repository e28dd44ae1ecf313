//! A checked definition. Fields are referred to by index, so that nothing can dangle.

use jiff::tz::TimeZone;
use std::collections::BTreeMap;

/// A stream: where its records come from, what they look like, and what becomes of them.
#[derive(Clone, Debug)]
pub struct StreamDefinition {
    /// Name of the stream: the `type` of its records.
    pub name: String,
    /// Source topic. May be set to another one before compiling.
    pub topic: String,
    /// File of its rows in the output directory. May be set to another one before compiling.
    pub file_name: String,
    pub(crate) key_field: usize,
    pub(crate) key_check: KeyCheck,
    pub(crate) unknown_fields: UnknownFields,
    pub(crate) event_time: Option<usize>,
    pub(crate) fields: Vec<Field>,
    pub(crate) enrichments: Vec<Enrichment>,
    pub(crate) columns: Vec<Column>,
}

impl StreamDefinition {
    /// Name, in the source, of the field that is the record's key.
    pub fn key_field(&self) -> &str {
        &self.fields[self.key_field].name
    }

    /// Whether keys are compared with the key field.
    pub fn key_check(&self) -> KeyCheck {
        self.key_check
    }

    /// What happens to members that the stream does not know.
    pub fn unknown_fields(&self) -> UnknownFields {
        self.unknown_fields
    }

    /// The fields, in the order in which they are written.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The enrichments, in the order in which they are written.
    pub fn enrichments(&self) -> &[Enrichment] {
        &self.enrichments
    }

    /// The columns of its file.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }
}

/// What is asked of a record's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyCheck {
    /// It is there and equals the value of the key field.
    Match,
    /// Nothing; it is passed on as it is.
    None,
}

/// What happens to members that the stream does not know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownFields {
    /// They are left out and counted.
    Ignore,
    /// The record is rejected.
    Reject,
}

/// One field of the source record.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in the source.
    pub name: String,
    /// Its name in the output; another one after a rename.
    pub output_name: String,
    /// What its values are.
    pub kind: FieldKind,
    /// UCUM code of its unit.
    pub unit: Option<String>,
    /// A record without it is rejected.
    pub required: bool,
    /// A record without it is rejected when all of these hold. Empty: never.
    pub required_when: Vec<Condition>,
    /// What it is in a record without it.
    pub default: Option<FieldDefault>,
}

/// Type of a field, and which of its values are allowed. Limits are inclusive.
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// Text.
    String {
        /// Fewest characters (Unicode scalar values).
        min_length: u64,
        /// Most characters.
        max_length: u64,
    },
    /// A whole number of 64 bits.
    Integer {
        /// Least value.
        min: i64,
        /// Greatest value.
        max: i64,
    },
    /// A double (IEEE 754).
    Number {
        /// Least value.
        min: f64,
        /// Greatest value.
        max: f64,
    },
    /// A decimal number whose digits are kept.
    Decimal {
        /// Least value, as a JSON number.
        min: Option<String>,
        /// Greatest value, as a JSON number.
        max: Option<String>,
    },
    /// `true` or `false`.
    Boolean,
    /// RFC 3339 or an epoch number.
    Timestamp {
        /// Zone of texts without an offset. `None`: they are rejected.
        zone: Option<TimeZone>,
        /// Earliest instant, in milliseconds since 1970.
        from_ms: i64,
        /// How far ahead of the clock it may be, in milliseconds.
        ahead_ms: i64,
    },
    /// One of a list of texts.
    Enumeration {
        /// The texts.
        values: Vec<String>,
    },
}

impl FieldKind {
    /// The name of the type in a definition.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::String { .. } => "string",
            Self::Integer { .. } => "integer",
            Self::Number { .. } => "number",
            Self::Decimal { .. } => "decimal",
            Self::Boolean => "boolean",
            Self::Timestamp { .. } => "timestamp",
            Self::Enumeration { .. } => "enumeration",
        }
    }

    /// Whether its values are ordered numbers.
    pub fn is_numeric(&self) -> bool {
        matches!(
            self,
            Self::Integer { .. } | Self::Number { .. } | Self::Decimal { .. }
        )
    }
}

/// `field = value`, on the value as it came: defaults do not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Index of the field.
    pub field: usize,
    /// The value it must have.
    pub value: ConditionValue,
}

/// What a condition compares with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConditionValue {
    /// For strings.
    Text(String),
    /// For enumerations: the index of the value.
    Choice(u16),
    /// For integers.
    Integer(i64),
    /// For booleans.
    Boolean(bool),
}

/// The value of a field that is absent.
#[derive(Clone, Debug)]
pub struct FieldDefault {
    /// As a JSON token.
    pub token: String,
    /// Only when all of these hold. Empty: always.
    pub when: Vec<Condition>,
}

/// A value that is made from others.
#[derive(Clone, Debug)]
pub struct Enrichment {
    /// Its name in the output.
    pub name: String,
    /// How it is made.
    pub kind: EnrichmentKind,
}

/// How an enrichment is made. Without its input there is none.
#[derive(Clone, Debug)]
pub enum EnrichmentKind {
    /// From the bands that numbers lie in; the worst of several fields wins.
    Band {
        /// From best to worst.
        labels: Vec<String>,
        /// The fields and their bands.
        inputs: Vec<BandInput>,
    },
    /// From a table.
    Lookup {
        /// Index of the field.
        field: usize,
        /// Value to label.
        entries: BTreeMap<String, String>,
        /// For values that the table does not have.
        otherwise: Option<String>,
    },
    /// The same in each record: a JSON token.
    Constant {
        /// The token.
        token: String,
    },
    /// A number in another unit: `(value + add_first) * factor + add_last`.
    Convert {
        /// Index of the field.
        field: usize,
        /// UCUM code of the new unit.
        to: String,
        /// Added before.
        add_first: f64,
        /// Ratio of the units.
        factor: f64,
        /// Added behind.
        add_last: f64,
        /// Digits behind the point; `None`: twelve significant digits.
        decimals: Option<u8>,
    },
}

/// The bands of one field, in ascending order. The last one has no upper end.
#[derive(Clone, Debug)]
pub struct BandInput {
    /// Index of the field.
    pub field: usize,
    /// Upper end (exclusive; infinity for the last one) and index of the label.
    pub bands: Vec<(f64, u16)>,
}

/// A column of a CSV file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// A field, by index.
    Field(usize),
    /// An enrichment, by index.
    Enrichment(usize),
    /// When the record was processed.
    ProcessedAt,
    /// Topic of the source record.
    SourceTopic,
    /// Partition of the source record.
    SourcePartition,
    /// Offset of the source record.
    SourceOffset,
    /// Timestamp of the source record, in milliseconds since 1970.
    SourceTimestamp,
}

impl Column {
    /// The columns that are there in each stream, by name.
    pub const COMMON: [(&'static str, Column); 5] = [
        ("processed_at", Column::ProcessedAt),
        ("source_topic", Column::SourceTopic),
        ("source_partition", Column::SourcePartition),
        ("source_offset", Column::SourceOffset),
        ("source_timestamp", Column::SourceTimestamp),
    ];
}
