//! `groups list | describe`.

use clap::ArgMatches;
use miette::miette;
use serde_json::json;
use sluicebox_kafka::admin::PartitionLag;

use super::{Started, cluster, problems};
use crate::exit::{Failure, Outcome};
use crate::output::{Table, print, print_json};

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    match matches.subcommand() {
        Some(("list", matches)) => list(matches),
        Some(("describe", matches)) => describe(matches),
        _ => unreachable!("clap demands a subcommand"),
    }
}

fn list(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start(matches)?;
    let groups = cluster::ask(&config)?.groups().map_err(problems::kafka)?;
    if matches.get_flag("json") {
        let groups: Vec<_> = groups
            .iter()
            .map(|group| json!({ "group": group.group, "state": group.state }))
            .collect();
        return print_json(&json!(groups));
    }
    let mut table = Table::new(&["GROUP", "STATE"]);
    for group in groups {
        table.row(vec![group.group, group.state]);
    }
    print(&table.text())
}

fn describe(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start(matches)?;
    let name = matches
        .get_one::<String>("group")
        .map(String::as_str)
        .unwrap_or_default();
    let admin = cluster::ask(&config)?;
    let known = admin.groups().map_err(problems::kafka)?;
    if !known.iter().any(|group| group.group == name) {
        let help =
            crate::settings::file::suggestion(name, known.iter().map(|group| group.group.as_str()))
                .unwrap_or_else(|| "`sluicebox groups list` shows what there is".to_owned());
        return Err(Failure::Failed(miette!(
            help = help,
            "there is no consumer group `{name}`"
        )));
    }
    let groups = admin.describe_groups(&[name]).map_err(problems::kafka)?;
    let Some(group) = groups.first() else {
        return Err(Failure::Failed(miette!(
            "the cluster left the group `{name}` out of its answer"
        )));
    };
    let lags = admin.lags(group, &[]).map_err(problems::kafka)?;
    if matches.get_flag("json") {
        return print_json(&as_json(group, &lags));
    }
    let total: u64 = lags.iter().map(|lag| lag.lag).sum();
    let mut text = format!(
        "{}: {}, {}, lag {total}\n",
        group.group,
        group.state,
        counted(group.members.len())
    );
    if !group.members.is_empty() {
        let mut members = Table::new(&["MEMBER", "HOST", "PARTITIONS"]);
        for member in &group.members {
            members.row(vec![
                member.client_id.clone(),
                host(&member.host).to_owned(),
                member.partitions.len().to_string(),
            ]);
        }
        text.push_str(&format!("\n{}", members.text()));
    }
    let mut table = Table::new(&[
        "TOPIC",
        "PARTITION",
        "COMMITTED",
        "LAST STABLE",
        "LAG",
        "MEMBER",
    ]);
    for lag in &lags {
        table.row(vec![
            lag.topic.clone(),
            lag.partition.to_string(),
            lag.committed
                .map_or("-".into(), |offset| offset.to_string()),
            lag.last_stable.to_string(),
            lag.lag.to_string(),
            lag.owner.clone().unwrap_or_else(|| "-".into()),
        ]);
    }
    text.push_str(&format!("\n{}", table.text()));
    print(&text)
}

fn counted(members: usize) -> String {
    match members {
        1 => "1 member".to_owned(),
        many => format!("{many} members"),
    }
}

/// Java names an address after the name that it was looked up by, which is none: `/127.0.0.1`.
fn host(told: &str) -> &str {
    told.strip_prefix('/').unwrap_or(told)
}

/// A group and its lag, as `groups describe --json` and `status --json` print them.
pub(crate) fn as_json(
    group: &sluicebox_kafka::admin::GroupDescription,
    lags: &[PartitionLag],
) -> serde_json::Value {
    let members: Vec<_> = group
        .members
        .iter()
        .map(|member| {
            let partitions: Vec<_> = member.partitions.iter().map(|(topic, partition)| json!({ "topic": topic, "partition": partition })).collect();
            json!({ "member": member.member, "client_id": member.client_id, "host": member.host, "partitions": partitions })
        })
        .collect();
    let partitions: Vec<_> = lags
        .iter()
        .map(|lag| {
            json!({
                "topic": lag.topic, "partition": lag.partition, "committed": lag.committed,
                "last_stable": lag.last_stable, "lag": lag.lag, "owner": lag.owner,
            })
        })
        .collect();
    let total: u64 = lags.iter().map(|lag| lag.lag).sum();
    json!({ "group": group.group, "state": group.state, "lag": total, "members": members, "partitions": partitions })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_counted_and_placed_in_words() {
        assert_eq!(
            [counted(0), counted(1), counted(2)],
            ["0 members", "1 member", "2 members"]
        );
        assert_eq!(
            [host("/127.0.0.1"), host("kafka1/10.0.0.1"), host("::1")],
            ["127.0.0.1", "kafka1/10.0.0.1", "::1"]
        );
    }
}
