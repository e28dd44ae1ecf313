//! Generators over the built-in streams, and events that can be kept.

use serde_json::Value;
use sluicebox_event::StreamDefinition;
use sluicebox_pipeline::datagen::{
    DatagenStream, Event, Generator, GeneratorOptions, InvalidRatio, Rate,
};

/// 2025-11-20T00:00:00Z.
pub(crate) const START_MS: i64 = 1_763_596_800_000;

pub(crate) fn definition(name: &str) -> StreamDefinition {
    let definitions = sluicebox_event::builtin_definitions().unwrap();
    definitions
        .into_iter()
        .find(|definition| definition.name == name)
        .unwrap()
}

pub(crate) fn options() -> GeneratorOptions {
    GeneratorOptions {
        seed: 7,
        keys: 50,
        rate: Rate::per_second(10),
        start_ms: START_MS,
        invalid: InvalidRatio::NONE,
        value_max_bytes: None,
    }
}

pub(crate) fn generator(options: GeneratorOptions, streams: &[&str]) -> Generator {
    let streams = streams
        .iter()
        .map(|name| DatagenStream::of(&definition(name)))
        .collect();
    Generator::new(options, streams)
}

/// One line per event: stream, key, value.
pub(crate) fn line(event: &Event<'_>) -> String {
    let text = |bytes: Option<&[u8]>| {
        bytes.map_or("-".to_owned(), |bytes| {
            String::from_utf8_lossy(bytes).into_owned()
        })
    };
    format!("{} {} {}", event.stream, text(event.key), text(event.value))
}

/// The first events of the streams, read as JSON.
pub(crate) fn json(options: GeneratorOptions, streams: &[&str], count: usize) -> Vec<Value> {
    let mut generator = generator(options, streams);
    (0..count)
        .map(|_| serde_json::from_slice(generator.next_event().value.unwrap()).unwrap())
        .collect()
}
