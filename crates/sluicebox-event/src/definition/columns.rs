//! The columns of a stream's file.

use super::error::Problem;
use super::model::{Column, Enrichment, Field};
use super::raw::RawStream;

pub(super) fn check(
    raw: &RawStream,
    fields: &[Field],
    enrichments: &[Enrichment],
) -> Result<Vec<Column>, Problem> {
    let names = || {
        let outputs = fields.iter().map(|field| field.output_name.as_str());
        let others = enrichments
            .iter()
            .map(|enrichment| enrichment.name.as_str());
        outputs
            .chain(others)
            .chain(Column::COMMON.iter().map(|(name, _)| *name))
    };
    let mut columns = Vec::new();
    for written in raw.columns.get_ref() {
        let name = written.get_ref();
        let Some(index) = names().position(|known| known == name) else {
            let message = format!("column `{name}` does not exist");
            return Err(Problem::new(written.span(), message).meant(name, names()));
        };
        let column = if index < fields.len() {
            Column::Field(index)
        } else if index < fields.len() + enrichments.len() {
            Column::Enrichment(index - fields.len())
        } else {
            Column::COMMON[index - fields.len() - enrichments.len()]
                .1
                .clone()
        };
        if columns.contains(&column) {
            let message = format!("column `{name}` is there twice");
            return Err(Problem::new(written.span(), message));
        }
        columns.push(column);
    }
    for (name, column) in [
        ("source_partition", Column::SourcePartition),
        ("source_offset", Column::SourceOffset),
    ] {
        if !columns.contains(&column) {
            let message = format!("column `{name}` is missing");
            return Err(Problem::new(raw.columns.span(), message)
                .help("rows name the source record they come from, so that all of them can be accounted for"));
        }
    }
    Ok(columns)
}
