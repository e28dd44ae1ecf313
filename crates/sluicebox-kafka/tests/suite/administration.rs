use sluicebox_kafka::admin::NewTopic;
use sluicebox_kafka::{ErrorCode, KafkaError};

use super::{admin, numbered, produce, topic, unique};

fn new(name: &str, replication_factor: i32) -> NewTopic {
    let configs = vec![("retention.ms".to_owned(), "3600000".to_owned())];
    NewTopic {
        name: name.to_owned(),
        partitions: 3,
        replication_factor,
        configs,
    }
}

pub(crate) fn topics_are_made_described_and_removed(servers: &str) {
    let admin = admin(servers);
    let name = unique("topic");
    let missing: KafkaError = admin.describe(&name).unwrap_err();
    assert_eq!(
        missing.code,
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        "{missing}"
    );
    assert_eq!(missing.topic.as_deref(), Some(name.as_str()));

    admin.create_topics(&[new(&name, 1)]).unwrap();
    let twice = admin.create_topics(&[new(&name, 1)]).unwrap_err();
    assert_eq!(twice.code, ErrorCode::TOPIC_ALREADY_EXISTS, "{twice}");

    let described = admin.describe(&name).unwrap();
    assert_eq!(described.partitions.len(), 3);
    assert!(!described.topic_id.is_empty() && !described.internal);
    let cluster = admin.cluster().unwrap();
    assert!(!cluster.cluster_id.is_empty() && !cluster.brokers.is_empty());
    let leader = described.partitions[0].leader.unwrap();
    assert!(cluster.brokers.iter().any(|broker| broker.id == leader));
    let configs = admin.configs(&name).unwrap();
    let retention = configs
        .iter()
        .find(|entry| entry.name == "retention.ms")
        .unwrap();
    assert_eq!(
        (retention.value.as_deref(), retention.is_default),
        (Some("3600000"), false)
    );
    assert!(
        admin
            .topics()
            .unwrap()
            .iter()
            .any(|t| t.name == name && t.partitions == 3)
    );

    admin.delete_topics(&[&name]).unwrap();
    let gone = admin.delete_topics(&[&name]).unwrap_err();
    assert_eq!(gone.code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "{gone}");
}

pub(crate) fn a_recreated_topic_has_another_id(servers: &str) {
    let admin = admin(servers);
    let name = topic(servers, 1);
    let before = admin.describe(&name).unwrap().topic_id;
    admin.delete_topics(&[&name]).unwrap();
    while admin.describe(&name).is_ok() {}
    admin.create_topics(&[new(&name, 1)]).unwrap();
    let after = admin.describe(&name).unwrap().topic_id;
    assert_ne!(before, after);
}

pub(crate) fn a_factor_larger_than_the_cluster_is_explained(servers: &str) {
    let admin = admin(servers);
    let brokers = admin.cluster().unwrap().brokers.len();
    let error = admin
        .create_topics(&[new(&unique("topic"), 1 + brokers as i32)])
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::INVALID_REPLICATION_FACTOR, "{error}");
    assert!(error.message.contains("--replication-factor"), "{error}");
}

pub(crate) fn offsets_are_found_by_time(servers: &str) {
    let name = topic(servers, 1);
    produce(servers, &name, &numbered(0..10));
    let admin = admin(servers);
    assert_eq!(admin.offsets_for_time(&name, 0).unwrap(), [(0, Some(0))]);
    let far_ahead = 4_000_000_000_000;
    assert_eq!(
        admin.offsets_for_time(&name, far_ahead).unwrap(),
        [(0, None)]
    );
    let log = admin.log_ranges(&name).unwrap();
    assert_eq!(
        (log[0].range.earliest, log[0].range.high_watermark),
        (0, 10)
    );
}
