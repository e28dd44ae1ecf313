//! Groups and transactions over a real socket, in the words of the protocol: which version gets
//! which error, where no client library would show it.

#![allow(clippy::unwrap_used, reason = "a test")]

mod client;
mod groups;
mod transactions;

use std::net::TcpListener;
use std::path::Path;

use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::{CreateTopicsRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use sluicebox_broker::{Broker, BrokerConfig, start};

use client::Client;

/// Error codes of the protocol that these tests expect.
mod code {
    pub(crate) const UNKNOWN_TOPIC_OR_PARTITION: i16 = 3;
    pub(crate) const ILLEGAL_GENERATION: i16 = 22;
    pub(crate) const INVALID_GROUP_ID: i16 = 24;
    pub(crate) const UNKNOWN_MEMBER_ID: i16 = 25;
    pub(crate) const INVALID_PRODUCER_EPOCH: i16 = 47;
    pub(crate) const INVALID_TXN_STATE: i16 = 48;
    pub(crate) const INVALID_TRANSACTION_TIMEOUT: i16 = 50;
    pub(crate) const OPERATION_NOT_ATTEMPTED: i16 = 55;
    pub(crate) const NON_EMPTY_GROUP: i16 = 68;
    pub(crate) const MEMBER_ID_REQUIRED: i16 = 79;
    pub(crate) const FENCED_INSTANCE_ID: i16 = 82;
    pub(crate) const UNSTABLE_OFFSET_COMMIT: i16 = 88;
    pub(crate) const PRODUCER_FENCED: i16 = 90;
}

fn broker(dir: &Path) -> Broker {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = BrokerConfig {
        data_dir: dir.to_owned(),
        ..BrokerConfig::default()
    };
    start(listener, config).unwrap()
}

/// A broker with the topic `t` of two partitions, and a client of it.
fn with_topic(dir: &Path) -> (Broker, Client) {
    let broker = broker(dir);
    let mut client = Client::connect(&broker);
    let topic = CreatableTopic::default()
        .with_name(topic_name("t"))
        .with_num_partitions(2)
        .with_replication_factor(1);
    let request = CreateTopicsRequest::default()
        .with_topics(vec![topic])
        .with_timeout_ms(5_000);
    let created = client.call(&request, 4);
    assert_eq!(created.topics[0].error_code, 0, "{created:?}");
    (broker, client)
}

fn text(value: &str) -> StrBytes {
    StrBytes::from_string(value.to_owned())
}

fn topic_name(value: &str) -> TopicName {
    TopicName(text(value))
}
