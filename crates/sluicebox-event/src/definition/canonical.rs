//! The canonical form of a definition: bytes that are equal exactly when two definitions mean the
//! same. Our own encoding, since a library's may change with its version.

use super::model::{
    Column, Condition, ConditionValue, Enrichment, EnrichmentKind, Field, FieldKind, KeyCheck,
    StreamDefinition, UnknownFields,
};

/// Changes whenever this module, or the meaning of a definition, does.
pub(crate) const VERSION: u8 = 1;

/// The canonical form: every part with its length before it.
pub(crate) fn form(definition: &StreamDefinition) -> Vec<u8> {
    let mut form = Form(Vec::new());
    form.text(&definition.name)
        .text(&definition.topic)
        .text(&definition.file_name);
    form.number(definition.key_field as u64);
    form.number(u64::from(definition.key_check == KeyCheck::None));
    form.number(u64::from(
        definition.unknown_fields == UnknownFields::Reject,
    ));
    form.number(definition.event_time.map_or(0, |field| field as u64 + 1));
    form.number(definition.fields.len() as u64);
    definition.fields.iter().for_each(|field| form.field(field));
    form.number(definition.enrichments.len() as u64);
    definition
        .enrichments
        .iter()
        .for_each(|enrichment| form.enrichment(enrichment));
    form.number(definition.columns.len() as u64);
    definition
        .columns
        .iter()
        .for_each(|column| form.column(column));
    form.0
}

struct Form(Vec<u8>);

impl Form {
    fn number(&mut self, number: u64) -> &mut Self {
        self.0.extend_from_slice(&number.to_be_bytes());
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
        self
    }

    fn optional(&mut self, text: Option<&str>) -> &mut Self {
        self.number(u64::from(text.is_some()));
        self.text(text.unwrap_or_default())
    }

    fn field(&mut self, field: &Field) {
        self.text(&field.name)
            .text(&field.output_name)
            .optional(field.unit.as_deref());
        self.text(field.kind.type_name());
        match &field.kind {
            FieldKind::String {
                min_length,
                max_length,
            } => {
                self.number(*min_length).number(*max_length);
            }
            FieldKind::Integer { min, max } => {
                self.number(*min as u64).number(*max as u64);
            }
            FieldKind::Number { min, max } => {
                self.number(min.to_bits()).number(max.to_bits());
            }
            FieldKind::Decimal { min, max } => {
                self.optional(min.as_deref()).optional(max.as_deref());
            }
            FieldKind::Boolean => {}
            FieldKind::Timestamp {
                zone,
                from_ms,
                ahead_ms,
            } => {
                let zone = zone.as_ref().and_then(|zone| zone.iana_name());
                self.optional(zone)
                    .number(*from_ms as u64)
                    .number(*ahead_ms as u64);
            }
            FieldKind::Enumeration { values } => {
                self.number(values.len() as u64);
                for value in values {
                    self.text(value);
                }
            }
        }
        self.number(u64::from(field.required))
            .conditions(&field.required_when);
        self.number(u64::from(field.default.is_some()));
        if let Some(default) = &field.default {
            self.text(&default.token).conditions(&default.when);
        }
    }

    fn conditions(&mut self, conditions: &[Condition]) {
        self.number(conditions.len() as u64);
        for condition in conditions {
            self.number(condition.field as u64);
            match &condition.value {
                ConditionValue::Text(text) => self.text("text").text(text),
                ConditionValue::Choice(index) => self.text("choice").number(u64::from(*index)),
                ConditionValue::Integer(number) => self.text("integer").number(*number as u64),
                ConditionValue::Boolean(truth) => self.text("boolean").number(u64::from(*truth)),
            };
        }
    }

    fn enrichment(&mut self, enrichment: &Enrichment) {
        self.text(&enrichment.name);
        match &enrichment.kind {
            EnrichmentKind::Band { labels, inputs } => {
                self.text("band").number(labels.len() as u64);
                for label in labels {
                    self.text(label);
                }
                self.number(inputs.len() as u64);
                for input in inputs {
                    self.number(input.field as u64)
                        .number(input.bands.len() as u64);
                    for (end, label) in &input.bands {
                        self.number(end.to_bits()).number(u64::from(*label));
                    }
                }
            }
            EnrichmentKind::Lookup {
                field,
                entries,
                otherwise,
            } => {
                self.text("lookup")
                    .number(*field as u64)
                    .number(entries.len() as u64);
                for (value, label) in entries {
                    self.text(value).text(label);
                }
                self.optional(otherwise.as_deref());
            }
            EnrichmentKind::Constant { token } => {
                self.text("constant").text(token);
            }
            EnrichmentKind::Convert {
                field,
                to,
                add_first,
                factor,
                add_last,
                decimals,
            } => {
                self.text("convert").number(*field as u64).text(to);
                self.number(add_first.to_bits())
                    .number(factor.to_bits())
                    .number(add_last.to_bits());
                self.number(decimals.map_or(0, |decimals| u64::from(decimals) + 1));
            }
        }
    }

    fn column(&mut self, column: &Column) {
        match column {
            Column::Field(index) => self.text("field").number(*index as u64),
            Column::Enrichment(index) => self.text("enrichment").number(*index as u64),
            common => {
                let name = Column::COMMON.iter().find(|(_, known)| known == common);
                self.text("common").text(name.map_or("", |(name, _)| name))
            }
        };
    }
}
