//! The enrichments of a stream.

use super::error::Problem;
use super::fields::{find, quoted};
use super::kinds::label;
use super::model::{BandInput, Enrichment, EnrichmentKind, Field, FieldKind};
use super::raw::{RawBands, RawEnrichment, RawStream, Text};
use super::{numbers, unit};
use crate::limits::{CHOICES_MAX_COUNT, ENRICHMENTS_MAX_COUNT, LABEL_MAX_BYTES};
use std::collections::BTreeMap;
use std::ops::Range;
use toml::{Spanned, Value};

const TYPES: [&str; 5] = ["band", "lookup", "constant", "rename", "convert"];

/// Checks all of them. A rename is applied to its field; the others are returned.
pub(super) fn check(raw: &RawStream, fields: &mut [Field]) -> Result<Vec<Enrichment>, Problem> {
    if raw.enrichments.len() > ENRICHMENTS_MAX_COUNT {
        let message = format!("a stream has at most {ENRICHMENTS_MAX_COUNT} enrichments");
        return Err(Problem::new(raw.name.span(), message));
    }
    let mut enrichments = Vec::new();
    for written in &raw.enrichments {
        let raw = written.get_ref();
        refuse_foreign_keys(raw)?;
        let kind = match raw.kind.get_ref().as_str() {
            "band" => band(raw, fields)?,
            "lookup" => lookup(raw, fields)?,
            "constant" => constant(raw)?,
            "rename" => {
                rename(raw, fields)?;
                continue;
            }
            _ => convert(raw, fields)?,
        };
        enrichments.push(Enrichment {
            name: raw.name.get_ref().clone(),
            kind,
        });
    }
    Ok(enrichments)
}

/// Keys that only some types have: each that is set must be one of this type's.
fn refuse_foreign_keys(raw: &RawEnrichment) -> Result<(), Problem> {
    fn place<T>(key: Option<&Spanned<T>>) -> Option<Range<usize>> {
        key.map(Spanned::span)
    }
    let kind = raw.kind.get_ref().as_str();
    let allowed: &[&str] = match kind {
        "band" => &["labels", "bands"],
        "lookup" => &["field", "values", "otherwise"],
        "constant" => &["value"],
        "rename" => &["field"],
        "convert" => &["field", "to", "decimals"],
        other => {
            let message = format!("there is no enrichment of type `{other}`");
            return Err(Problem::new(raw.kind.span(), message).meant(other, TYPES));
        }
    };
    let keys = [
        ("field", place(raw.field.as_ref())),
        ("labels", place(raw.labels.as_ref())),
        ("bands", place(raw.bands.as_ref())),
        ("values", place(raw.values.as_ref())),
        ("otherwise", place(raw.otherwise.as_ref())),
        ("value", place(raw.value.as_ref())),
        ("to", place(raw.to.as_ref())),
        ("decimals", place(raw.decimals.as_ref())),
    ];
    for (key, span) in keys {
        if let Some(span) = span.filter(|_| !allowed.contains(&key)) {
            let message = format!("`{key}` means nothing for an enrichment of type {kind}");
            return Err(Problem::new(span, message)
                .help(format!("a {kind} has `{}`", allowed.join("`, `"))));
        }
    }
    Ok(())
}

fn wanted<'a, T>(raw: &RawEnrichment, key: &str, value: Option<&'a T>) -> Result<&'a T, Problem> {
    value.ok_or_else(|| {
        let message = format!(
            "{} `{}` needs `{key}`",
            raw.kind.get_ref(),
            raw.name.get_ref()
        );
        Problem::new(raw.kind.span(), message)
    })
}

fn band(raw: &RawEnrichment, fields: &[Field]) -> Result<EnrichmentKind, Problem> {
    let labels = wanted(raw, "labels", raw.labels.as_ref())?;
    let bands = wanted(raw, "bands", raw.bands.as_ref())?;
    if labels.get_ref().is_empty()
        || labels.get_ref().len() > CHOICES_MAX_COUNT
        || bands.get_ref().is_empty()
    {
        let message = format!("band `{}` needs a label and a field", raw.name.get_ref());
        return Err(Problem::new(labels.span(), message));
    }
    labels.get_ref().iter().try_for_each(label)?;
    let labels: Vec<String> = labels
        .get_ref()
        .iter()
        .map(|text| text.get_ref().clone())
        .collect();
    let mut inputs = Vec::new();
    for (name, written) in bands.get_ref() {
        let field = find(fields, name)?;
        if !fields[field].kind.is_numeric() {
            let kind = fields[field].kind.type_name();
            let message = format!(
                "`{}` is a {kind}, and bands are for numbers",
                name.get_ref()
            );
            return Err(Problem::new(name.span(), message)
                .help("for texts there is the enrichment `lookup`"));
        }
        inputs.push(BandInput {
            field,
            bands: band_ends(name, written, &labels)?,
        });
    }
    inputs.sort_by_key(|input| input.field);
    Ok(EnrichmentKind::Band { labels, inputs })
}

/// Ascending upper ends, the last one open, so that every number has exactly one label.
fn band_ends(
    name: &Text,
    written: &RawBands,
    labels: &[String],
) -> Result<Vec<(f64, u16)>, Problem> {
    let mut ends = Vec::new();
    let mut below = f64::NEG_INFINITY;
    let last = written.get_ref().len();
    if last == 0 || last > CHOICES_MAX_COUNT {
        return Err(Problem::new(
            name.span(),
            format!("`{}` has no bands, or too many", name.get_ref()),
        ));
    }
    for (index, band) in written.get_ref().iter().enumerate() {
        let (place, band) = (band.span(), band.get_ref());
        let text = band.label.get_ref();
        let Some(label) = labels.iter().position(|known| known == text) else {
            let problem = Problem::new(band.label.span(), format!("there is no label `{text}`"));
            return Err(problem.meant(text, labels.iter().map(String::as_str)));
        };
        let end = match (&band.below, index + 1 == last) {
            (Some(end), false) => *end.get_ref(),
            (None, true) => f64::INFINITY,
            (Some(end), true) => {
                let message = format!("numbers from {} on have no label", end.get_ref());
                return Err(Problem::new(place, message).help("the last band has no `below`"));
            }
            (None, false) => {
                let help = "only the last band has no `below`";
                return Err(
                    Problem::new(place, "a band without an end hides those behind it").help(help),
                );
            }
        };
        if end.is_nan() || end <= below || (end.is_infinite() && index + 1 < last) {
            return Err(
                Problem::new(place, "the ends of bands ascend").help("sort them by `below`")
            );
        }
        below = end;
        ends.push((end, label as u16));
    }
    Ok(ends)
}

fn lookup(raw: &RawEnrichment, fields: &[Field]) -> Result<EnrichmentKind, Problem> {
    let name = wanted(raw, "field", raw.field.as_ref())?;
    let values = wanted(raw, "values", raw.values.as_ref())?;
    let field = find(fields, name)?;
    if values.get_ref().is_empty() || values.get_ref().len() > CHOICES_MAX_COUNT {
        let message = format!("a lookup has 1 to {CHOICES_MAX_COUNT} values");
        return Err(Problem::new(values.span(), message));
    }
    let mut entries = BTreeMap::new();
    for (value, text) in values.get_ref() {
        label(text)?;
        check_entry(&fields[field], value)?;
        entries.insert(value.get_ref().clone(), text.get_ref().clone());
    }
    raw.otherwise.as_ref().map(label).transpose()?;
    if let (FieldKind::Enumeration { values: known }, None) = (&fields[field].kind, &raw.otherwise)
        && let Some(missing) = known.iter().find(|value| !entries.contains_key(*value))
    {
        let message = format!(
            "lookup `{}` says nothing about `{missing}`",
            raw.name.get_ref()
        );
        return Err(Problem::new(values.span(), message).help(format!(
            "add `{missing} = \"...\"`, or `otherwise` for all the rest"
        )));
    }
    let otherwise = raw.otherwise.as_ref().map(|text| text.get_ref().clone());
    Ok(EnrichmentKind::Lookup {
        field,
        entries,
        otherwise,
    })
}

/// The value must be one that the field can have.
fn check_entry(field: &Field, value: &Text) -> Result<(), Problem> {
    let text = value.get_ref();
    let possible = match &field.kind {
        FieldKind::String { .. } => true,
        FieldKind::Integer { .. } => text
            .parse::<i64>()
            .is_ok_and(|number| number.to_string() == *text),
        FieldKind::Boolean => text == "true" || text == "false",
        FieldKind::Enumeration { values } if values.contains(text) => true,
        FieldKind::Enumeration { values } => {
            let problem = Problem::new(value.span(), format!("`{}` is never `{text}`", field.name));
            return Err(problem.meant(text, values.iter().map(String::as_str)));
        }
        FieldKind::Number { .. } | FieldKind::Decimal { .. } | FieldKind::Timestamp { .. } => {
            let message = format!(
                "`{}` is a {} and cannot be looked up",
                field.name,
                field.kind.type_name()
            );
            return Err(Problem::new(value.span(), message)
                .help("for numbers there is the enrichment `band`"));
        }
    };
    if possible {
        return Ok(());
    }
    let message = format!(
        "`{}` is of type {} and never `{text}`",
        field.name,
        field.kind.type_name()
    );
    Err(Problem::new(value.span(), message))
}

fn constant(raw: &RawEnrichment) -> Result<EnrichmentKind, Problem> {
    let value = wanted(raw, "value", raw.value.as_ref())?;
    let token = match value.get_ref() {
        Value::String(text) if text.len() <= LABEL_MAX_BYTES => quoted(text),
        Value::String(_) => {
            return Err(Problem::new(
                value.span(),
                format!("a constant has at most {LABEL_MAX_BYTES} bytes"),
            ));
        }
        Value::Boolean(truth) => truth.to_string(),
        Value::Integer(_) | Value::Float(_) => numbers::decimal(value)?,
        other => return Err(numbers::not_a(value, "text, number or boolean", other)),
    };
    Ok(EnrichmentKind::Constant { token })
}

fn rename(raw: &RawEnrichment, fields: &mut [Field]) -> Result<(), Problem> {
    let name = wanted(raw, "field", raw.field.as_ref())?;
    let index = find(fields, name)?;
    let field = &mut fields[index];
    if field.name != field.output_name {
        let message = format!(
            "`{}` is renamed already, to `{}`",
            field.name, field.output_name
        );
        return Err(Problem::new(name.span(), message));
    }
    field.output_name.clone_from(raw.name.get_ref());
    Ok(())
}

fn convert(raw: &RawEnrichment, fields: &[Field]) -> Result<EnrichmentKind, Problem> {
    let name = wanted(raw, "field", raw.field.as_ref())?;
    let to = wanted(raw, "to", raw.to.as_ref())?;
    let field = find(fields, name)?;
    let source = &fields[field];
    let Some(from) = source.unit.as_ref().filter(|_| source.kind.is_numeric()) else {
        let message = format!("`{}` has no unit to convert from", source.name);
        return Err(
            Problem::new(name.span(), message).help("give the field a `unit`, such as \"m\"")
        );
    };
    let decimals = raw.decimals.as_ref();
    if let Some(decimals) = decimals.filter(|decimals| *decimals.get_ref() > 15) {
        return Err(Problem::new(decimals.span(), "at most 15 decimals"));
    }
    let unknown = |code: &str, span: Range<usize>| {
        Problem::new(span, format!("unit `{code}` cannot be converted")).meant(code, unit::codes())
    };
    let source_unit = unit::find(from).ok_or_else(|| unknown(from, name.span()))?;
    let target_unit = unit::find(to.get_ref()).ok_or_else(|| unknown(to.get_ref(), to.span()))?;
    if source_unit.dimension != target_unit.dimension {
        let message = format!(
            "`{from}` measures {}, `{}` measures {}",
            source_unit.dimension,
            to.get_ref(),
            target_unit.dimension
        );
        return Err(Problem::new(to.span(), message));
    }
    Ok(EnrichmentKind::Convert {
        field,
        to: to.get_ref().clone(),
        add_first: source_unit.offset,
        factor: source_unit.factor / target_unit.factor,
        add_last: -target_unit.offset,
        decimals: decimals.map(|decimals| *decimals.get_ref()),
    })
}
