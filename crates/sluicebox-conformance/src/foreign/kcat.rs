//! kcat: librdkafka of another version and build than ours.

use std::collections::BTreeMap;
use std::process::Command;

use super::{java, run};
use crate::cluster::Cluster;
use crate::names::unique;

const RECORDS: usize = 100;

fn kcat(cluster: &dyn Cluster, arguments: &[&str], input: &str) -> String {
    run(
        Command::new("kcat")
            .args(["-q", "-b", cluster.bootstrap_servers()])
            .args(arguments),
        input,
    )
}

fn lines() -> String {
    (0..RECORDS)
        .map(|i| format!("key{i}:value{i}\n"))
        .collect::<Vec<_>>()
        .concat()
}

fn counted(text: &str) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for line in text.lines() {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

/// Every codec that kcat writes can be read back, by partition and by group, each record once.
pub fn writes_every_codec_and_reads_it_back(cluster: &dyn Cluster) {
    let topic = java::create_topic(cluster, "kcat", 3);
    let codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
    for codec in codecs {
        let idempotence = ["-X", "enable.idempotence=true"];
        let arguments = [
            "-P",
            "-t",
            &topic,
            "-K:",
            "-z",
            codec,
            idempotence[0],
            idempotence[1],
        ];
        kcat(cluster, &arguments, &lines());
    }
    let input = lines();
    let expected: BTreeMap<&str, usize> = input.lines().map(|l| (l, codecs.len())).collect();

    let all = kcat(cluster, &["-C", "-t", &topic, "-e", "-K:"], "");
    assert_eq!(counted(&all), expected);

    let group = unique("kcat-group");
    let total = (RECORDS * codecs.len()).to_string();
    let earliest = ["-X", "auto.offset.reset=earliest"];
    let arguments = [
        "-K:",
        "-c",
        &total,
        earliest[0],
        earliest[1],
        "-G",
        &group,
        &topic,
    ];
    assert_eq!(counted(&kcat(cluster, &arguments, "")), expected);
}

/// The list of brokers, topics and partitions, and offsets by time.
pub fn lists_the_cluster_and_its_offsets(cluster: &dyn Cluster) {
    let topic = java::create_topic(cluster, "kcat-list", 1);
    kcat(cluster, &["-P", "-t", &topic, "-p", "0"], "one\ntwo\n");
    let metadata = kcat(cluster, &["-L", "-J", "-t", &topic], "");
    assert!(
        metadata.contains(&format!("\"topic\":\"{topic}\"")),
        "{metadata}"
    );
    let at = |time: &str| kcat(cluster, &["-Q", "-t", &format!("{topic}:0:{time}")], "");
    assert_eq!(at("-2"), format!("{topic} [0] offset 0\n"), "earliest");
    assert_eq!(
        at("1000"),
        format!("{topic} [0] offset 0\n"),
        "first at or after 1970"
    );
    assert_eq!(at("-1"), format!("{topic} [0] offset 2\n"), "latest");
}
