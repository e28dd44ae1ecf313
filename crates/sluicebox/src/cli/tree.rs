//! The tree of commands. Names are fixed: scripts depend on them.

use clap::{Arg, Command, value_parser};

use super::args::{
    BROKER, CLUSTER, DASHBOARD, DATAGEN, LOSS, PROCESSOR, SINK, STREAMS, TOPICS, common, flags,
};
use super::{dlq, topics};

/// The program's name.
pub(crate) const NAME: &str = "sluicebox";

/// Version, commit, and whether this build has TLS.
fn version() -> String {
    let tls = if sluicebox_kafka::has_tls() {
        "tls"
    } else {
        "no tls"
    };
    let (version, commit) = (env!("CARGO_PKG_VERSION"), env!("MADE_FROM_COMMIT"));
    format!("{version} ({commit}, {tls})")
}

/// The whole command line.
pub(crate) fn command() -> Command {
    common(Command::new(NAME))
        .version(version())
        .about("Events flow through Kafka into files, and every event is accounted for exactly once")
        .after_help(
            "Examples:\n  \
             sluicebox run                                all of it on this machine, with a broker of its own\n  \
             sluicebox run --records 20000 --seed 7       ends by itself and accounts for every record\n  \
             sluicebox process --bootstrap-servers k:9092 the processor alone, on a real cluster\n\n\
             Exit codes: 0 good, 1 failed, 2 wrong usage or configuration.",
        )
        .subcommand_required(true)
        .arg_required_else_help(true)
        .infer_subcommands(false)
        .subcommands([run(), datagen(), process(), sink(), broker(), verify()])
        .subcommands([topics::command(), groups(), dlq::command(), status()])
        .subcommands([dashboard(), config(), completions()])
}

pub(super) fn examples(command: Command, lines: &'static str) -> Command {
    command.after_help(format!("Examples:\n{lines}"))
}

fn run() -> Command {
    let about = "Embedded broker, datagen, processor, sink and dashboard in one process";
    let command = flags(
        Command::new("run").about(about),
        &[
            CLUSTER, TOPICS, STREAMS, DATAGEN, PROCESSOR, SINK, LOSS, BROKER, DASHBOARD,
        ],
    );
    let command = flags(command, &[&["no-datagen", "no-dashboard", "stop-at-end"]]);
    examples(
        command,
        "  sluicebox run                                   until Ctrl-C; rows are in ./data\n  \
         sluicebox run --records 20000 --seed 7          make 20000 records, drain, account for them, end\n  \
         sluicebox run --rate max --invalid-ratio 0.01   as fast as it goes, 1 % of it bad\n  \
         sluicebox run --no-datagen --bootstrap-servers kafka1:9092   processor and sink on a real cluster",
    )
}

fn datagen() -> Command {
    let command = Command::new("datagen")
        .about("Make events and produce them with acks=all")
        .arg(
            Arg::new("streams")
                .value_name("STREAM")
                .required(true)
                .help("sensor, activity, the name of a stream of your own, or all"),
        );
    let command = flags(command, &[CLUSTER, TOPICS, STREAMS, DATAGEN]);
    examples(
        command,
        "  sluicebox datagen sensor --rate 1000 --duration 1m\n  \
         sluicebox datagen all --records 20000 --seed 7 --rate max\n  \
         sluicebox datagen activity --invalid-ratio 0.05 --keys 100",
    )
}

fn process() -> Command {
    let command = Command::new("process").about(
        "Validate, standardize and enrich records; what cannot be processed becomes a dead letter",
    );
    let command = flags(
        command,
        &[CLUSTER, TOPICS, STREAMS, PROCESSOR, LOSS, &["stop-at-end"]],
    );
    examples(
        command,
        "  sluicebox process --bootstrap-servers kafka1:9092,kafka2:9092\n  \
         sluicebox process --instances 3 --state-dir /var/lib/sluicebox\n  \
         sluicebox process --stop-at-end              what is there now, then end",
    )
}

fn sink() -> Command {
    let command = Command::new("sink")
        .about("Append processed records and dead letters to files, each exactly once");
    let command = flags(
        command,
        &[
            CLUSTER,
            TOPICS,
            STREAMS,
            SINK,
            LOSS,
            &["state-dir", "stop-at-end"],
        ],
    );
    examples(
        command,
        "  sluicebox sink --bootstrap-servers kafka1:9092 --output-dir /srv/events\n  \
         sluicebox sink                               a second one on the same directory is a hot standby",
    )
}

fn broker() -> Command {
    let command = Command::new("broker")
        .about("The embedded broker alone: one node, the Kafka protocol, no JVM");
    let command = flags(command, &[BROKER, &["data-dir", "output-dir"]]);
    examples(
        command,
        "  sluicebox broker\n  \
         sluicebox broker --listen 127.0.0.1:0 --data-dir /var/lib/sluicebox/broker",
    )
}

fn verify() -> Command {
    let command = Command::new("verify")
        .about("Prove that every record is exactly one row or one dead letter of the files")
        .arg(json_flag())
        .arg(
            Arg::new("strict")
                .long("strict")
                .action(clap::ArgAction::SetTrue)
                .help("Exit with 1 also where something cannot be proven, such as rows whose records have expired"),
        );
    let command = flags(command, &[CLUSTER, STREAMS]);
    examples(
        command,
        "  sluicebox verify                             the files in ./data, with the embedded broker's topics\n  \
         sluicebox verify --bootstrap-servers kafka1:9092 --output-dir /srv/events\n  \
         sluicebox verify --strict --json | jq -r .verdict\n\n\
         It changes neither files nor topics, and works while the pipeline runs. Exit code 1 on any contradiction.",
    )
}

pub(super) fn json_flag() -> Arg {
    Arg::new("json")
        .long("json")
        .action(clap::ArgAction::SetTrue)
        .help("Print JSON")
}

fn groups() -> Command {
    let list = flags(
        Command::new("list")
            .about("All consumer groups")
            .arg(json_flag()),
        &[CLUSTER],
    );
    let describe = Command::new("describe")
        .about("Members, assignment, and lag per partition of a group")
        .arg(Arg::new("group").value_name("GROUP").required(true))
        .arg(json_flag());
    let describe = flags(describe, &[CLUSTER]);
    Command::new("groups")
        .about("List and describe consumer groups")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            examples(list, "  sluicebox groups list"),
            examples(describe, "  sluicebox groups describe processor-group"),
        ])
}

fn status() -> Command {
    let command = Command::new("status")
        .about("Group lag, throughput and the committed lengths of the files")
        .arg(json_flag())
        .arg(
            Arg::new("watch")
                .long("watch")
                .value_name("SECONDS")
                .num_args(0..=1)
                .default_missing_value("2")
                .value_parser(value_parser!(u64).range(1..=3600))
                .help("Print it again every so many seconds, also while the cluster does not answer"),
        )
        .arg(
            Arg::new("ready")
                .long("ready")
                .action(clap::ArgAction::SetTrue)
                .conflicts_with_all(["json", "watch"])
                .help("For health checks: exit with 0 if all that runs here with this --state-dir works or stands by, else with 1 and the reason. Asks no cluster"),
        );
    let command = flags(command, &[CLUSTER, STREAMS, &["state-dir"]]);
    examples(
        command,
        "  sluicebox status\n  sluicebox status --watch 5\n  sluicebox status --json | jq .groups\n  sluicebox status --ready                     for the health check of a container",
    )
}

fn dashboard() -> Command {
    let command = Command::new("dashboard").about(
        "The dashboard alone: flow, data, topics, groups, dead letters, lineage; reads only, unless told otherwise",
    );
    // Where it may write, it makes topics.
    let command = flags(
        command,
        &[CLUSTER, TOPICS, STREAMS, DASHBOARD, &["state-dir"]],
    );
    examples(
        command,
        "  sluicebox dashboard                          what runs on this machine, at http://127.0.0.1:8080/\n  \
         sluicebox dashboard --bootstrap-servers kafka1:9092 --output-dir /srv/events\n  \
         sluicebox dashboard --allow-writes           replay dead letters, create topics, produce records\n  \
         sluicebox dashboard --http-listen 0.0.0.0:8080 --http-token-file /etc/sluicebox/token",
    )
}

fn config() -> Command {
    let all = &[
        CLUSTER, TOPICS, STREAMS, DATAGEN, PROCESSOR, SINK, LOSS, BROKER, DASHBOARD,
    ];
    let show = Command::new("show")
        .about("The configuration in force and where each value came from; secrets masked");
    let check = Command::new("check")
        .about("Check a config file and the stream definitions it names")
        .arg(
            Arg::new("file")
                .value_name("FILE")
                .value_parser(value_parser!(std::path::PathBuf))
                .help("Config file"),
        );
    Command::new("config")
        .about("Show, check and start a configuration")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands([
            examples(
                flags(show, all),
                "  sluicebox config show --config sluicebox.toml --rate max",
            ),
            examples(
                Command::new("default").about("Print an annotated config file with every default"),
                "  sluicebox config default > sluicebox.toml",
            ),
            examples(
                flags(check, &[STREAMS]),
                "  sluicebox config check sluicebox.toml",
            ),
        ])
}

fn completions() -> Command {
    let command = Command::new("completions")
        .about("Print a completion script for a shell")
        .arg(
            Arg::new("shell")
                .value_name("SHELL")
                .required(true)
                .value_parser(value_parser!(clap_complete::Shell)),
        );
    examples(
        command,
        "  sluicebox completions bash > ~/.local/share/bash-completion/completions/sluicebox",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_of_commands_is_sound() {
        command().debug_assert();
    }
}
