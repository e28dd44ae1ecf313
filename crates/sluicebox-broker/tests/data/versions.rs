//! Every advertised version is answered in its own form.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::Request;
use sluicebox_broker::Broker;

use crate::broker;
use crate::client::Client;

/// Sends an empty request in every advertised version; an answer that cannot be read panics.
fn in_every_version<R: Request + Default>(broker: &Broker, versions: &ApiVersionsResponse) -> u32 {
    let api = versions.api_keys.iter().find(|api| api.api_key == R::KEY);
    let api = api.unwrap_or_else(|| panic!("key {} is not advertised", R::KEY));
    let mut client = Client::connect(broker);
    for version in api.min_version..=api.max_version {
        client.call(&R::default(), version);
    }
    1
}

macro_rules! call_all {
    ($broker:expr, $versions:expr, $($request:ty),+ $(,)?) => {
        0 $(+ in_every_version::<$request>($broker, $versions))+
    };
}

#[test]
fn every_advertised_version_of_every_request_is_answered() {
    let dir = tempfile::tempdir().expect("a directory");
    let broker = broker(dir.path());
    let versions = Client::connect(&broker).call(&ApiVersionsRequest::default(), 3);
    let tried = call_all!(
        &broker,
        &versions,
        FetchRequest,
        ListOffsetsRequest,
        MetadataRequest,
        OffsetCommitRequest,
        OffsetFetchRequest,
        FindCoordinatorRequest,
        JoinGroupRequest,
        HeartbeatRequest,
        LeaveGroupRequest,
        SyncGroupRequest,
        DescribeGroupsRequest,
        ListGroupsRequest,
        SaslHandshakeRequest,
        ApiVersionsRequest,
        CreateTopicsRequest,
        DeleteTopicsRequest,
        DeleteRecordsRequest,
        InitProducerIdRequest,
        OffsetForLeaderEpochRequest,
        AddPartitionsToTxnRequest,
        AddOffsetsToTxnRequest,
        EndTxnRequest,
        TxnOffsetCommitRequest,
        DescribeConfigsRequest,
        AlterConfigsRequest,
        DescribeLogDirsRequest,
        CreatePartitionsRequest,
        DeleteGroupsRequest,
        IncrementalAlterConfigsRequest,
        OffsetDeleteRequest,
        DescribeClusterRequest,
        DescribeProducersRequest,
        DescribeTransactionsRequest,
        ListTransactionsRequest,
    );
    // A produce request without acknowledgement is not answered: it is tried by the other tests.
    assert_eq!(
        tried as usize + 1,
        versions.api_keys.len(),
        "all of the table"
    );
}

#[test]
fn an_unknown_version_of_api_versions_is_answered_in_the_form_of_version_0() {
    let dir = tempfile::tempdir().expect("a directory");
    let broker = broker(dir.path());
    let mut client = Client::connect(&broker);
    client.send(&ApiVersionsRequest::default(), 4);
    let answer = client.receive::<ApiVersionsRequest>(0);
    assert_eq!(answer.error_code, ResponseError::UnsupportedVersion.code());
    assert_eq!(answer.api_keys[0].max_version, 3);
    client.call(&ApiVersionsRequest::default(), 3);
}
