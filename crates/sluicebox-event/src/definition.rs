//! Stream definitions: TOML in, a checked [`StreamDefinition`] out. What is wrong is said with its
//! place and, where there is one, the word that was probably meant.

mod builtin;
pub(crate) mod canonical;
mod columns;
mod conditions;
mod enrichments;
mod error;
mod fields;
mod kinds;
mod model;
mod names;
mod numbers;
mod raw;
mod unit;

pub use builtin::{BUILTIN, builtin_definitions};
pub use error::{DefinitionError, did_you_mean};
pub use model::*;

pub(crate) use names::{is_file, is_topic};
pub(crate) use numbers::slot_of;

use error::Problem;
use raw::RawStream;

impl StreamDefinition {
    /// Reads and checks a definition. `origin` names the text in errors, usually a file name.
    ///
    /// # Errors
    /// The first thing that is wrong: TOML syntax, a key that does not exist or is missing, or a
    /// definition that means nothing, such as a band over a text.
    pub fn parse(toml: &str, origin: &str) -> Result<Self, DefinitionError> {
        let raw: RawStream = toml::from_str(toml)
            .map_err(|error| DefinitionError::from_toml(&error, origin, toml))?;
        check(&raw).map_err(|problem| problem.at(origin, toml))
    }
}

fn check(raw: &RawStream) -> Result<StreamDefinition, Problem> {
    names::check_name(&raw.name, "stream")?;
    names::check_topic(&raw.topic)?;
    let file_name = match &raw.file {
        Some(file) => {
            names::check_file(file)?;
            file.get_ref().clone()
        }
        None => format!("processed_data_{}.csv", raw.name.get_ref()),
    };
    let mut fields = fields::check(raw)?;
    let enrichments = enrichments::check(raw, &mut fields)?;
    names::check_outputs(raw, &fields)?;
    let key_field = fields::find(&fields, &raw.key_field)?;
    let key = &fields[key_field];
    let can_be_key = matches!(
        key.kind,
        FieldKind::String { .. } | FieldKind::Integer { .. } | FieldKind::Enumeration { .. }
    );
    if !can_be_key || !key.required {
        let message = format!("`{}` cannot be the key field", key.name);
        let help = "the key field is a required field of type string, integer or enumeration";
        return Err(Problem::new(raw.key_field.span(), message).help(help));
    }
    Ok(StreamDefinition {
        name: raw.name.get_ref().clone(),
        topic: raw.topic.get_ref().clone(),
        file_name,
        key_field,
        key_check: names::choose(
            raw.key_check.as_ref(),
            "key_check",
            &[("match", KeyCheck::Match), ("none", KeyCheck::None)],
        )?,
        unknown_fields: names::choose(
            raw.unknown_fields.as_ref(),
            "unknown_fields",
            &[
                ("ignore", UnknownFields::Ignore),
                ("reject", UnknownFields::Reject),
            ],
        )?,
        event_time: fields::event_time(raw, &fields)?,
        columns: columns::check(raw, &fields, &enrichments)?,
        fields,
        enrichments,
    })
}
