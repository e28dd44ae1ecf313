//! Loads and compiles the stream definitions that the configuration names.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, Report, SourceSpan, miette};
use sluicebox_event::{DefinitionError, PlanOptions, Plans, StreamDefinition, builtin_definitions};
use thiserror::Error;

use crate::settings::config::{Output, Streams};

/// A stream definition that is wrong: what, where, and what to do.
#[derive(Debug, Error, Diagnostic)]
#[error("stream definition: {message}")]
struct DefinitionProblem {
    message: String,
    #[source_code]
    text: NamedSource<String>,
    #[label("here")]
    at: Option<SourceSpan>,
    #[help]
    help: Option<String>,
}

impl From<DefinitionError> for DefinitionProblem {
    fn from(error: DefinitionError) -> Self {
        Self {
            message: error.message,
            text: NamedSource::new(error.origin, error.source_text),
            at: error.span.map(SourceSpan::from),
            help: error.help,
        }
    }
}

/// The definitions of the built-in streams and those in files; one of the same name replaces a
/// built-in one.
///
/// # Errors
/// A file cannot be read, or a definition is wrong.
pub(crate) fn definitions(streams: &Streams) -> Result<Vec<StreamDefinition>, Report> {
    let mut definitions = match streams.builtin {
        true => builtin_definitions().map_err(DefinitionProblem::from)?,
        false => Vec::new(),
    };
    for path in &streams.files {
        let text = std::fs::read_to_string(path).map_err(|error| {
            miette!(
                help = "--stream and streams.files name files with a stream definition; \
                            docs/streams.md shows what one looks like",
                "cannot read the stream definition {}: {error}",
                path.display()
            )
        })?;
        let definition = StreamDefinition::parse(&text, &path.display().to_string())
            .map_err(DefinitionProblem::from)?;
        definitions.retain(|known| known.name != definition.name);
        definitions.push(definition);
    }
    Ok(definitions)
}

/// Compiles [`definitions`] to plans.
///
/// # Errors
/// As [`definitions`], and where definitions do not fit together.
pub(crate) fn compile(streams: &Streams, output: &Output) -> Result<Arc<Plans>, Report> {
    let definitions = definitions(streams)?;
    let options = PlanOptions {
        csv_formula_guard: output.guard_formulas,
        ..PlanOptions::default()
    };
    let plans = Plans::compile(&definitions, options).map_err(DefinitionProblem::from)?;
    Ok(Arc::new(plans))
}
