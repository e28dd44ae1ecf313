use crate::support::{definition, json, options};
use serde_json::Value;
use sluicebox_event::{PlanOptions, Plans, Scratch, SourceRecord};
use sluicebox_pipeline::datagen::{GeneratorOptions, Rate};
use std::collections::{BTreeMap, HashMap, HashSet};

/// A month after the events.
const NOW_MS: i64 = crate::support::START_MS + 30 * 86_400_000;

fn hour(event: &Value) -> u32 {
    event["timestamp"].as_str().unwrap()[11..13]
        .parse()
        .unwrap()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// Two days of 50 sensors that report every 50 seconds.
fn two_days() -> Vec<Value> {
    json(
        GeneratorOptions {
            rate: Rate::per_second(1),
            ..options()
        },
        &["sensor"],
        172_800,
    )
}

#[test]
fn afternoons_are_warmer_and_drier_than_nights() {
    let events = two_days();
    let at = |wanted: u32, field: &str| {
        mean(
            events
                .iter()
                .filter(|e| hour(e) == wanted)
                .map(|e| e[field].as_f64().unwrap()),
        )
    };
    let (night, day) = (at(4, "temperature"), at(15, "temperature"));
    assert!(
        day > night + 2.0,
        "{night} at night, {day} in the afternoon"
    );
    let (night, day) = (at(4, "humidity"), at(15, "humidity"));
    assert!(
        night > day + 4.0,
        "{night} at night, {day} in the afternoon"
    );
}

#[test]
fn most_readings_are_normal_and_some_are_not() {
    let plans = Plans::compile(&[definition("sensor")], PlanOptions::default()).unwrap();
    let stream = plans.stream_of_topic("sensor_data").unwrap();
    let mut scratch = Scratch::default();
    let mut shares: BTreeMap<String, f64> = BTreeMap::new();
    let events = two_days();
    for event in &events {
        let record = SourceRecord {
            topic: "sensor_data",
            partition: 0,
            offset: 0,
            timestamp_ms: 0,
            key: Some(event["sensor_id"].as_str().unwrap().as_bytes()),
            value: Some(&serde_json::to_vec(event).unwrap()),
        };
        let mut out = Vec::new();
        plans
            .process(stream, &mut scratch, &record, NOW_MS, &mut out)
            .unwrap();
        let processed: Value = serde_json::from_slice(&out).unwrap();
        *shares
            .entry(processed["status"].as_str().unwrap().to_owned())
            .or_default() += 100.0 / events.len() as f64;
    }
    assert!((90.0..99.0).contains(&shares["normal"]), "{shares:?}");
    assert!((0.5..8.0).contains(&shares["warning"]), "{shares:?}");
    assert!((0.2..4.0).contains(&shares["critical"]), "{shares:?}");
}

#[test]
fn every_purchase_follows_a_look_at_the_product_in_the_same_session() {
    let mut viewed: HashMap<String, HashSet<String>> = HashMap::new();
    let mut purchases = 0;
    let events = json(options(), &["activity"], 60_000);
    for event in &events {
        let viewed = viewed
            .entry(event["user_id"].as_str().unwrap().to_owned())
            .or_default();
        let product = event["product_id"].as_str().unwrap_or_default().to_owned();
        if event["page"] == "/" {
            viewed.clear();
        } else if event["action"] == "purchase" {
            purchases += 1;
            assert!(viewed.contains(&product), "{event}");
        } else if !product.is_empty() {
            viewed.insert(product);
        }
    }
    let percent = purchases * 100 / events.len();
    assert!(
        (1..8).contains(&percent),
        "{purchases} of {} events are purchases",
        events.len()
    );
}

#[test]
fn prices_are_stable_and_currencies_mostly_euro_and_sometimes_absent() {
    let mut prices: HashMap<String, String> = HashMap::new();
    let mut currencies: BTreeMap<String, u32> = BTreeMap::new();
    let mut generator = crate::support::generator(options(), &["activity"]);
    for _ in 0..60_000 {
        let event = generator.next_event();
        let text = std::str::from_utf8(event.value.unwrap()).unwrap();
        let Some((_, amount)) = text.split_once("\"amount\":") else {
            continue;
        };
        let amount = amount.split(',').next().unwrap().to_owned();
        assert_eq!(amount.split_once('.').unwrap().1.len(), 2, "{text}");
        let event: Value = serde_json::from_str(text).unwrap();
        let product = event["product_id"].as_str().unwrap().to_owned();
        assert_eq!(
            prices.entry(product).or_insert_with(|| amount.clone()),
            &amount
        );
        let currency = event["currency"].as_str().unwrap_or("absent").to_owned();
        *currencies.entry(currency).or_default() += 1;
    }
    let all: u32 = currencies.values().sum();
    assert!(currencies["EUR"] * 2 > all, "{currencies:?}");
    assert!(currencies["absent"] * 20 > all, "{currencies:?}");
    assert!(currencies.len() > 2, "{currencies:?}");
}
