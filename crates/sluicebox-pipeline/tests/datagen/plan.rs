use crate::support::{definition, generator, line, options};
use sluicebox_event::{PlanOptions, Plans, Reason, Scratch, SourceRecord, StreamId};
use sluicebox_pipeline::datagen::{Event, GeneratorOptions, InvalidClass};
use std::collections::BTreeMap;

const VALUE_MAX_BYTES: usize = 5_000;

/// The plan's answer to an event.
pub(crate) fn verdict(
    plans: &Plans,
    stream: StreamId,
    scratch: &mut Scratch,
    event: &Event<'_>,
) -> Result<(), (Reason, String)> {
    let record = SourceRecord {
        topic: plans.streams()[stream.index()].source_topic(),
        partition: 0,
        offset: event.index as i64,
        timestamp_ms: event.time_ms,
        key: event.key,
        value: event.value,
    };
    let mut out = Vec::new();
    match plans.process(stream, scratch, &record, event.time_ms, &mut out) {
        Ok(_) => Ok(()),
        Err(reject) => Err((reject.reason, reject.message)),
    }
}

#[test]
fn the_plan_accepts_every_valid_record_and_rejects_every_invalid_one_for_its_reason() {
    let streams = ["sensor", "activity"];
    let definitions: Vec<_> = streams.iter().map(|name| definition(name)).collect();
    let plan_options = PlanOptions {
        value_max_bytes: VALUE_MAX_BYTES,
        ..PlanOptions::default()
    };
    let plans = Plans::compile(&definitions, plan_options).unwrap();
    let options = GeneratorOptions {
        invalid: "0.25".parse().unwrap(),
        value_max_bytes: Some(VALUE_MAX_BYTES),
        ..options()
    };
    let mut generator = generator(options, &streams);
    let mut scratch = Scratch::default();
    let mut per_class = BTreeMap::<InvalidClass, u32>::new();
    for _ in 0..100_000 {
        let event = generator.next_event();
        let verdict = verdict(&plans, StreamId(event.stream as u16), &mut scratch, &event);
        match (event.invalid, verdict) {
            (None, Ok(())) => {}
            (Some(class), Err((reason, message))) => {
                *per_class.entry(class).or_default() += 1;
                assert!(
                    class.reasons().contains(&reason),
                    "{class} was rejected as {reason} ({message}): {}",
                    line(&event)
                );
            }
            (invalid, verdict) => panic!("{invalid:?}: {verdict:?}: {}", line(&event)),
        }
    }
    assert_eq!(per_class.values().sum::<u32>(), 25_000);
    let absent: Vec<_> = InvalidClass::ALL
        .iter()
        .filter(|class| !per_class.contains_key(class))
        .collect();
    assert_eq!(
        absent,
        [&InvalidClass::UnknownField],
        "both streams ignore unknown fields"
    );
    assert!(per_class[&InvalidClass::ManyHeaders] * 20 < per_class[&InvalidClass::Tombstone]);
}

#[test]
fn values_reach_the_limit_exactly_and_exceed_it_by_one() {
    let options = GeneratorOptions {
        invalid: "1".parse().unwrap(),
        value_max_bytes: Some(VALUE_MAX_BYTES),
        ..options()
    };
    let mut generator = generator(options, &["activity"]);
    let (mut at, mut over, mut headers) = (0, 0, 0);
    for _ in 0..200 {
        let event = generator.next_event();
        let length = event.value.map_or(0, <[u8]>::len);
        match event.invalid {
            Some(InvalidClass::ValueAtLimit) => at = length,
            Some(InvalidClass::ValueOverLimit) => over = length,
            Some(InvalidClass::ManyHeaders) => headers = event.headers,
            _ => assert!(length < VALUE_MAX_BYTES),
        }
    }
    assert_eq!(
        (at, over, headers),
        (VALUE_MAX_BYTES, VALUE_MAX_BYTES + 1, 1_000)
    );
}

#[test]
fn without_a_known_limit_no_value_is_oversize() {
    let options = GeneratorOptions {
        invalid: "1".parse().unwrap(),
        ..options()
    };
    let mut generator = generator(options, &["sensor"]);
    for _ in 0..5_000 {
        let event = generator.next_event();
        assert!(event.value.map_or(0, <[u8]>::len) < VALUE_MAX_BYTES);
        let class = event.invalid.unwrap();
        assert!(!matches!(
            class,
            InvalidClass::ValueAtLimit | InvalidClass::ValueOverLimit
        ));
    }
}
