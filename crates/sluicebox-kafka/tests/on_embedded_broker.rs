//! The client's promises, kept against the embedded broker: the same suite as on a real Kafka.
#![allow(clippy::unwrap_used, reason = "a test")]

mod suite;

use std::net::TcpListener;
use std::time::Duration;

use sluicebox_broker::{Broker, BrokerConfig};
use tempfile::TempDir;

/// A broker on a free port, gone at the end of the test.
struct Embedded {
    broker: Option<Broker>,
    _data: TempDir,
}

impl Embedded {
    fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let config = BrokerConfig {
            data_dir: data.path().to_owned(),
            auto_create_topics: false,
            ..BrokerConfig::default()
        };
        Self {
            broker: Some(sluicebox_broker::start(listener, config).unwrap()),
            _data: data,
        }
    }

    fn servers(&self) -> String {
        self.broker.as_ref().unwrap().address().to_string()
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        if let Some(broker) = self.broker.take() {
            broker.stop(Duration::from_secs(5));
        }
    }
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
