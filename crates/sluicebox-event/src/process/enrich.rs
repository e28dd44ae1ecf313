//! Enrichments: values made from others. Without its input an enrichment is left out.

use sluicebox_faults::planted;

use super::event::Event;
use super::resolve::Value;
use crate::definition::BandInput;
use crate::json::number;
use crate::plan::{EnrichmentPlan, Producer};
use crate::{Reason, Reject};

/// Significant digits of a converted number, when its definition names no decimals: more than any
/// measurement has, few enough to leave the noise of the computation behind.
const CONVERTED_DIGITS: i32 = 12;

/// Appends the enrichment, if there is one.
#[inline]
pub(super) fn write(
    enrichment: &EnrichmentPlan,
    event: &Event<'_>,
    out: &mut Vec<u8>,
    buffer: &mut Vec<u8>,
) -> Result<(), Reject> {
    let token: Option<&[u8]> = match &enrichment.producer {
        Producer::Band { labels, inputs } => {
            worst(inputs, event).map(|label| &*labels[usize::from(label)])
        }
        Producer::Choices { field, labels } => match event.field(*field).0 {
            Value::Choice { index, .. } => labels[usize::from(index)].as_deref(),
            _ => None,
        },
        Producer::Lookup {
            field,
            labels,
            otherwise,
        } => {
            let found = |text: &[u8]| {
                labels
                    .get(text)
                    .or(otherwise.as_ref())
                    .map(|label| &**label)
            };
            match event.field(*field).0 {
                Value::Text { .. } => found(event.text(*field, buffer)),
                Value::Integer { value, .. } => found(itoa::Buffer::new().format(value).as_bytes()),
                Value::Boolean(truth) => found(if truth { b"true" } else { b"false" }),
                _ => None,
            }
        }
        Producer::Constant(token) => Some(token),
        Producer::Convert {
            field,
            add_first,
            factor,
            add_last,
            decimals,
        } => {
            let Some(value) = numeric(event, *field) else {
                return Ok(());
            };
            let converted = rounded((value + add_first) * factor + add_last, *decimals);
            if !converted.is_finite() {
                let rest = format_args!(
                    "is {value}, and too large to be converted to `{}`",
                    enrichment.name
                );
                let name = &event.plan.fields[*field].field.name;
                return Err(Reject::field(Reason::NumberOverflow, name, rest));
            }
            out.extend_from_slice(&enrichment.prefix);
            number::write(out, converted);
            return Ok(());
        }
    };
    if let Some(token) = token {
        out.extend_from_slice(&enrichment.prefix);
        out.extend_from_slice(token);
    }
    Ok(())
}

/// The value of a numeric field that is there.
#[inline]
fn numeric(event: &Event<'_>, field: usize) -> Option<f64> {
    let (value, slot, bytes) = event.field(field);
    match value {
        Value::Number { value, .. } => Some(value),
        Value::Integer { value, .. } => Some(value as f64),
        Value::Decimal { .. } => number::parse(slot.token(bytes)).map(|number| number.value),
        _ => None,
    }
}

/// The worst label of all fields that are there: labels are numbered from best to worst.
#[inline]
fn worst(inputs: &[BandInput], event: &Event<'_>) -> Option<u16> {
    let labels = inputs.iter().filter_map(|input| {
        let value = numeric(event, input.field)?;
        input
            .bands
            .iter()
            .find(|(end, _)| value < *end || (planted!("band-edge-belongs-below") && value <= *end))
            .map(|(_, label)| *label)
    });
    labels.max()
}

fn rounded(value: f64, decimals: Option<u8>) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let digits = match decimals {
        Some(decimals) => i32::from(decimals),
        None => CONVERTED_DIGITS - 1 - value.abs().log10().floor() as i32,
    };
    // Dividing by a power of ten rounds correctly, multiplying by its inverse does not.
    let result = if digits >= 0 {
        (value * 10_f64.powi(digits)).round() / 10_f64.powi(digits)
    } else {
        (value / 10_f64.powi(-digits)).round() * 10_f64.powi(-digits)
    };
    if result == 0.0 {
        0.0
    } else if result.is_finite() {
        result
    } else {
        value
    }
}
