//! The first batches of a producer, while partitions have just got their leaders.

use std::time::{Duration, Instant};

use rdkafka_sys as sys;

use super::{Producer, ProducerOptions};
use crate::mock_cluster::{MockCluster, PRODUCE};
use crate::offset_ranges::OffsetRange;
use crate::out_batch::OutBatch;
use crate::topic_partition::TopicIndex;

const PATIENCE: Duration = Duration::from_secs(20);
const NOT_LEADER: sys::rd_kafka_resp_err_t =
    sys::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION;

/// The leader refuses the first batch and takes the second, which was on its way already: the client
/// library calls both acknowledged.
#[test]
fn a_refused_first_batch_is_not_acknowledged_with_the_second() {
    let mock = MockCluster::start();
    mock.create_topic("warm-up", 1);
    mock.create_topic("topic", 1);
    let topics = ["warm-up", "topic"].map(str::to_owned).to_vec();
    let mut producer = Producer::connect(&mock.options(), ProducerOptions::new(topics)).unwrap();
    // Producer id, connection and metadata are there afterwards: nothing gathers behind them.
    send_one(&mut producer, 0);
    producer.flush(PATIENCE).unwrap();
    mock.fail(PRODUCE, NOT_LEADER, Duration::from_millis(500));
    for _ in 0..3 {
        send_one(&mut producer, 1);
        // Longer than records are gathered for: each leaves alone.
        producer.poll(Duration::from_millis(100));
    }
    producer.flush(PATIENCE).unwrap();
    let delivery = producer.delivery();
    assert_eq!((delivery.acknowledged, delivery.unplaced), (4, 0));
    let offsets = &producer.acknowledged_offsets()[1].offsets;
    assert_eq!(offsets.ranges(), [OffsetRange { start: 0, end: 3 }]);
}

fn send_one(producer: &mut Producer, topic: TopicIndex) {
    let mut batch = OutBatch::new();
    batch.push_with_headers(Some(b"k"), Some(b"v"), &[]);
    let deadline = Instant::now() + PATIENCE;
    while producer.send(topic, &batch, 0).unwrap() == 0 {
        assert!(Instant::now() < deadline, "{:?}", producer.delivery());
        producer.poll(Duration::from_millis(1));
    }
}
