use crate::plan::verdict;
use crate::support::options;
use serde_json::Value;
use sluicebox_event::{PlanOptions, Plans, Scratch, StreamDefinition, StreamId};
use sluicebox_pipeline::datagen::{DatagenStream, Generator, GeneratorOptions};
use std::collections::BTreeMap;

const SHIPMENT: &str = include_str!("shipment.toml");

fn shipments(options: GeneratorOptions) -> (Generator, Plans) {
    let definition = StreamDefinition::parse(SHIPMENT, "shipment.toml").unwrap();
    let plan_options = PlanOptions {
        value_max_bytes: 5_000,
        ..PlanOptions::default()
    };
    let plans = Plans::compile(std::slice::from_ref(&definition), plan_options).unwrap();
    (
        Generator::new(options, vec![DatagenStream::of(&definition)]),
        plans,
    )
}

#[test]
fn a_stream_without_a_model_gets_valid_and_varied_events_from_its_definition() {
    let (mut generator, plans) = shipments(options());
    let mut scratch = Scratch::default();
    let mut values = BTreeMap::<String, BTreeMap<String, u32>>::new();
    for _ in 0..5_000 {
        let event = generator.next_event();
        verdict(&plans, StreamId(0), &mut scratch, &event).unwrap();
        let record: Value = serde_json::from_slice(event.value.unwrap()).unwrap();
        for (field, value) in record.as_object().unwrap() {
            *values
                .entry(field.clone())
                .or_default()
                .entry(value.to_string())
                .or_default() += 1;
        }
    }
    assert_eq!(values["shipment_id"].len(), 50, "as many as there are keys");
    assert_eq!(values["state"].len(), 4);
    assert!(values["weight"].len() > 1_000);
    assert!((10..=20).contains(&values["carrier"].len()));
    let times = |field: &str| values[field].values().sum::<u32>();
    assert_eq!(times("weight"), 5_000);
    assert!(
        (3_500..4_800).contains(&times("parcels")),
        "optional: {}",
        times("parcels")
    );
}

#[test]
fn its_invalid_events_are_rejected_for_their_reasons() {
    let options = GeneratorOptions {
        invalid: "0.5".parse().unwrap(),
        value_max_bytes: Some(5_000),
        ..options()
    };
    let (mut generator, plans) = shipments(options);
    let mut scratch = Scratch::default();
    for _ in 0..20_000 {
        let event = generator.next_event();
        let verdict = verdict(&plans, StreamId(0), &mut scratch, &event);
        match event.invalid {
            None => verdict.unwrap(),
            Some(class) => {
                let (reason, message) = verdict.unwrap_err();
                assert!(
                    class.reasons().contains(&reason),
                    "{class}: {reason} ({message})"
                );
            }
        }
    }
}
