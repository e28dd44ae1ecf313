//! The record plan: the processor's half, the sink's half, and the dead letters of both.

mod differential;
mod letters;

pub use differential::check;

use sluicebox_event::{
    PlanOptions, Plans, Processed, Reject, Row, Scratch, SourceRecord, StreamDefinition, StreamId,
    builtin_definitions,
};
use std::cell::RefCell;
use std::sync::OnceLock;

/// 2024-05-01T12:00:00.000Z, the time of processing.
const NOW_MS: i64 = 1_714_564_800_000;

/// Every type, every enrichment and every rule that a definition can have.
const EVERYTHING: &str = include_str!("../../../sluicebox-event/tests/data/shipment.toml");

/// The streams that inputs are tried on, each with the key of its examples.
const KEYS: [&[u8]; 3] = [b"s-1", b"u-1", b"7001"];

/// The plans under test: the built-in streams and one that has everything, in the order of
/// [`KEYS`]; with and without the guard against formulas.
fn plans(guard: bool) -> &'static Plans {
    static PLANS: OnceLock<[Plans; 2]> = OnceLock::new();
    let both = PLANS.get_or_init(|| {
        [false, true].map(|csv_formula_guard| {
            let mut definitions = builtin_definitions().expect("the built-in definitions parse");
            definitions.sort_by_key(|definition| definition.name != "sensor");
            let everything = StreamDefinition::parse(EVERYTHING, "shipment.toml");
            definitions.push(everything.expect("the third definition parses"));
            let options = PlanOptions {
                csv_formula_guard,
                ..PlanOptions::default()
            };
            Plans::compile(&definitions, options).expect("the definitions compile")
        })
    });
    &both[usize::from(guard)]
}

thread_local! {
    /// Reused from input to input, as from record to record: nothing of one may show in another.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// `stream, guard and key's form | value`: one source record through everything.
///
/// The value is read as `serde_json` reads it, what is written is JSON with the same values, its
/// row reads back with the csv crate, and a rejected record becomes a letter that reads back.
pub fn record_plan(data: &[u8]) {
    let Some((&choice, value)) = data.split_first() else {
        return;
    };
    let stream = usize::from(choice) % KEYS.len();
    let plans = plans(choice & 0x80 != 0);
    // Mostly the key that the examples have; else none, or the first bytes of the value.
    let (key, value) = match choice >> 5 & 3 {
        0 | 1 => (Some(KEYS[stream]), value),
        2 => (None, value),
        _ => {
            let (key, value) = value.split_at(value.len().min(4));
            (Some(key), value)
        }
    };
    check(plans, StreamId(stream as u16), key, value);
}

/// A value that stands in the processed topic, whatever it is: a row that reads back, or a letter.
pub fn sink_row(data: &[u8]) {
    let Some((&choice, value)) = data.split_first() else {
        return;
    };
    let plans = plans(choice & 1 != 0);
    let record = SourceRecord {
        topic: "processed_data",
        partition: i32::from(choice),
        offset: 7,
        timestamp_ms: -1,
        key: (choice & 2 != 0).then_some(value),
        value: Some(value),
    };
    match row(plans, value) {
        Ok((facts, csv)) => {
            differential::check_row(plans, &facts, value, &csv);
            assert!(facts.source_partition >= 0 && facts.source_offset >= 0);
        }
        Err(reject) => letters::check_sink_letter(plans, &record, &reject),
    }
}

/// The processed record of a source record; twice, with a used and a new scratch.
fn process(
    plans: &Plans,
    stream: StreamId,
    record: &SourceRecord<'_>,
) -> Result<(Processed, Vec<u8>), Reject> {
    let run = |scratch: &mut Scratch| {
        let mut out = b"before".to_vec();
        let result = plans.process(stream, scratch, record, NOW_MS, &mut out);
        let written = out.strip_prefix(b"before").expect("what was there is kept");
        assert!(
            result.is_ok() || written.is_empty(),
            "a rejected record left something"
        );
        result.map(|processed| (processed, written.to_vec()))
    };
    let result = SCRATCH.with_borrow_mut(run);
    assert_eq!(result, run(&mut Scratch::default()), "a record left traces");
    result
}

/// The CSV row of a processed record; twice, with a used and a new scratch.
fn row(plans: &Plans, value: &[u8]) -> Result<(Row, Vec<u8>), Reject> {
    let run = |scratch: &mut Scratch| {
        let mut out = b"before".to_vec();
        let result = plans.csv_row(scratch, Some(value), &mut out);
        let written = out.strip_prefix(b"before").expect("what was there is kept");
        assert!(
            result.is_ok() || written.is_empty(),
            "a rejected record left something"
        );
        result.map(|row| (row, written.to_vec()))
    };
    let result = SCRATCH.with_borrow_mut(run);
    assert_eq!(result, run(&mut Scratch::default()), "a record left traces");
    result
}
