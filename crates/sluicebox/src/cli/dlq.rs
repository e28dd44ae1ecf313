//! `dlq list | show | replay`.

use clap::{Arg, ArgAction, Command, value_parser};
use sluicebox_pipeline::dlq::LetterId;

use super::args::{CLUSTER, STREAMS, flags};
use super::tree::{examples, json_flag};

/// Dead letters that `list` shows unless told otherwise.
const LIST_LIMIT: &str = "50";

pub(super) fn command() -> Command {
    Command::new("dlq")
        .about("Look at dead letters, and replay them into their source topics")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([list(), show(), replay()])
}

fn list() -> Command {
    let command = Command::new("list")
        .about("The newest dead letters, and for each reason how many there are and how many are replayed")
        .args(filters())
        .arg(
            Arg::new("limit")
                .long("limit")
                .value_name("N")
                .default_value(LIST_LIMIT)
                .value_parser(value_parser!(u64).range(0..=100_000))
                .help("How many of the newest to show; all are counted. With --json: all, where it is not given"),
        )
        .arg(json_flag().help("Print all of them, or --limit of them, one JSON object a line"));
    examples(
        flags(command, &[CLUSTER]),
        "  sluicebox dlq list\n  \
         sluicebox dlq list --reason wrong_type --topic sensor_data --limit 10\n  \
         sluicebox dlq list --json | jq -r 'select(.replayed_at == null) | .id'",
    )
}

fn show() -> Command {
    let command = Command::new("show")
        .about("One dead letter: why it failed, where it came from, and its bytes")
        .arg(id().required(true))
        .arg(json_flag())
        .arg(
            Arg::new("value")
                .long("value")
                .action(ArgAction::SetTrue)
                .conflicts_with("json")
                .help("Print its value alone, as it came, to be edited"),
        );
    examples(
        flags(command, &[CLUSTER]),
        "  sluicebox dlq show 2:1405\n  \
         sluicebox dlq show 2:1405 --value > fixed.json",
    )
}

fn replay() -> Command {
    let command = Command::new("replay")
        .about("Send dead letters to their source topics again, each at most once")
        .arg(id().num_args(0..).action(ArgAction::Append))
        .args(filters())
        .arg(
            Arg::new("all")
                .long("all")
                .action(ArgAction::SetTrue)
                .conflicts_with_all(["id", "reason", "topic"])
                .help("All that were not replayed yet"),
        )
        .arg(
            Arg::new("value-file")
                .long("value-file")
                .value_name("FILE")
                .value_parser(value_parser!(std::path::PathBuf))
                .requires("id")
                .help("Send this value instead of the one dead letter's own; - is standard input"),
        )
        .arg(
            Arg::new("dry-run")
                .long("dry-run")
                .action(ArgAction::SetTrue)
                .help("Only say what would be replayed, and how much of it rejected again"),
        );
    examples(
        flags(command, &[CLUSTER, STREAMS, &["replication-factor"]]),
        "  sluicebox dlq replay 2:1405 --value-file fixed.json\n  \
         sluicebox dlq replay --reason missing_field --topic sensor_data --dry-run\n  \
         sluicebox dlq replay --all --dry-run\n\n\
         The record and a marker in the topic dlq_replays are written in one transaction, so that no dead\n\
         letter is replayed twice, by whomever and however often it is tried.",
    )
}

fn id() -> Arg {
    Arg::new("id")
        .value_name("ID")
        .value_parser(|text: &str| text.parse::<LetterId>())
        .help("PARTITION:OFFSET in the topic of dead letters, as `dlq list` shows it")
}

fn filters() -> [Arg; 2] {
    [
        Arg::new("reason")
            .long("reason")
            .value_name("REASON")
            .action(ArgAction::Append)
            .help("Only those of this reason, such as wrong_type; may be repeated"),
        Arg::new("topic")
            .long("topic")
            .value_name("TOPIC")
            .help("Only those from this source topic"),
    ]
}
