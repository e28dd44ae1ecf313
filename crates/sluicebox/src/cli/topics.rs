//! `topics list | create | describe | tail`.

use clap::{Arg, ArgAction, Command, value_parser};
use sluicebox_pipeline::search;

use super::args::{CLUSTER, STREAMS, TOPICS, flags};
use super::moments::{Moment, Since};
use super::tree::{examples, json_flag};
use crate::limits::{TAIL_LAST_MAX_RECORDS, TAIL_LAST_RECORDS};

pub(super) fn command() -> Command {
    let list = flags(
        Command::new("list").about("All topics").arg(json_flag()),
        &[CLUSTER],
    );
    let create = Command::new("create")
        .about("Create a topic; without a name, the topics that the pipeline needs")
        .arg(
            Arg::new("topic")
                .value_name("TOPIC")
                .help("Name of the topic"),
        )
        .arg(
            Arg::new("topic-config")
                .long("topic-config")
                .value_name("KEY=VALUE")
                .action(clap::ArgAction::Append)
                // The pipeline's topics have settings of their own: it would be ignored.
                .requires("topic")
                .help("Config of the topic, such as retention.ms=3600000"),
        );
    let create = flags(create, &[CLUSTER, TOPICS, STREAMS]);
    let describe = Command::new("describe")
        .about("Partitions, leaders, replicas, offsets and configs of a topic")
        .arg(named("Topic to describe"))
        .arg(json_flag());
    let describe = flags(describe, &[CLUSTER]);
    Command::new("topics")
        .about("List, create and describe topics, and look at their records")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            examples(list, "  sluicebox topics list --json"),
            examples(
                create,
                "  sluicebox topics create\n  \
                 sluicebox topics create clicks --partitions 12 --topic-config retention.ms=3600000",
            ),
            examples(describe, "  sluicebox topics describe processed_data"),
            tail(),
        ])
}

fn named(help: &'static str) -> Arg {
    Arg::new("topic")
        .value_name("TOPIC")
        .required(true)
        .help(help)
}

fn tail() -> Command {
    let command = Command::new("tail")
        .about("Records of a topic: the last ones, those that fit, and those that come")
        .arg(named("Topic to look at"))
        .args(where_to_look())
        .args(what_to_find())
        .arg(
            Arg::new("no-follow")
                .long("no-follow")
                .action(ArgAction::SetTrue)
                .help("End at the end that the topic has now, instead of waiting for new records"),
        )
        .arg(json_flag().help(
            "Print one JSON object a line, whole, as the dashboard's export does; bytes that are no UTF-8 as base64",
        ));
    examples(
        flags(command, &[CLUSTER]),
        "  sluicebox topics tail sensor_data                 the last 10 records, and new ones until Ctrl-C\n  \
         sluicebox topics tail processed_data --from 10m --value '\"warning\"'\n  \
         sluicebox topics tail sensor_data --key sensor-0007 --no-follow --json > found.ndjson\n\n\
         Only committed records are shown (isolation level read_committed), each partition in its order.\n\
         All filters must hold. Memory does not grow with the topic. In lines for people, backslashes,\n\
         control characters and bytes that are no UTF-8 are escaped; on a terminal, long values are cut.",
    )
}

fn where_to_look() -> [Arg; 4] {
    [
        Arg::new("from")
            .long("from")
            .value_name("START")
            .value_parser(|text: &str| Since::parse(text))
            .help(
                "Begin here: earliest, latest (new ones only), an offset (each partition's), or a time (RFC 3339, milliseconds \
                 since 1970, or 10m for ten minutes ago: only records that are not older) [default: earliest with a filter, else the last records]",
            ),
        Arg::new("last")
            .long("last")
            .value_name("N")
            .value_parser(value_parser!(u64).range(0..=TAIL_LAST_MAX_RECORDS))
            .conflicts_with("from")
            .help(format!(
                "Begin with the last N records of the topic [default: {TAIL_LAST_RECORDS} without a filter]"
            )),
        Arg::new("until")
            .long("until")
            .value_name("TIME")
            .value_parser(|text: &str| Moment::parse(text))
            .help("Only records that are not younger, and end at this time"),
        Arg::new("partition")
            .long("partition")
            .value_name("LIST")
            .value_parser(|text: &str| search::partitions(text))
            .help("Only these partitions, such as 0,2"),
    ]
}

fn what_to_find() -> [Arg; 4] {
    [
        Arg::new("key")
            .long("key")
            .value_name("TEXT")
            .help("Only records whose key contains this"),
        Arg::new("value")
            .long("value")
            .value_name("TEXT")
            .help("Only records whose value contains this"),
        Arg::new("header")
            .long("header")
            .value_name("NAME[=TEXT]")
            .help("Only records with this header, and with this text in it"),
        Arg::new("limit")
            .long("limit")
            .value_name("N")
            .value_parser(value_parser!(u64).range(1..))
            .help("End after N records"),
    ]
}
