//! The client's promises, kept against a real Apache Kafka of three nodes. Needs Java 17 and Maven: runs only
//! when `SLUICEBOX_REAL_KAFKA=1`.
#![allow(clippy::unwrap_used, reason = "a test")]

mod suite;

use sluicebox_conformance::cluster::Cluster;
use sluicebox_conformance::gate::asked_for;
use sluicebox_conformance::real_kafka::{KafkaOptions, RealCluster};
use sluicebox_conformance::stage::{Stage, Use};

static STAGE: Stage = Stage::new();

fn start() -> Box<dyn Cluster> {
    Box::new(RealCluster::start(&KafkaOptions::nodes(3)))
}

macro_rules! on_real_kafka {
    ($($module:ident::$name:ident),* $(,)?) => {
        $(
            #[test]
            fn $name() {
                if asked_for("SLUICEBOX_REAL_KAFKA", "the client over a real Kafka cluster") {
                    STAGE.run(start, Use::Shares, |cluster| {
                        suite::$module::$name(cluster.bootstrap_servers());
                    });
                }
            }
        )*
    };
}

on_real_kafka! {
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
    groups::the_consumer_protocol_works_the_same,
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
