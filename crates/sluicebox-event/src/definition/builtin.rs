//! The definitions that every build has. They are files like any other; only their names are here.

use super::{DefinitionError, StreamDefinition};

/// The built-in definitions, in a fixed order.
///
/// # Errors
/// Never in a build whose tests pass: a test parses them.
pub fn builtin_definitions() -> Result<Vec<StreamDefinition>, DefinitionError> {
    BUILTIN
        .iter()
        .map(|(origin, text)| StreamDefinition::parse(text, origin))
        .collect()
}

/// File name and text of each built-in definition.
pub const BUILTIN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/builtin.rs"));
