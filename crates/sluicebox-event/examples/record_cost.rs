//! What a record costs: CPU seconds per million records, for the processor's and the sink's half.
//!
//! `cargo run --release -p sluicebox-event --example record_cost`

use sluicebox_event::{PlanOptions, Plans, Scratch, SourceRecord, StreamId, builtin_definitions};
use std::error::Error;
use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Instant;

const RECORDS: usize = 1_000_000;
const ROUNDS: usize = 5;
const VARIANTS: usize = 4_096;
const NOW_MS: i64 = 1_714_564_800_000;

/// A source record, and the stream it is one of.
type Input = (StreamId, String, Vec<u8>);

fn inputs(plans: &Plans) -> Vec<Input> {
    let id = |name| plans.stream_of_name(name).unwrap_or(StreamId(0));
    let (readings, actions) = (id("sensor"), id("activity"));
    (0..VARIANTS)
        .map(|index| {
            let (at, key) = (index % 60, index % 500);
            let time = format!("2024-05-01T11:{at:02}:{:02}.{:03}Z", index % 60, index % 1_000);
            match index % 4 {
                0 | 1 => {
                    let key = format!("sensor-{key:04}");
                    let (temperature, humidity) = (index % 400, index % 900);
                    let value = format!(
                        r#"{{"sensor_id":"{key}","temperature":{}.{},"humidity":{}.5,"timestamp":"{time}"}}"#,
                        temperature / 10, temperature % 9 + 1, humidity / 10,
                    );
                    (readings, key, value.into_bytes())
                }
                2 => {
                    let key = format!("user-{key:05}");
                    let value = format!(
                        r#"{{"user_id":"{key}","action":"click","page":"/product/{index}","timestamp":"{time}"}}"#
                    );
                    (actions, key, value.into_bytes())
                }
                _ => {
                    let key = format!("user-{key:05}");
                    let value = format!(
                        r#"{{"user_id":"{key}","action":"purchase","product_id":"p-{index}","amount":{}.90,"currency":"EUR","timestamp":"{time}"}}"#,
                        index % 200
                    );
                    (actions, key, value.into_bytes())
                }
            }
        })
        .collect()
}

fn process(
    plans: &Plans,
    scratch: &mut Scratch,
    input: &Input,
    offset: usize,
    out: &mut Vec<u8>,
) -> bool {
    let (stream, key, value) = input;
    let record = SourceRecord {
        topic: plans.streams()[stream.index()].source_topic(),
        partition: 3,
        offset: offset as i64,
        timestamp_ms: NOW_MS - 500,
        key: Some(key.as_bytes()),
        value: Some(value),
    };
    plans
        .process(*stream, scratch, &record, NOW_MS, out)
        .is_ok()
}

/// CPU time of this thread where Linux tells it (`proc(5)`, schedstat), else the time that passes.
fn cpu_seconds() -> f64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text
        .split(' ')
        .next()
        .and_then(|first| first.parse::<f64>().ok());
    nanoseconds.map_or_else(
        || START.elapsed().as_secs_f64(),
        |nanoseconds| nanoseconds / 1e9,
    )
}

/// Seconds per million calls; the best of some rounds, since others share the machine.
fn best(mut call: impl FnMut(usize) -> bool) -> f64 {
    let rounds = (0..ROUNDS).map(|_| {
        let start = cpu_seconds();
        let good = (0..RECORDS).filter(|&index| call(index)).count();
        assert_eq!(good, RECORDS, "every record of the benchmark is accepted");
        (cpu_seconds() - start) * 1e6 / RECORDS as f64
    });
    rounds.fold(f64::INFINITY, f64::min)
}

fn main() -> Result<(), Box<dyn Error>> {
    let plans = Plans::compile(&builtin_definitions()?, PlanOptions::default())?;
    let inputs = inputs(&plans);
    let mut scratch = Scratch::default();
    let processed: Vec<Vec<u8>> = inputs
        .iter()
        .map(|input| {
            let mut out = Vec::new();
            process(&plans, &mut scratch, input, 1_000_000, &mut out);
            out
        })
        .collect();
    let bytes = |all: &mut dyn Iterator<Item = usize>| all.sum::<usize>() / VARIANTS;
    let source_bytes = bytes(&mut inputs.iter().map(|input| input.2.len()));
    let processed_bytes = bytes(&mut processed.iter().map(Vec::len));
    let mut out = Vec::with_capacity(1 << 20);
    let process_cost = best(|index| {
        if out.len() > 1 << 19 {
            out.clear();
        }
        process(
            &plans,
            &mut scratch,
            black_box(&inputs[index % VARIANTS]),
            index,
            &mut out,
        )
    });
    let row_cost = best(|index| {
        if out.len() > 1 << 19 {
            out.clear();
        }
        plans
            .csv_row(
                &mut scratch,
                Some(black_box(&processed[index % VARIANTS])),
                &mut out,
            )
            .is_ok()
    });
    println!("CPU seconds per million records (one thread, best of {ROUNDS} rounds)");
    println!("  process  {process_cost:.3}   {source_bytes} bytes in, {processed_bytes} bytes out");
    println!("  csv_row  {row_cost:.3}   {processed_bytes} bytes in");
    Ok(())
}
