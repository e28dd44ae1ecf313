//! What is seen of the cluster and the files.

use super::names;
use super::text::Text;
use crate::flow::{Flow, PartFlow};

pub(super) fn seen(text: &mut Text, flow: &Flow) {
    let topics: Vec<_> = flow
        .streams
        .iter()
        .map(|stream| &stream.topic)
        .chain(&flow.outputs)
        .collect();
    let up = u8::from(flow.cluster.error.is_none());
    text.single(
        names::CLUSTER_UP,
        "gauge",
        "1 while the cluster answers",
        up,
    );
    let under: usize = topics
        .iter()
        .map(|topic| topic.under_replicated.len())
        .sum();
    text.single(
        names::UNDER_REPLICATED,
        "gauge",
        "Partitions with too few replicas in sync",
        under,
    );
    let offline: usize = topics.iter().map(|topic| topic.offline.len()).sum();
    text.single(
        names::OFFLINE,
        "gauge",
        "Partitions without a leader",
        offline,
    );
    text.family(names::TOPIC_END, "gauge", "Offsets that were given out");
    for topic in topics.iter().filter(|topic| !topic.missing && up == 1) {
        text.sample(names::TOPIC_END, &[("topic", &topic.name)], topic.end);
    }
    if up == 1 {
        groups(text, [&flow.processor, &flow.sink]);
    }
    files(text, flow);
    let at = flow.at_ms as f64 / 1000.0;
    text.single(
        names::SNAPSHOT_TIME,
        "gauge",
        "When the snapshot was taken",
        at,
    );
}

fn files(text: &mut Text, flow: &Flow) {
    text.family(names::FILE_ROWS, "gauge", "Committed rows");
    for file in &flow.files {
        text.sample(names::FILE_ROWS, &[("file", &file.name)], file.rows);
    }
    text.family(names::FILE_BYTES, "gauge", "Committed bytes");
    for file in &flow.files {
        text.sample(names::FILE_BYTES, &[("file", &file.name)], file.bytes);
    }
    let account = &flow.accounting;
    text.family(names::IN_FLIGHT, "gauge", "Records that are in no file yet");
    // Where there is no sum, there is no number.
    if account.unknown.is_none() {
        text.sample(names::IN_FLIGHT, &[], account.in_flight);
    }
    text.single(
        names::OFF_BALANCE,
        "gauge",
        "1 when the account does not come out",
        u8::from(account.off_balance),
    );
    text.single(
        names::FILES_MISMATCH,
        "gauge",
        "1 when the files do not belong to the topics",
        u8::from(flow.files_mismatch.is_some()),
    );
    if let Some(verify) = &flow.last_verify {
        let found = verify.contradicted;
        text.single(
            names::VERIFY_CONTRADICTED,
            "gauge",
            "Contradictions that the last verify found",
            found,
        );
    }
}

fn groups(text: &mut Text, parts: [&PartFlow; 2]) {
    text.family(
        names::GROUP_LAG,
        "gauge",
        "Offsets that a group has before it",
    );
    for part in parts {
        text.sample(names::GROUP_LAG, &[("group", &part.group)], part.lag);
    }
    text.family(names::GROUP_MEMBERS, "gauge", "Members of a group");
    for part in parts {
        text.sample(
            names::GROUP_MEMBERS,
            &[("group", &part.group)],
            part.members.len(),
        );
    }
}
