//! How many events a core makes: `cargo run --release -p sluicebox-pipeline --example datagen_speed`.

use sluicebox_event::builtin_definitions;
use sluicebox_pipeline::datagen::{DatagenStream, Generator, GeneratorOptions, InvalidRatio, Rate};
use std::time::Instant;

const EVENTS: u64 = 5_000_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for names in [&["sensor"][..], &["activity"], &["sensor", "activity"]] {
        let mut streams = Vec::new();
        for name in names {
            let all = builtin_definitions()?;
            let definition = all.iter().find(|definition| definition.name == *name);
            streams.extend(definition.map(DatagenStream::of));
        }
        let options = GeneratorOptions {
            seed: 7,
            keys: 1_000,
            rate: Rate::Max,
            start_ms: 1_763_596_800_000,
            invalid: InvalidRatio::NONE,
            value_max_bytes: None,
        };
        let mut generator = Generator::new(options, streams);
        let began = Instant::now();
        let mut bytes = 0;
        for _ in 0..EVENTS {
            bytes += generator.next_event().value.map_or(0, <[u8]>::len) as u64;
        }
        let seconds = began.elapsed().as_secs_f64();
        println!(
            "{}: {:.2} M records/s, {:.0} MB/s of JSON",
            names.join(" + "),
            EVENTS as f64 / seconds / 1e6,
            bytes as f64 / seconds / 1e6
        );
    }
    Ok(())
}
