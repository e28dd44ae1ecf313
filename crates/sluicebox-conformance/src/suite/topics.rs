//! Topics: made, described, removed, made again.

use sluicebox_kafka::admin::NewTopic;

use super::support::{admin, heard_of, produce, read_all, texts, topic, topic_with, wait_until};
use crate::cluster::Cluster;
use crate::names::unique;

fn new_topic(name: &str, partitions: i32, replication_factor: i32) -> NewTopic {
    NewTopic {
        name: name.to_owned(),
        partitions,
        replication_factor,
        configs: Vec::new(),
    }
}

/// Partitions, replicas and settings are those that were asked for.
pub fn a_created_topic_is_described_as_it_was_asked_for(cluster: &dyn Cluster) {
    let settings = [
        ("retention.ms", "123456789"),
        ("max.message.bytes", "200000"),
    ];
    let topic = topic_with(cluster, "described", 3, &settings);
    let admin = admin(cluster);
    let described = heard_of("the topic", || admin.describe(&topic));
    assert_eq!(described.name, topic);
    assert!(
        !described.topic_id.is_empty() && !described.internal,
        "{described:?}"
    );
    let numbers: Vec<i32> = described.partitions.iter().map(|p| p.partition).collect();
    assert_eq!(numbers, [0, 1, 2]);
    let replicas = cluster.replication_factor() as usize;
    assert!(
        described
            .partitions
            .iter()
            .all(|p| p.replicas.len() == replicas),
        "{described:?}"
    );
    wait_until("the topic is listed", || {
        let listed = admin.topics().expect("topics can be listed");
        listed.iter().any(|t| t.name == topic && t.partitions == 3)
    });
    let configs = heard_of("settings", || admin.configs(&topic));
    for (name, value) in settings {
        let entry = configs.iter().find(|c| c.name == name).expect("a setting");
        assert_eq!(
            (entry.value.as_deref(), entry.is_default),
            (Some(value), false),
            "{name}"
        );
    }
    let other = configs
        .iter()
        .find(|c| c.name == "cleanup.policy")
        .expect("a setting");
    assert_eq!(
        (other.value.as_deref(), other.is_default),
        (Some("delete"), true)
    );
    let cluster_info = admin.cluster().expect("the cluster can be described");
    assert!(!cluster_info.cluster_id.is_empty() && cluster_info.brokers.len() >= replicas);
}

/// A topic of the same name is another topic (KIP-516): whoever recorded offsets can tell.
pub fn a_recreated_topic_has_another_id_and_no_records(cluster: &dyn Cluster) {
    let topic = topic(cluster, "recreated", 1);
    produce(cluster, &topic, &["old"]);
    let admin = admin(cluster);
    let old = heard_of("the topic", || admin.describe(&topic));
    admin
        .delete_topics(&[&topic])
        .expect("a topic can be deleted");
    // Nodes of a cluster hear of it one after the other.
    wait_until("the topic is gone", || {
        let gone = admin.describe(&topic).err();
        gone.is_some_and(|error| error.code.name() == "UNKNOWN_TOPIC_OR_PARTITION")
    });
    let again = new_topic(&topic, 2, cluster.replication_factor());
    wait_until("the name is free", || {
        admin.create_topics(std::slice::from_ref(&again)).is_ok()
    });
    wait_until("it is described", || {
        admin.describe(&topic).is_ok_and(|t| {
            t.topic_id != old.topic_id
                && t.partitions.len() == 2
                && t.partitions.iter().all(|p| p.leader.is_some())
        })
    });
    assert!(read_all(cluster, &topic).is_empty());
    produce(cluster, &topic, &["new"]);
    assert_eq!(texts(&read_all(cluster, &topic)), ["new"]);
}

/// Errors carry the stable code and the topic.
pub fn what_cannot_be_created_says_why(cluster: &dyn Cluster) {
    let admin = admin(cluster);
    let taken = topic(cluster, "taken", 1);
    let factor = cluster.replication_factor();
    let code = |new: NewTopic| {
        let error = admin.create_topics(&[new]).expect_err("cannot be created");
        error.code.name()
    };
    assert_eq!(code(new_topic(&taken, 1, factor)), "TOPIC_ALREADY_EXISTS");
    assert_eq!(
        code(new_topic(&unique("factor"), 1, factor + 1)),
        "INVALID_REPLICATION_FACTOR"
    );
    assert_eq!(
        code(new_topic("no/slash", 1, factor)),
        "INVALID_TOPIC_EXCEPTION"
    );
    let mut odd = new_topic(&unique("config"), 1, factor);
    odd.configs
        .push(("no.such.setting".to_owned(), "1".to_owned()));
    assert_eq!(code(odd), "INVALID_CONFIG");
    let error = admin
        .delete_topics(&[&unique("missing")])
        .expect_err("not there");
    assert_eq!(error.code.name(), "UNKNOWN_TOPIC_OR_PARTITION", "{error}");
}
