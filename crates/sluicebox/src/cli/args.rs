//! Settings as clap arguments, and the groups of them that commands share.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};

use crate::settings::table::{SETTINGS, Setting};
use crate::settings::value::Kind;

/// What every command that talks to a cluster takes.
pub(crate) const CLUSTER: &[&str] = &[
    "bootstrap-servers",
    "kafka",
    "kafka-file",
    "wait",
    "data-dir",
    "output-dir",
];
/// What every command that may create topics takes.
pub(crate) const TOPICS: &[&str] = &["partitions", "replication-factor"];
/// Which streams there are.
pub(crate) const STREAMS: &[&str] = &["stream"];
/// What is generated.
pub(crate) const DATAGEN: &[&str] = &[
    "rate",
    "records",
    "duration",
    "seed",
    "start",
    "invalid-ratio",
    "keys",
];
/// How records are processed.
pub(crate) const PROCESSOR: &[&str] = &["instances", "state-dir"];
/// How files are written.
pub(crate) const SINK: &[&str] = &["layout", "format", "rotate", "skip-repeats"];
/// When records are gone before they were read.
pub(crate) const LOSS: &[&str] = &["accept-loss"];
/// The dashboard.
pub(crate) const DASHBOARD: &[&str] = &[
    "http-listen",
    "http-token-file",
    "http-host",
    "allow-writes",
];
/// The embedded broker.
pub(crate) const BROKER: &[&str] = &["listen", "advertise"];

/// Adds the flags of the named settings to a command.
pub(crate) fn flags(command: Command, groups: &[&'static [&'static str]]) -> Command {
    groups
        .iter()
        .flat_map(|group| group.iter())
        .fold(command, |command, flag| {
            match SETTINGS.iter().find(|setting| setting.flag == Some(flag)) {
                Some(setting) => command.arg(argument(setting, flag)),
                None => {
                    unreachable!("no setting has the flag --{flag}; a test builds every command")
                }
            }
        })
}

/// The arguments that every command takes.
pub(crate) fn common(command: Command) -> Command {
    let command = command
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .env("SLUICEBOX_CONFIG")
                .hide_env_values(true)
                .value_parser(value_parser!(PathBuf))
                .help("Config file (TOML); see `sluicebox config default`")
                .global(true),
        )
        .arg(
            Arg::new("quiet")
                .short('q')
                .long("quiet")
                .action(ArgAction::Count)
                .help("Say less (-q: warnings, -qq: errors only)")
                .global(true),
        )
        .arg(
            Arg::new("verbose")
                .short('v')
                .long("verbose")
                .action(ArgAction::Count)
                .help("Say more (-v: debug, -vv: trace)")
                .global(true),
        );
    let log_format = SETTINGS
        .iter()
        .find(|setting| setting.flag == Some("log-format"));
    command.args(log_format.map(|setting| argument(setting, "log-format").global(true)))
}

/// Options stand together as their keys do in the config file.
fn heading(setting: &Setting) -> &'static str {
    match setting.key.split('.').next() {
        Some("cluster" | "topics") => "Cluster and topics",
        Some("streams" | "datagen") => "Streams and made-up data",
        Some("processor") => "Processor",
        Some("output" | "sink") => "Files",
        Some("broker") => "Embedded broker",
        Some("dashboard") => "Dashboard",
        _ => "Options",
    }
}

fn argument(setting: &'static Setting, flag: &'static str) -> Arg {
    let mut help = setting.help.to_owned();
    if let Some(default) = setting.default.filter(|_| setting.kind != Kind::Switch) {
        help = format!("{help} [default: {default}]");
    }
    if let Some(variable) = setting.variable() {
        help = format!("{help} [env: {variable}]");
    }
    let arg = Arg::new(flag).long(flag).help(help);
    let arg = arg.help_heading(heading(setting));
    match setting.kind {
        Kind::Switch => arg.action(ArgAction::SetTrue),
        kind => arg
            .value_name(kind.placeholder())
            .value_parser(move |text: &str| kind.parse(text).map(|_| text.to_owned()))
            .action(match kind {
                Kind::List(_) | Kind::Pairs => ArgAction::Append,
                _ => ArgAction::Set,
            })
            .allow_negative_numbers(true),
    }
}
