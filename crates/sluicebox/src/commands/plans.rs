//! Loads and compiles the stream definitions that the configuration names.

use std::sync::Arc;

use miette::{Diagnostic, NamedSource, Report, SourceSpan, miette};
use sluicebox_event::{DefinitionError, PlanOptions, Plans, StreamDefinition, builtin_definitions};
use sluicebox_pipeline::topics::INTERNAL_PREFIX;
use thiserror::Error;

use crate::settings::config::{Config, Streams, Topics};
use crate::settings::file::suggestion;

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
    for (stream, topic) in &streams.topics {
        named(&mut definitions, stream, "streams.topics")?
            .topic
            .clone_from(topic);
    }
    for (stream, file_name) in &streams.file_names {
        named(&mut definitions, stream, "streams.file_names")?
            .file_name
            .clone_from(file_name);
    }
    Ok(definitions)
}

/// The definition that a config key is about.
fn named<'a>(
    definitions: &'a mut [StreamDefinition],
    stream: &str,
    key: &str,
) -> Result<&'a mut StreamDefinition, Report> {
    let names: Vec<_> = definitions.iter().map(|known| known.name.clone()).collect();
    match definitions.iter_mut().find(|known| known.name == stream) {
        Some(definition) => Ok(definition),
        None => {
            let help = suggestion(stream, names.iter().map(String::as_str))
                .unwrap_or_else(|| format!("the streams are {}", names.join(", ")));
            Err(miette!(help = help, "{key}: there is no stream `{stream}`"))
        }
    }
}

/// Compiles [`definitions`] to plans.
///
/// # Errors
/// As [`definitions`], where definitions do not fit together, and where the topics would feed themselves.
pub(crate) fn compile(config: &Config) -> Result<Arc<Plans>, Report> {
    let plans = of(config, &definitions(&config.streams)?)?;
    let sources: Vec<&str> = (plans.streams().iter())
        .map(sluicebox_event::StreamPlan::source_topic)
        .collect();
    apart(&sources, &config.topics)?;
    if config.processor.group == config.sink.group {
        let group = &config.sink.group;
        return Err(miette!(
            help = "each commits offsets of other topics: name two groups",
            "processor.group and sink.group are both `{group}`"
        ));
    }
    Ok(plans)
}

/// Plans of these definitions alone, for who has to do with no others.
///
/// # Errors
/// Definitions do not fit together.
pub(crate) fn of(config: &Config, definitions: &[StreamDefinition]) -> Result<Arc<Plans>, Report> {
    let options = PlanOptions {
        csv_formula_guard: config.output.guard_formulas,
        ..PlanOptions::default()
    };
    let plans = Plans::compile(definitions, options).map_err(DefinitionProblem::from)?;
    Ok(Arc::new(plans))
}

/// An output that is a source as well would be processed again, for ever; two outputs in one topic
/// cannot be told apart.
fn apart(sources: &[&str], topics: &Topics) -> Result<(), Report> {
    let outputs = [
        ("topics.processed_data", topics.processed_data.as_str()),
        ("topics.dead_letters", &topics.dead_letters),
        ("topics.dlq_replays", &topics.dlq_replays),
    ];
    for (at, (key, name)) in outputs.iter().enumerate() {
        if sources.contains(name) {
            return Err(miette!(
                help = "name a topic that no stream reads",
                "{key}: `{name}` is the source topic of a stream; its records would be processed again, for ever"
            ));
        }
        if let Some((other, _)) = outputs[..at].iter().find(|(_, other)| other == name) {
            return Err(miette!(
                help = "each needs a topic of its own",
                "{key} and {other} are both `{name}`"
            ));
        }
        if name.starts_with(INTERNAL_PREFIX) {
            return Err(miette!(
                help = "name a topic of your own",
                "{key}: `{name}` looks like an internal topic of Kafka"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn streams(stream: &str) -> Streams {
        let pair = |value: &str| BTreeMap::from([(stream.to_owned(), value.to_owned())]);
        Streams {
            files: Vec::new(),
            builtin: true,
            topics: pair("elsewhere"),
            file_names: pair("renamed.csv"),
        }
    }

    #[test]
    fn topics_and_file_names_of_streams_are_config_keys() {
        let name = builtin_definitions().unwrap()[0].name.clone();
        let definitions = definitions(&streams(&name)).unwrap();
        assert_eq!(definitions[0].topic, "elsewhere");
        assert_eq!(definitions[0].file_name, "renamed.csv");
    }

    #[test]
    fn topics_that_would_feed_themselves_are_refused() {
        let topics = |processed: &str, letters: &str| Topics {
            processed_data: processed.to_owned(),
            dead_letters: letters.to_owned(),
            dlq_replays: "dlq_replays".to_owned(),
        };
        let refused = |processed, letters| {
            let outcome = apart(&["sensor_data"], &topics(processed, letters));
            outcome.map_or_else(|error| error.to_string(), |()| String::new())
        };
        assert_eq!(refused("processed_data", "dead_letters"), "");
        assert!(refused("sensor_data", "dead_letters").contains("for ever"));
        assert!(refused("processed_data", "sensor_data").contains("topics.dead_letters"));
        assert!(refused("same", "same").contains("are both `same`"));
        assert!(refused("processed_data", "dlq_replays").contains("are both"));
        assert!(refused("__consumer_offsets", "dead_letters").contains("internal"));
    }

    #[test]
    fn a_key_for_a_stream_that_is_not_there_is_refused() {
        let refused = definitions(&streams("nowhere")).unwrap_err();
        assert!(
            refused.to_string().contains("no stream `nowhere`"),
            "{refused}"
        );
    }
}
