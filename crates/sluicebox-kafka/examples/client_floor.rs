//! What librdkafka itself costs: bare consume and produce loops, nothing of ours in them but a
//! look at each record. The floor beside which `just bench` prints the pipeline.
//!
//! ```text
//! cargo run --release -p sluicebox-kafka --example client_floor -- \
//!     --bootstrap-servers 127.0.0.1:9092 --records 4000000
//! ```

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use sluicebox_kafka::admin::NewTopic;
use sluicebox_kafka::{
    Admin, ClientOptions, Consumer, OutBatch, Polled, Producer, ProducerOptions, TopicPartition,
    TopicPartitionOffset, TransactionOptions, TransactionalProducer,
};

const PARTITIONS: i32 = 6;
const BATCH_RECORDS: u64 = 10_000;
/// Different records that are sent again and again.
const READY_RECORDS: u64 = 5_000;
const POLL_RECORDS: usize = 10_000;
const WAIT: Duration = Duration::from_secs(30);
/// A loop that gets nowhere for this long has failed.
const STALL: Duration = Duration::from_mins(1);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments = arguments()?;
    let servers = arguments
        .get("bootstrap-servers")
        .ok_or("--bootstrap-servers is missing")?;
    let records: u64 = arguments
        .get("records")
        .map_or(Ok(1_000_000), |text| text.parse())?;
    let options = ClientOptions::new(servers, "client-floor");
    let admin = Admin::connect(&options, WAIT)?;
    let topic = format!("client-floor-{}", std::process::id());
    let configs = Vec::new();
    let new = NewTopic {
        name: topic.clone(),
        partitions: PARTITIONS,
        replication_factor: 1,
        configs,
    };
    admin.create_topics(&[new])?;

    let outcome = measure(&options, &topic, records);
    admin.delete_topics(&[&topic])?;
    outcome
}

fn measure(options: &ClientOptions, topic: &str, records: u64) -> Result<(), Box<dyn Error>> {
    let meter = Meter::start();
    produce(options, topic, records)?;
    meter.print("produce (idempotent, copied)", records);
    let meter = Meter::start();
    produce_transactions(options, topic, records)?;
    meter.print("produce (transactions, lent)", records);
    let meter = Meter::start();
    let read = consume(options, topic, 2 * records)?;
    meter.print("consume", read);
    Ok(())
}

fn produce(options: &ClientOptions, topic: &str, records: u64) -> Result<(), Box<dyn Error>> {
    let mut producer = Producer::connect(options, ProducerOptions::new(vec![topic.to_owned()]))?;
    let mut batch = OutBatch::new();
    let mut made = 0;
    while made < records {
        let count = BATCH_RECORDS.min(records - made);
        fill(&mut batch, made, count);
        made += count;
        let mut sent = 0;
        while sent < batch.len() {
            let taken = producer.send(0, &batch, sent)?;
            sent += taken;
            producer.poll(Duration::from_millis(u64::from(taken == 0)));
        }
    }
    producer.flush(STALL)?;
    let delivery = producer.delivery();
    if delivery.acknowledged != records {
        return Err(format!("{delivery:?}").into());
    }
    Ok(())
}

fn produce_transactions(
    options: &ClientOptions,
    topic: &str,
    records: u64,
) -> Result<(), Box<dyn Error>> {
    let transactions = TransactionOptions::new(topic);
    let mut producer = TransactionalProducer::connect(options, transactions, WAIT)?;
    let mut made = 0;
    while made < records {
        // Ten batches a transaction, so that waiting for the coordinator is not what is measured.
        producer.begin()?;
        for _ in 0..10 {
            let count = BATCH_RECORDS.min(records - made);
            let mut batch = producer.take_arenas().pop().unwrap_or_default();
            fill(&mut batch, made, count);
            made += count;
            producer.send(topic, batch)?;
        }
        producer.commit_records(WAIT)?;
    }
    producer.abandon(Duration::ZERO);
    Ok(())
}

fn consume(options: &ClientOptions, topic: &str, records: u64) -> Result<u64, Box<dyn Error>> {
    let mut reader = Consumer::reader(options, vec![topic.to_owned()])?;
    let starts: Vec<_> = (0..PARTITIONS)
        .map(|partition| TopicPartitionOffset {
            topic: 0,
            partition,
            offset: 0,
        })
        .collect();
    reader.assign(&starts)?;
    let (mut read, mut bytes, mut progress) = (0, 0, Instant::now());
    while read < records {
        if let Polled::Records(batch) = reader.poll(POLL_RECORDS, Duration::from_millis(100))? {
            bytes += batch
                .iter()
                .filter_map(sluicebox_kafka::RecordRef::value)
                .map(<[u8]>::len)
                .sum::<usize>();
            read += batch.len() as u64;
            progress = Instant::now();
        }
        if progress.elapsed() > STALL {
            let at = reader.position_end(TopicPartition {
                topic: 0,
                partition: 0,
            });
            return Err(format!("stalled after {read} of {records} records, at {at:?}").into());
        }
    }
    println!("read {} MB of values", bytes / 1_000_000);
    reader.close(WAIT);
    Ok(read)
}

/// Records of about 120 bytes, copied from ready-made ones: writing them is not what is measured.
fn fill(batch: &mut OutBatch, first: u64, count: u64) {
    static READY: LazyLock<Vec<(String, String)>> =
        LazyLock::new(|| (0..READY_RECORDS).map(ready_made).collect());
    batch.clear();
    for number in first..first + count {
        let (key, value) = &READY[(number % READY_RECORDS) as usize];
        batch.push_with_headers(Some(key.as_bytes()), Some(value.as_bytes()), &[]);
    }
}

fn ready_made(number: u64) -> (String, String) {
    let key = format!("device-{number:04}");
    let (a, b, seconds, millis) = (number % 40, number % 97, number % 60, number % 1_000);
    let value = format!(
        r#"{{"id":"{key}","a":{a}.25,"b":{b}.5,"at":"2026-01-01T00:00:{seconds:02}.{millis:03}Z","note":"{number:012}"}}"#
    );
    (key, value)
}

/// CPU and wall time of this process between two moments.
struct Meter {
    wall: Instant,
    cpu_seconds: f64,
}

impl Meter {
    fn start() -> Self {
        Self {
            wall: Instant::now(),
            cpu_seconds: cpu_seconds(),
        }
    }

    fn print(&self, what: &str, records: u64) {
        let (wall, cpu) = (
            self.wall.elapsed().as_secs_f64(),
            cpu_seconds() - self.cpu_seconds,
        );
        let millions = records as f64 / 1e6;
        println!(
            "{what:<30} {:>10.0} records/s  {:>6.3} CPU s per million records  ({records} records, \
             {wall:.2} s)",
            records as f64 / wall,
            cpu / millions
        );
    }
}

/// User and system time of all threads so far, from `/proc/self/stat` (fields 14 and 15, in
/// hundredths of a second on every Linux that matters; 0 elsewhere).
fn cpu_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else {
        return 0.0;
    };
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let ticks = |index| -> f64 {
        after_name
            .split(' ')
            .nth(index)
            .and_then(|text| text.parse().ok())
            .unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}

fn arguments() -> Result<BTreeMap<String, String>, String> {
    let mut arguments = BTreeMap::new();
    let mut given = std::env::args().skip(1);
    while let Some(name) = given.next() {
        let name = name
            .strip_prefix("--")
            .ok_or(format!("{name}: expected --NAME VALUE"))?
            .to_owned();
        let value = given.next().ok_or(format!("--{name} has no value"))?;
        arguments.insert(name, value);
    }
    Ok(arguments)
}
