//! Sending whole batches.

use std::time::{Duration, Instant};

use sluicebox_kafka::{ClientOptions, OutBatch, Producer, ProducerOptions};

/// Nothing takes this long on a healthy cluster; machines that test are busy.
const WAIT: Duration = Duration::from_mins(1);

/// Sends a whole batch to the producer's first topic and waits until all of it is acknowledged.
///
/// # Panics
/// When it is not.
pub fn send_all(producer: &mut Producer, batch: &OutBatch) {
    let deadline = Instant::now() + WAIT;
    let mut sent = 0;
    while sent < batch.len() {
        assert!(Instant::now() < deadline, "the queue stays full");
        sent += producer.send(0, batch, sent).expect("records are accepted");
        producer.poll(Duration::ZERO);
    }
    producer.flush(WAIT).expect("records are acknowledged");
}

/// The same with a producer of its own; which knows, afterwards, where the records are.
///
/// # Panics
/// When there can be no producer, or not all is acknowledged.
pub fn sent(client: &ClientOptions, topic: &str, batch: &OutBatch) -> Producer {
    let options = ProducerOptions::new(vec![topic.to_owned()]);
    let mut producer = Producer::connect(client, options).expect("a producer can be made");
    send_all(&mut producer, batch);
    producer
}
