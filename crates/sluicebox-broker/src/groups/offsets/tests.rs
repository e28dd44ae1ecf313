use uuid::Uuid;

use super::*;

const TOPIC: Uuid = Uuid::from_u128(7);
const OTHER_TOPIC: Uuid = Uuid::from_u128(8);

fn offset(partition: i32, offset: i64) -> CommittedOffset {
    CommittedOffset {
        topic: "t".to_owned(),
        topic_id: TOPIC,
        partition,
        offset,
        leader_epoch: -1,
        metadata: "m".to_owned(),
    }
}

fn committed(partition: i32, to: i64, at_ms: i64) -> OffsetsRecord {
    OffsetsRecord::Committed {
        group: "g".to_owned(),
        at_ms,
        offsets: vec![offset(partition, to)],
    }
}

fn pending(producer_id: i64, partition: i32, to: i64) -> OffsetsRecord {
    OffsetsRecord::Pending {
        group: "g".to_owned(),
        at_ms: 0,
        producer_id,
        producer_epoch: 3,
        offsets: vec![offset(partition, to)],
    }
}

fn ended(producer_id: i64, committed: bool) -> OffsetsRecord {
    OffsetsRecord::Ended {
        group: "g".to_owned(),
        producer_id,
        committed,
    }
}

fn store(records: &[OffsetsRecord]) -> OffsetStore {
    let mut store = OffsetStore::default();
    for record in records {
        store.apply(record.clone());
    }
    store
}

fn position(store: &OffsetStore, partition: i32) -> Option<i64> {
    match store.committed("g", "t", TOPIC, partition) {
        Standing::At(at) => Some(at.offset),
        Standing::Nothing => None,
    }
}

#[test]
fn records_survive_encoding() {
    let records = [
        committed(1, 5, 99),
        pending(4, 2, 6),
        ended(4, true),
        ended(4, false),
        OffsetsRecord::Forgotten {
            group: "g".to_owned(),
            partitions: vec![("t".to_owned(), 1)],
        },
        OffsetsRecord::GroupDeleted {
            group: "g".to_owned(),
        },
        OffsetsRecord::TopicDeleted { topic_id: TOPIC },
        OffsetsRecord::Occupied {
            group: "g".to_owned(),
        },
        OffsetsRecord::Vacant {
            group: "g".to_owned(),
            since_ms: 5,
        },
    ];
    for record in records {
        let bytes = record.encode();
        assert_eq!(OffsetsRecord::decode(&bytes).as_ref(), Ok(&record));
        for cut in 0..bytes.len() {
            assert!(
                OffsetsRecord::decode(&bytes[..cut]).is_err(),
                "{record:?} cut at {cut}"
            );
        }
        let longer = [bytes.as_slice(), &[0]].concat();
        assert!(OffsetsRecord::decode(&longer).is_err(), "{record:?}");
    }
}

#[test]
fn the_form_of_a_commit_on_disk_does_not_change() {
    let golden = "0101010000006763000000000000000100000001000000740000000000000000000000000000000\
                  7010000000500000000000000ffffffff010000006d";
    let bytes = committed(1, 5, 99).encode();
    let hex = crate::test_rig::hex(&bytes);
    assert_eq!(hex, golden);
}

#[test]
fn a_transactions_offset_counts_once_it_commits() {
    let mut store = store(&[committed(0, 5, 0), pending(1, 0, 9)]);
    assert_eq!(position(&store, 0), Some(5));
    assert!(store.is_unstable("g", "t", 0));
    assert!(!store.is_unstable("g", "t", 1));
    store.apply(ended(1, true));
    assert_eq!(position(&store, 0), Some(9));
    assert!(!store.is_unstable("g", "t", 0));
}

#[test]
fn an_aborted_transactions_offset_never_counts() {
    let mut store = store(&[committed(0, 5, 0), pending(1, 0, 9)]);
    store.apply(ended(1, false));
    assert_eq!(position(&store, 0), Some(5));
    assert!(!store.is_unstable("g", "t", 0));
}

#[test]
fn ending_a_transaction_again_changes_nothing() {
    let mut store = store(&[pending(1, 0, 9), ended(1, true), committed(0, 20, 0)]);
    store.apply(ended(1, true));
    store.apply(ended(1, false));
    assert_eq!(position(&store, 0), Some(20));
}

#[test]
fn a_later_plain_commit_wins_over_a_transaction_that_ends_after_it() {
    let records = [pending(1, 0, 9), committed(0, 20, 0)];
    let mut live = store(&records);
    let mut restarted = store(&live.snapshot());
    live.apply(ended(1, true));
    restarted.apply(ended(1, true));
    assert_eq!(position(&live, 0), Some(20));
    assert_eq!(position(&restarted, 0), Some(20));
}

#[test]
fn two_transactions_on_one_partition_end_on_their_own() {
    let mut store = store(&[pending(1, 0, 9), pending(2, 0, 11)]);
    store.apply(ended(2, false));
    assert!(store.is_unstable("g", "t", 0));
    store.apply(ended(1, true));
    assert_eq!(position(&store, 0), Some(9));
}

#[test]
fn a_recreated_topic_does_not_inherit_positions() {
    let mut store = store(&[committed(0, 5, 0), pending(1, 1, 9)]);
    assert_eq!(store.committed("g", "t", OTHER_TOPIC, 0), Standing::Nothing);
    assert!(store.uses_topic(TOPIC));
    store.apply(OffsetsRecord::TopicDeleted { topic_id: TOPIC });
    assert_eq!(position(&store, 0), None);
    store.apply(ended(1, true));
    assert_eq!(position(&store, 1), None);
    assert!(!store.knows("g"));
}

#[test]
fn a_snapshot_says_the_same() {
    let records = [
        OffsetsRecord::Occupied {
            group: "g".to_owned(),
        },
        committed(0, 5, 1),
        committed(0, 6, 2),
        committed(3, 1, 2),
        pending(1, 0, 9),
        pending(1, 1, 4),
        pending(2, 3, 2),
        ended(2, false),
        OffsetsRecord::Vacant {
            group: "g".to_owned(),
            since_ms: 70,
        },
    ];
    let live = store(&records);
    let restarted = store(&live.snapshot());
    assert_eq!(live.snapshot(), restarted.snapshot());
    assert_eq!(live.snapshot().len(), 5);
    assert_eq!(live.places("g"), restarted.places("g"));
    assert_eq!(position(&restarted, 0), Some(6));
}

#[test]
fn offsets_expire_after_the_group_has_been_vacant_for_long_enough() {
    let occupied = OffsetsRecord::Occupied {
        group: "g".to_owned(),
    };
    let vacant = OffsetsRecord::Vacant {
        group: "g".to_owned(),
        since_ms: 100,
    };
    let mut store = store(&[
        occupied,
        committed(0, 5, 0),
        pending(1, 1, 9),
        committed(1, 2, 0),
    ]);
    assert_eq!(store.expired(1_000_000, 10), []);
    store.apply(vacant);
    assert_eq!(store.expired(109, 10), []);
    let due = store.expired(110, 10);
    let partitions = vec![("t".to_owned(), 0)];
    assert_eq!(
        due,
        [OffsetsRecord::Forgotten {
            group: "g".to_owned(),
            partitions
        }]
    );
    for record in due {
        store.apply(record);
    }
    assert_eq!(position(&store, 0), None);
    assert_eq!(
        position(&store, 1),
        Some(2),
        "a transaction is about to commit there"
    );
}

#[test]
fn offsets_of_a_group_without_members_expire_by_their_own_age() {
    let store = store(&[committed(0, 5, 50), committed(1, 5, 60)]);
    let partitions = vec![("t".to_owned(), 0)];
    let expected = [OffsetsRecord::Forgotten {
        group: "g".to_owned(),
        partitions,
    }];
    assert_eq!(store.expired(59, 10), []);
    assert_eq!(store.expired(60, 10), expected);
}

#[test]
fn after_a_restart_a_group_counts_as_vacant_from_then_on() {
    let mut store = store(&[
        OffsetsRecord::Occupied {
            group: "g".to_owned(),
        },
        committed(0, 5, 0),
    ]);
    store.vacate_all(1_000);
    assert_eq!(store.expired(1_009, 10), []);
    assert_eq!(store.expired(1_010, 10).len(), 1);
}
