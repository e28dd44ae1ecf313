//! Every class of bad input through processor and sink while good records flow. `just chaos bad-input`
//! does the same with processes and a thousand records of each.

#[path = "../../../sluicebox-chaos/src/bad_input/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "shared with the attack"
)]
mod tables;

use std::collections::BTreeMap;
use std::time::Duration;

use super::stage::{Stage, WAIT, eventually};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sluicebox_kafka::{OutBatch, Producer, ProducerOptions};
use sluicebox_pipeline::StopLevel;
use sluicebox_pipeline::metrics::StreamMetrics;
use tables::{Bad, Class, Expected, Place, classes};

/// Records of each class.
const RECORDS: u64 = 20;
/// Records of a class whose records are a megabyte.
const HEAVY_RECORDS: u64 = 2;
/// Good records for each number.
const GOOD: usize = 100;

#[test]
fn every_class_of_bad_input_is_kept_counted_and_stops_nothing() {
    let mut stage = Stage::new("bad");
    let processor = stage.process(stage.processor_config());
    let sink = stage.sink(stage.sink_config());
    let classes: Vec<&Class> = classes().collect();
    assert!(classes.len() >= 60, "{} classes", classes.len());

    let mut expected = Expected::default();
    let mut sender = Sender::new(&stage);
    for number in 0..RECORDS {
        for (index, class) in classes.iter().enumerate() {
            if !class.heavy || number < HEAVY_RECORDS {
                let bad = sender.own(class.record(index, number));
                expected.sent(index, &bad);
                sender.push(class.place, &bad);
            }
        }
        sender.send();
        stage.produce_good(number as usize * GOOD, (number as usize + 1) * GOOD);
    }
    sender.producer.flush(WAIT).unwrap();
    let sent: u64 = expected.tallies.iter().map(|tally| tally.sent).sum();
    let letters = || sink.metrics.files[stage.plans.streams().len()].rows.get();
    let good = GOOD as u64 * RECORDS;
    eventually("all is in the files", || {
        letters() >= sent
            && sink.metrics.files[0].rows.get() + sink.metrics.files[1].rows.get() >= good
    });

    let dead: Vec<_> = (processor.metrics.streams.iter())
        .flat_map(StreamMetrics::dead_by_reason)
        .collect();
    processor.end(StopLevel::Drain).unwrap();
    sink.end(StopLevel::Drain).unwrap();
    read_letters(&stage, &classes, &mut expected);
    assert!(
        expected.is_whole(),
        "{:#?}\nwithout a letter: {:?}",
        expected.wrong,
        expected
            .missing()
            .iter()
            .map(|class| classes[*class].name)
            .collect::<Vec<_>>()
    );
    assert_eq!(sum(dead), counts(&classes, &expected), "counted by reason");
    let account = stage.account();
    assert_eq!(
        account.rows, good,
        "a row for each good record: {account:?}"
    );
}

#[test]
fn foreign_records_in_the_outputs_do_not_mislead_a_processor_without_offsets() {
    let mut stage = Stage::new("misled");
    let classes: Vec<&Class> = classes().collect();
    let mut expected = Expected::default();
    let mut sender = Sender::new(&stage);
    for (index, class) in classes.iter().enumerate() {
        if class.place.stage() == "sink" {
            let bad = sender.own(class.record(index, 0));
            expected.sent(index, &bad);
            sender.push(class.place, &bad);
        }
    }
    sender.send();
    sender.producer.flush(WAIT).unwrap();
    stage.produce_good(0, 100);
    // The processor looks through the outputs for the last offsets that were processed.
    stage.run_to_end();
    read_letters(&stage, &classes, &mut expected);
    assert!(expected.is_whole(), "{:#?}", expected.wrong);
    assert_eq!(stage.account().rows, 100);
}

/// What the processor must have counted.
fn counts(classes: &[&Class], expected: &Expected) -> BTreeMap<&'static str, u64> {
    let of_processor = classes.iter().zip(&expected.tallies);
    let of_processor = of_processor.filter(|(class, _)| class.place.stage() == "process");
    sum(of_processor.map(|(class, tally)| (class.reason, tally.sent)))
}

fn sum(counts: impl IntoIterator<Item = (&'static str, u64)>) -> BTreeMap<&'static str, u64> {
    let mut sums = BTreeMap::new();
    for (reason, count) in counts {
        *sums.entry(reason).or_default() += count;
    }
    sums
}

fn read_letters(stage: &Stage, classes: &[&Class], expected: &mut Expected) {
    let path = stage.output_dir().join("dead_letters.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    for (line, row) in reader.records().enumerate() {
        let row = row.unwrap();
        let (key, value) = (decoded(&row[7], &row[8]), decoded(&row[9], &row[10]));
        let place = format!("letter {line}");
        let why = (&row[4], &row[5]);
        expected.letter(classes, &place, why, (key.as_deref(), value.as_deref()));
    }
}

fn decoded(cell: &str, encoding: &str) -> Option<Vec<u8>> {
    match encoding {
        "null" => None,
        "utf8" => Some(cell.as_bytes().to_vec()),
        _ => Some(STANDARD.decode(cell).unwrap()),
    }
}

/// Sends bad records to the topics of a stage, which have names of their own.
struct Sender {
    producer: Producer,
    batches: [OutBatch; 4],
    source: String,
}

impl Sender {
    fn new(stage: &Stage) -> Self {
        let source = stage.source("sensor");
        let topics = vec![
            source.clone(),
            stage.source("activity"),
            stage.topics.processed.clone(),
            stage.topics.dead_letters.clone(),
        ];
        let options = ProducerOptions::new(topics);
        Self {
            producer: Producer::connect(&stage.client(), options).unwrap(),
            batches: [(); 4].map(|()| OutBatch::new()),
            source,
        }
    }

    /// The record with the stage's topic where it names its source.
    fn own(&self, bad: Bad) -> Bad {
        let own = |bytes: Vec<u8>| match String::from_utf8(bytes) {
            Ok(text) => text.replace("sensor_data", &self.source).into_bytes(),
            Err(error) => error.into_bytes(),
        };
        Bad {
            key: bad.key,
            value: bad.value.map(own),
            headers: (bad.headers.into_iter())
                .map(|(name, value)| (name, value.map(own)))
                .collect(),
        }
    }

    fn push(&mut self, place: Place, bad: &Bad) {
        let headers: Vec<_> = (bad.headers.iter())
            .map(|(name, value)| (name.as_str(), value.as_deref()))
            .collect();
        let batch = &mut self.batches[place.index()];
        batch.push_with_headers(bad.key.as_deref(), bad.value.as_deref(), &headers);
    }

    fn send(&mut self) {
        for (topic, batch) in self.batches.iter_mut().enumerate() {
            let mut sent = 0;
            while sent < batch.len() {
                sent += self.producer.send(topic as u16, batch, sent).unwrap();
                self.producer.poll(Duration::from_millis(1));
            }
            batch.clear();
        }
    }
}
