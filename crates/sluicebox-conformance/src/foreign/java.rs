//! Apache Kafka's own Java clients, by the tools of its system tests.

use super::run;
use crate::cluster::Cluster;
use crate::names::unique;
use crate::real_kafka::Assembly;

const RECORDS: usize = 500;

fn tool(class: &str, arguments: &[&str]) -> String {
    let assembly = Assembly::obtain().unwrap_or_else(|e| panic!("{e}"));
    let mut command = assembly.command(&format!("org.apache.kafka.tools.{class}"));
    run(command.args(arguments), "")
}

/// Creates a topic with Java's admin client; returns its name.
pub(super) fn create_topic(cluster: &dyn Cluster, what: &str, partitions: u32) -> String {
    let topic = unique(what);
    let (partitions, factor) = (
        partitions.to_string(),
        cluster.replication_factor().to_string(),
    );
    let servers = cluster.bootstrap_servers();
    let created = tool(
        "TopicCommand",
        &[
            "--bootstrap-server",
            servers,
            "--create",
            "--topic",
            &topic,
            "--partitions",
            &partitions,
            "--replication-factor",
            &factor,
        ],
    );
    assert!(created.contains("Created topic"), "{created}");
    topic
}

fn produce(cluster: &dyn Cluster, topic: &str) {
    let servers = cluster.bootstrap_servers();
    let records = RECORDS.to_string();
    let report = tool(
        "VerifiableProducer",
        &[
            "--bootstrap-server",
            servers,
            "--topic",
            topic,
            "--max-messages",
            &records,
            "--acks",
            "-1",
        ],
    );
    let acked = report.matches("\"name\":\"producer_send_success\"").count();
    assert_eq!(acked, RECORDS, "{report}");
}

fn consume(cluster: &dyn Cluster, topic: &str, records: usize) -> String {
    let group = unique("java-group");
    let report = tool(
        "VerifiableConsumer",
        &[
            "--bootstrap-server",
            cluster.bootstrap_servers(),
            "--topic",
            topic,
            "--group-id",
            &group,
            "--reset-policy",
            "earliest",
            "--max-messages",
            &records.to_string(),
        ],
    );
    assert!(
        report.contains("\"name\":\"shutdown_complete\""),
        "{report}"
    );
    group
}

/// `VerifiableProducer` (idempotent, acks=all) and `VerifiableConsumer` (a group), and what the
/// admin tools then say of topic and group.
pub fn produces_and_consumes_in_a_group(cluster: &dyn Cluster) {
    let servers = cluster.bootstrap_servers();
    let topic = create_topic(cluster, "java", 3);
    produce(cluster, &topic);
    let group = consume(cluster, &topic, RECORDS);

    let offsets = tool(
        "GetOffsetShell",
        &["--bootstrap-server", servers, "--topic", &topic],
    );
    let ends = offsets
        .lines()
        .filter_map(|l| l.rsplit(':').next()?.parse::<usize>().ok());
    assert_eq!(ends.sum::<usize>(), RECORDS, "{offsets}");
    let described = tool(
        "TopicCommand",
        &["--bootstrap-server", servers, "--describe"],
    );
    assert!(
        described.contains(&format!("Topic: {topic}\tTopicId: ")),
        "{described}"
    );
    let lag = tool(
        "consumer.group.ConsumerGroupCommand",
        &[
            "--bootstrap-server",
            servers,
            "--describe",
            "--group",
            &group,
        ],
    );
    let rows = lag
        .lines()
        .filter(|l| l.split_whitespace().nth(1) == Some(&topic));
    let lags: Vec<_> = rows.filter_map(|l| l.split_whitespace().nth(5)).collect();
    // Records without keys may all have gone to one partition: the others have no committed offset.
    assert!(!lags.is_empty() && lags.iter().all(|l| *l == "0"), "{lag}");
}

/// `TransactionalMessageCopier`: consume, produce and commit offsets in one transaction, with random
/// aborts on the way; a reader of committed records then sees every record once.
pub fn copies_in_transactions_exactly_once(cluster: &dyn Cluster) {
    let servers = cluster.bootstrap_servers();
    let input = create_topic(cluster, "java-in", 1);
    let output = create_topic(cluster, "java-out", 1);
    produce(cluster, &input);
    let report = tool(
        "TransactionalMessageCopier",
        &[
            "--broker-list",
            servers,
            "--input-topic",
            &input,
            "--input-partition",
            "0",
            "--output-topic",
            &output,
            "--transactional-id",
            &unique("java-copier"),
            "--consumer-group",
            &unique("java-copiers"),
            "--transaction-size",
            "50",
            "--max-messages",
            &RECORDS.to_string(),
            "--enable-random-aborts",
        ],
    );
    assert!(report.contains("\"remaining\":0"), "{report}");
    let read = tool(
        "consumer.ConsoleConsumer",
        &[
            "--bootstrap-server",
            servers,
            "--topic",
            &output,
            "--from-beginning",
            "--isolation-level",
            "read_committed",
            "--timeout-ms",
            "5000",
        ],
    );
    let mut values: Vec<usize> = read.lines().filter_map(|l| l.parse().ok()).collect();
    values.sort_unstable();
    assert_eq!(values, (0..RECORDS).collect::<Vec<_>>(), "each record once");
}
