//! The TOML of a definition, as it is written. Every value knows its place.

use serde::Deserialize;
use std::collections::BTreeMap;
use toml::{Spanned, Value};

pub(super) type Text = Spanned<String>;

/// The bands of one field.
pub(super) type RawBands = Spanned<Vec<Spanned<RawBand>>>;

/// `field = value` pairs.
pub(super) type RawConditions = Spanned<BTreeMap<Text, Spanned<Value>>>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStream {
    pub(super) name: Text,
    pub(super) topic: Text,
    pub(super) file: Option<Text>,
    pub(super) key_field: Text,
    pub(super) key_check: Option<Text>,
    pub(super) unknown_fields: Option<Text>,
    pub(super) event_time: Option<Text>,
    pub(super) columns: Spanned<Vec<Text>>,
    pub(super) fields: Vec<Spanned<RawField>>,
    #[serde(default)]
    pub(super) enrichments: Vec<Spanned<RawEnrichment>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawField {
    pub(super) name: Text,
    #[serde(rename = "type")]
    pub(super) kind: Text,
    #[serde(default)]
    pub(super) required: bool,
    pub(super) required_when: Option<RawConditions>,
    pub(super) default: Option<Spanned<Value>>,
    pub(super) default_when: Option<RawConditions>,
    pub(super) unit: Option<Text>,
    pub(super) min: Option<Spanned<Value>>,
    pub(super) max: Option<Spanned<Value>>,
    pub(super) min_length: Option<Spanned<u64>>,
    pub(super) max_length: Option<Spanned<u64>>,
    pub(super) values: Option<Spanned<Vec<Text>>>,
    pub(super) zone: Option<Text>,
    pub(super) window: Option<Spanned<RawWindow>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWindow {
    pub(super) from: Option<Text>,
    pub(super) ahead: Option<Text>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEnrichment {
    pub(super) name: Text,
    #[serde(rename = "type")]
    pub(super) kind: Text,
    pub(super) field: Option<Text>,
    pub(super) labels: Option<Spanned<Vec<Text>>>,
    pub(super) bands: Option<Spanned<BTreeMap<Text, RawBands>>>,
    pub(super) values: Option<Spanned<BTreeMap<Text, Text>>>,
    pub(super) otherwise: Option<Text>,
    pub(super) value: Option<Spanned<Value>>,
    pub(super) to: Option<Text>,
    pub(super) decimals: Option<Spanned<u8>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawBand {
    pub(super) below: Option<Spanned<f64>>,
    pub(super) label: Text,
}
