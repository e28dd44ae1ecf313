//! The client's promises, kept against the embedded broker: the same suite as on a real Kafka.
#![allow(clippy::unwrap_used, reason = "a test")]

mod suite;

use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use sluicebox_broker::{Broker, BrokerConfig};
use sluicebox_kafka::ErrorCode;
use tempfile::TempDir;

/// A broker on a free port, gone at the end of the test.
struct Embedded {
    broker: Option<Broker>,
    address: SocketAddr,
    data: TempDir,
}

impl Embedded {
    fn start() -> Self {
        let mut embedded = Self {
            broker: None,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            data: tempfile::tempdir().unwrap(),
        };
        embedded.come();
        embedded
    }

    /// Starts the broker, from the second time on where it was.
    fn come(&mut self) {
        let listener = TcpListener::bind(self.address).unwrap();
        let config = BrokerConfig {
            data_dir: self.data.path().to_owned(),
            auto_create_topics: false,
            ..BrokerConfig::default()
        };
        let broker = sluicebox_broker::start(listener, config).unwrap();
        self.address = broker.address();
        self.broker = Some(broker);
    }

    fn go(&mut self) {
        if let Some(broker) = self.broker.take() {
            broker.stop(Duration::from_secs(5));
        }
    }

    fn servers(&self) -> String {
        self.address.to_string()
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.go();
    }
}

/// librdkafka 2.12.1 aborts the process when it has given such a question up by itself, and the broker
/// comes back.
#[test]
fn who_asks_for_a_group_while_the_broker_is_away_lives_on() {
    let mut broker = Embedded::start();
    let client = suite::admin(&broker.servers()).with_timeout(Duration::from_millis(500));
    assert_eq!(client.committed_offsets("group"), Ok(Vec::new()));
    broker.go();
    for _ in 0..2 {
        let error = client.committed_offsets("group").unwrap_err();
        assert_eq!(error.code, ErrorCode::TIMED_OUT, "{error}");
        client.describe_groups(&["group"]).unwrap_err();
    }
    assert!(client.is_spent());
    broker.come();
    let began = Instant::now();
    while client.committed_offsets("group").is_err() {
        assert!(began.elapsed() < suite::PATIENCE);
    }
    // What was asked before is answered by now as well.
    std::thread::sleep(Duration::from_millis(500));
    client.describe_groups(&["group"]).unwrap();

    // And a spent client ends in good order.
    broker.go();
    client.committed_offsets("group").unwrap_err();
    drop(client);
}

macro_rules! on_embedded_broker {
    ($($module:ident::$name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                let broker = Embedded::start();
                suite::$module::$name(&broker.servers());
            }
        )*
    };
}

// The consumer protocol of KIP-848 is left out: the embedded broker has the classic one only.
on_embedded_broker! {
    producing::every_record_is_acknowledged_at_a_known_offset,
    producing::keys_values_and_headers_come_back_as_they_were_sent,
    producing::a_producer_dropped_with_records_in_flight_does_no_harm,
    producing::a_record_for_no_topic_is_counted_as_failed,
    producing::records_go_to_the_partition_that_is_named,
    producing::what_is_acknowledged_on_a_new_topic_is_in_its_log,
    producing::partitions_that_are_added_are_written_to,
    consuming::after_a_seek_no_older_record_comes,
    consuming::a_position_outside_the_log_is_reported_with_what_the_log_holds,
    consuming::the_end_of_a_partition_is_reached_past_markers,
    consuming::a_paused_partition_goes_on_where_it_was,
    consuming::a_new_assignment_ends_a_pause,
    groups::members_share_partitions_and_answer_rebalances,
    groups::an_offset_hint_is_visible_to_the_group,
    transactions::outputs_and_offsets_are_committed_together,
    transactions::an_abandoned_transaction_is_never_seen,
    transactions::a_producer_whose_id_was_taken_over_is_fenced,
    transactions::a_member_of_an_old_generation_cannot_commit,
    transactions::batches_come_back_for_reuse_after_a_commit,
    administration::topics_are_made_described_and_removed,
    administration::a_recreated_topic_has_another_id,
    administration::a_factor_larger_than_the_cluster_is_explained,
    administration::offsets_are_found_by_time,
}
