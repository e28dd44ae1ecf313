//! Which columns of a stream can be drawn, and how: its definition says so.

use sluicebox_event::StreamDefinition;
use sluicebox_event::definition::{Column, EnrichmentKind, FieldKind};

/// Name of the column with the currency of amounts.
const CURRENCY: &str = "currency";

/// A column to draw.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Drawn {
    /// Name of the column.
    pub(super) name: String,
    /// UCUM code of its unit.
    pub(super) unit: Option<String>,
    pub(super) how: How,
}

/// How a column is drawn.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum How {
    /// Mean and range over time, before bands: upper end, and how bad (0 good to 1 worst).
    Range(Vec<(f64, f64, String)>),
    /// The sum over time: amounts, apart by what the column of this name says. Amounts of different
    /// currencies make no sum.
    Sum(Option<String>),
    /// How many of each label, over time. Of bands it is known how bad they are (0 to 1).
    Labels(Vec<(String, f64)>),
}

/// The columns to draw, in the order of the file.
pub(super) fn drawn(definition: &StreamDefinition) -> Vec<Drawn> {
    definition
        .columns()
        .iter()
        .filter_map(|column| of(definition, column))
        .collect()
}

/// Name of the column with the time of an event.
pub(super) fn time(definition: &StreamDefinition) -> String {
    let fields = definition
        .columns()
        .iter()
        .filter_map(|column| match column {
            Column::Field(index) => definition.fields().get(*index),
            _ => None,
        });
    let mut times = fields.filter(|field| matches!(field.kind, FieldKind::Timestamp { .. }));
    times
        .next()
        .map_or("processed_at".to_owned(), |field| field.output_name.clone())
}

fn of(definition: &StreamDefinition, column: &Column) -> Option<Drawn> {
    match column {
        Column::Field(index) => {
            let field = definition.fields().get(*index)?;
            let how = match field.kind {
                FieldKind::Number { .. } | FieldKind::Integer { .. } => {
                    How::Range(bands(definition, *index))
                }
                FieldKind::Decimal { .. } => How::Sum(currency(definition)),
                _ => return None,
            };
            Some(Drawn {
                name: field.output_name.clone(),
                unit: field.unit.clone(),
                how,
            })
        }
        Column::Enrichment(index) => {
            let enrichment = definition.enrichments().get(*index)?;
            let (unit, how) = match &enrichment.kind {
                EnrichmentKind::Band { labels, .. } => {
                    let worst = labels.len().saturating_sub(1).max(1) as f64;
                    let judged = labels.iter().enumerate();
                    let judged = judged.map(|(at, label)| (label.clone(), at as f64 / worst));
                    (None, How::Labels(judged.collect()))
                }
                EnrichmentKind::Lookup { .. } => (None, How::Labels(Vec::new())),
                EnrichmentKind::Convert { to, .. } => (Some(to.clone()), How::Range(Vec::new())),
                EnrichmentKind::Constant { .. } => return None,
            };
            Some(Drawn {
                name: enrichment.name.clone(),
                unit,
                how,
            })
        }
        _ => None,
    }
}

/// The column that says what amounts are counted in, if there is one.
fn currency(definition: &StreamDefinition) -> Option<String> {
    let names = definition
        .columns()
        .iter()
        .filter_map(|column| match column {
            Column::Field(index) => definition.fields().get(*index),
            _ => None,
        })
        .map(|field| field.output_name.clone());
    names.into_iter().find(|name| name == CURRENCY)
}

/// The bands of a field, from the enrichments that judge it.
fn bands(definition: &StreamDefinition, field: usize) -> Vec<(f64, f64, String)> {
    for enrichment in definition.enrichments() {
        let EnrichmentKind::Band { labels, inputs } = &enrichment.kind else {
            continue;
        };
        let Some(input) = inputs.iter().find(|input| input.field == field) else {
            continue;
        };
        let worst = labels.len().saturating_sub(1).max(1) as f64;
        let band = |(end, label): &(f64, u16)| {
            let label = usize::from(*label);
            (
                *end,
                label as f64 / worst,
                labels.get(label).cloned().unwrap_or_default(),
            )
        };
        return input.bands.iter().map(band).collect();
    }
    Vec::new()
}

/// A unit as people write it.
pub(super) fn unit_sign(ucum: &str) -> String {
    match ucum {
        "Cel" => "\u{b0}C".to_owned(),
        "[degF]" => "\u{b0}F".to_owned(),
        other => other.to_owned(),
    }
}
