//! What a client may count on, one function per behaviour, over any [`Cluster`](crate::cluster::Cluster).
//!
//! The embedded broker and a real Apache Kafka both pass all of them: where they do not, the embedded
//! broker is wrong. Each behaviour makes topics and groups of its own, so that many run at the same
//! time on one cluster.

pub mod groups;
pub mod nodes;
pub mod offsets;
pub mod producing;
pub mod restarts;
mod support;
pub mod topics;
pub mod transactions;

/// Calls the macro `$case` once with each behaviour: what it does to the cluster
/// ([`Use`](crate::stage::Use)), its module, its name.
#[macro_export]
macro_rules! every_behaviour {
    ($case:ident) => {
        $case!(Shares, producing, records_come_back_as_they_went);
        $case!(Shares, producing, every_record_keeps_the_time_it_was_given);
        $case!(Shares, producing, every_codec_reads_back);
        $case!(
            Shares,
            producing,
            a_record_at_the_limit_fits_and_one_over_it_is_refused
        );
        $case!(Shares, producing, keys_go_where_java_sends_them);
        $case!(
            Shares,
            transactions,
            committed_records_are_seen_and_aborted_ones_never
        );
        $case!(
            Shares,
            transactions,
            an_open_transaction_holds_back_what_follows_it
        );
        $case!(
            Shares,
            transactions,
            a_second_producer_with_the_same_id_fences_the_first
        );
        $case!(
            Shares,
            transactions,
            offsets_are_committed_with_the_records_or_not_at_all
        );
        $case!(
            Shares,
            transactions,
            offsets_of_an_old_generation_are_refused
        );
        $case!(
            Shares,
            transactions,
            an_expired_transaction_is_aborted_by_the_coordinator
        );
        $case!(Shares, groups, three_members_share_the_partitions);
        $case!(
            Shares,
            groups,
            a_member_that_leaves_hands_its_partitions_over
        );
        $case!(Shares, groups, a_member_that_dies_loses_its_partitions);
        $case!(
            Shares,
            groups,
            a_rebalance_loses_and_repeats_no_committed_record
        );
        $case!(Shares, groups, a_group_is_listed_and_described);
        $case!(
            Shares,
            offsets,
            a_new_group_has_no_position_until_the_caller_gives_one
        );
        $case!(Shares, offsets, a_position_outside_the_log_is_reported);
        $case!(Shares, offsets, offsets_are_found_by_time);
        $case!(Shares, offsets, deleted_records_move_the_start_of_the_log);
        $case!(
            Shares,
            topics,
            a_created_topic_is_described_as_it_was_asked_for
        );
        $case!(
            Shares,
            topics,
            a_recreated_topic_has_another_id_and_no_records
        );
        $case!(Shares, topics, what_cannot_be_created_says_why);
        $case!(
            Restarts,
            restarts,
            retries_over_a_killed_cluster_leave_no_duplicates
        );
        $case!(Restarts, restarts, records_and_offsets_survive_a_clean_stop);
        $case!(Restarts, restarts, a_committed_transaction_survives_a_kill);
        $case!(
            Restarts,
            restarts,
            an_open_transaction_survives_a_kill_and_can_commit
        );
        $case!(
            Restarts,
            restarts,
            an_open_transaction_is_aborted_by_its_successor_after_a_kill
        );
    };
}
