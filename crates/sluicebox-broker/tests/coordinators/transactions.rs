use std::time::Duration;

use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use kafka_protocol::messages::{
    AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, DescribeTransactionsRequest, EndTxnRequest,
    InitProducerIdRequest, ProducerId, TransactionalId, TxnOffsetCommitRequest,
};

use super::groups::{fetch, group};
use super::*;

fn id() -> TransactionalId {
    TransactionalId(text("tx"))
}

fn init_request() -> InitProducerIdRequest {
    InitProducerIdRequest::default()
        .with_transactional_id(Some(id()))
        .with_transaction_timeout_ms(60_000)
        .with_producer_id(ProducerId(-1))
        .with_producer_epoch(-1)
}

/// Producer id and epoch.
fn init(client: &mut Client) -> (ProducerId, i16) {
    let answer = client.call(&init_request(), 4);
    assert_eq!(answer.error_code, 0);
    (answer.producer_id, answer.producer_epoch)
}

fn end(client: &mut Client, (producer, epoch): (ProducerId, i16), version: i16) -> i16 {
    let request = EndTxnRequest::default()
        .with_transactional_id(id())
        .with_producer_id(producer)
        .with_producer_epoch(epoch)
        .with_committed(true);
    client.call(&request, version).error_code
}

fn add_partitions(
    client: &mut Client,
    (producer, epoch): (ProducerId, i16),
    partitions: &[i32],
) -> Vec<i16> {
    let topic = AddPartitionsToTxnTopic::default()
        .with_name(topic_name("t"))
        .with_partitions(partitions.to_vec());
    let request = AddPartitionsToTxnRequest::default()
        .with_v3_and_below_transactional_id(id())
        .with_v3_and_below_producer_id(producer)
        .with_v3_and_below_producer_epoch(epoch)
        .with_v3_and_below_topics(vec![topic]);
    let answer = client.call(&request, 0);
    let results = &answer.results_by_topic_v3_and_below[0].results_by_partition;
    results
        .iter()
        .map(|result| result.partition_error_code)
        .collect()
}

fn add_group(client: &mut Client, (producer, epoch): (ProducerId, i16)) -> i16 {
    let request = AddOffsetsToTxnRequest::default()
        .with_transactional_id(id())
        .with_producer_id(producer)
        .with_producer_epoch(epoch)
        .with_group_id(group());
    client.call(&request, 0).error_code
}

fn commit_offset(
    client: &mut Client,
    (producer, epoch): (ProducerId, i16),
    generation: i32,
    member: &str,
) -> i16 {
    let partition = TxnOffsetCommitRequestPartition::default()
        .with_partition_index(0)
        .with_committed_offset(9);
    let topic = TxnOffsetCommitRequestTopic::default()
        .with_name(topic_name("t"))
        .with_partitions(vec![partition]);
    let request = TxnOffsetCommitRequest::default()
        .with_transactional_id(id())
        .with_group_id(group())
        .with_producer_id(producer)
        .with_producer_epoch(epoch)
        .with_generation_id(generation)
        .with_member_id(text(member))
        .with_topics(vec![topic]);
    client.call(&request, 3).topics[0].partitions[0].error_code
}

#[test]
fn an_offset_within_a_transaction_is_unstable_until_its_end() {
    let dir = tempfile::tempdir().unwrap();
    let (_broker, mut client) = with_topic(dir.path());
    let producer = init(&mut client);
    assert_eq!(
        commit_offset(&mut client, producer, -1, ""),
        code::INVALID_TXN_STATE
    );
    assert_eq!(add_group(&mut client, producer), 0);
    assert_eq!(commit_offset(&mut client, producer, -1, ""), 0);
    assert_eq!(fetch(&mut client, true), Err(code::UNSTABLE_OFFSET_COMMIT));
    assert_eq!(fetch(&mut client, false), Ok(-1));
    assert_eq!(end(&mut client, producer, 1), 0);
    assert_eq!(fetch(&mut client, true), Ok(9));
    assert_eq!(
        end(&mut client, producer, 1),
        0,
        "a retry is answered alike"
    );
    let again = init(&mut client);
    assert_eq!(again, (producer.0, producer.1 + 1));
    assert_eq!(
        end(&mut client, again, 1),
        code::INVALID_TXN_STATE,
        "nothing was begun"
    );
}

#[test]
fn an_offset_from_a_consumer_that_is_no_member_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (_broker, mut client) = with_topic(dir.path());
    let producer = init(&mut client);
    assert_eq!(add_group(&mut client, producer), 0);
    let zombie = commit_offset(&mut client, producer, 3, "zombie");
    assert_eq!(zombie, code::UNKNOWN_MEMBER_ID);
    assert_eq!(end(&mut client, producer, 1), 0);
    assert_eq!(fetch(&mut client, true), Ok(-1));
}

#[test]
fn a_fenced_producer_is_told_in_the_words_of_its_version() {
    let dir = tempfile::tempdir().unwrap();
    let (_broker, mut client) = with_topic(dir.path());
    let old = init(&mut client);
    assert_eq!(add_partitions(&mut client, old, &[0]), [0]);
    let new = init(&mut client);
    assert!(new.1 > old.1 && new.0 == old.0);
    assert_eq!(end(&mut client, old, 1), code::INVALID_PRODUCER_EPOCH);
    assert_eq!(end(&mut client, old, 2), code::PRODUCER_FENCED);
    assert_eq!(
        add_partitions(&mut client, old, &[0]),
        [code::INVALID_PRODUCER_EPOCH]
    );
    assert_eq!(add_group(&mut client, old), code::INVALID_PRODUCER_EPOCH);
    let goes_on = init_request()
        .with_producer_id(old.0)
        .with_producer_epoch(old.1);
    assert_eq!(
        client.call(&goes_on, 3).error_code,
        code::INVALID_PRODUCER_EPOCH
    );
    assert_eq!(client.call(&goes_on, 4).error_code, code::PRODUCER_FENCED);
    let goes_on = init_request()
        .with_producer_id(new.0)
        .with_producer_epoch(new.1);
    assert_eq!(client.call(&goes_on, 4).producer_epoch, new.1 + 1);
    assert_eq!(
        client.call(&goes_on, 4).producer_epoch,
        new.1 + 1,
        "a retry, KIP-360"
    );
}

#[test]
fn partitions_are_added_all_or_none() {
    let dir = tempfile::tempdir().unwrap();
    let (_broker, mut client) = with_topic(dir.path());
    let producer = init(&mut client);
    let codes = add_partitions(&mut client, producer, &[0, 5]);
    assert_eq!(
        codes,
        [
            code::OPERATION_NOT_ATTEMPTED,
            code::UNKNOWN_TOPIC_OR_PARTITION
        ]
    );
    assert_eq!(end(&mut client, producer, 1), code::INVALID_TXN_STATE);
    assert_eq!(add_partitions(&mut client, producer, &[0, 1]), [0, 0]);
    let describe = DescribeTransactionsRequest::default().with_transactional_ids(vec![id()]);
    let described = client.call(&describe, 0);
    assert_eq!(
        described.transaction_states[0].transaction_state.as_str(),
        "Ongoing"
    );
    assert_eq!(described.transaction_states[0].topics[0].partitions, [0, 1]);
}

#[test]
fn an_open_transaction_and_its_fencing_survive_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let (first, mut client) = with_topic(dir.path());
    let fenced = init(&mut client);
    let producer = init(&mut client);
    add_group(&mut client, producer);
    assert_eq!(commit_offset(&mut client, producer, -1, ""), 0);
    first.stop(Duration::from_secs(5));
    let second = broker(dir.path());
    let mut client = Client::connect(&second);
    assert_eq!(fetch(&mut client, true), Err(code::UNSTABLE_OFFSET_COMMIT));
    assert_eq!(end(&mut client, fenced, 3), code::PRODUCER_FENCED);
    assert_eq!(end(&mut client, producer, 1), 0);
    assert_eq!(fetch(&mut client, true), Ok(9));
}

#[test]
fn a_timeout_beyond_the_limit_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (_broker, mut client) = with_topic(dir.path());
    let request = init_request().with_transaction_timeout_ms(900_001);
    assert_eq!(
        client.call(&request, 4).error_code,
        code::INVALID_TRANSACTION_TIMEOUT
    );
}
