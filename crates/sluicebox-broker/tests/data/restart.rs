//! What was acknowledged is there after a crash and after a clean stop.

use std::time::Duration;

use kafka_protocol::messages::MetadataRequest;
use sluicebox_broker::StartError;

use crate::client::Client;
use crate::requests::{FETCH, create, fetch, name, produced};
use crate::{broker, try_broker};

#[test]
fn topics_their_ids_and_records_survive_a_crash_and_a_stop() {
    let dir = tempfile::tempdir().expect("a directory");
    let describe = |client: &mut Client| {
        let mut request = MetadataRequest::default();
        request.topics = None;
        let answer = client.call(&request, 12);
        (
            answer.cluster_id,
            answer.topics[0].topic_id,
            answer.topics[0].name.clone(),
        )
    };
    let mut first = None;
    for round in 0..4 {
        let broker = broker(dir.path());
        let mut client = Client::connect(&broker);
        if round == 0 {
            assert_eq!(create(&mut client, "t"), 0);
        }
        let described = describe(&mut client);
        assert_eq!(described.2, Some(name("t")));
        assert_eq!(*first.get_or_insert(described.clone()), described);
        for i in 0..10 {
            assert_eq!(produced(&mut client, "t", b"value"), (0, round * 10 + i));
        }
        let answer = client.call(&fetch("t", 0, 0), FETCH);
        assert_eq!(
            answer.responses[0].partitions[0].high_watermark,
            round * 10 + 10
        );
        if round % 2 == 0 {
            drop(broker);
        } else {
            broker.stop(Duration::from_secs(5));
        }
    }
}

#[test]
fn a_second_broker_on_the_same_directory_is_told_who_holds_it() {
    let dir = tempfile::tempdir().expect("a directory");
    let broker = broker(dir.path());
    let Err(error) = try_broker(dir.path()) else {
        panic!("two brokers on one directory")
    };
    assert!(matches!(error, StartError::Locked { .. }));
    assert!(
        error.to_string().contains(&std::process::id().to_string()),
        "{error}"
    );
    let status = std::fs::read_to_string(dir.path().join("broker.json")).expect("broker.json");
    assert!(status.contains(broker.cluster_id()) && status.contains(&broker.address().to_string()));
    broker.stop(Duration::from_secs(5));
    assert!(!dir.path().join("broker.json").exists());
    try_broker(dir.path()).expect("the directory is free again");
}
