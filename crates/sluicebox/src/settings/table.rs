//! The table of all settings. A new setting is a row here and a field in [`super::config`].

use sluicebox_pipeline::limits::{REPLICATION_FACTOR_MAX, TOPIC_PARTITIONS_MAX};

use super::value::Kind;

/// One setting: its place in the config file, its flag, what it takes and what it means.
#[derive(Debug)]
pub(crate) struct Setting {
    /// `section.name` in the config file.
    pub(crate) key: &'static str,
    /// The long flag without dashes; `None` for what is set in the file only.
    pub(crate) flag: Option<&'static str>,
    pub(crate) kind: Kind,
    /// The default as it would be written; `None`: unset, and `help` says what that means.
    pub(crate) default: Option<&'static str>,
    pub(crate) help: &'static str,
}

impl Setting {
    /// The environment variable that sets it: `SLUICEBOX_` and the flag in capitals.
    pub(crate) fn variable(&self) -> Option<String> {
        self.flag
            .map(|flag| format!("SLUICEBOX_{}", flag.replace('-', "_").to_uppercase()))
    }
}

/// Finds a setting by its key.
pub(crate) fn setting(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

const fn row(
    key: &'static str,
    flag: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    help: &'static str,
) -> Setting {
    Setting {
        key,
        flag: Some(flag),
        kind,
        default,
        help,
    }
}

const fn file_only(
    key: &'static str,
    kind: Kind,
    default: Option<&'static str>,
    help: &'static str,
) -> Setting {
    Setting {
        key,
        flag: None,
        kind,
        default,
        help,
    }
}

/// What a section of the config file is about, in the order in which the sections are written.
pub(crate) const SECTIONS: &[(&str, &str)] = &[
    ("cluster", "Which Kafka, and how its topics are made."),
    (
        "topics",
        "Names of the topics that Sluicebox writes. Source topics are named by their stream.",
    ),
    ("streams", "Which streams there are. See docs/streams.md."),
    ("output", "The files."),
    ("broker", "The embedded broker, of `run` and `broker`."),
    ("datagen", "The generated events."),
    (
        "processor",
        "Source topics -> processed_data and dead_letters.",
    ),
    ("sink", "processed_data and dead_letters -> files."),
    (
        "dashboard",
        "The dashboard, of `run` and `dashboard`. See docs/dashboard.md.",
    ),
    ("run", "Lifecycle."),
    ("log", "What is said on stderr."),
];

const UP: i64 = i64::MAX;

/// All settings, grouped by section.
#[rustfmt::skip] // a row is read as a row
pub(crate) const SETTINGS: &[Setting] = &[
    row("cluster.bootstrap_servers", "bootstrap-servers", Kind::Text, None,
        "Addresses of the Kafka cluster, HOST:PORT separated by commas. Unset: `run` brings its own broker; other commands use a broker that runs on the data directory, else 127.0.0.1:9092"),
    row("cluster.properties", "kafka", Kind::Pairs, None,
        "Any librdkafka property, except secrets and those that exactly-once rests on. SLUICEBOX_KAFKA_SASL_USERNAME and the like set one each, secrets too; see docs/security.md"),
    row("cluster.property_files", "kafka-file", Kind::Pairs, None,
        "Files that hold the values of librdkafka properties: passwords, keys, tokens. SLUICEBOX_KAFKA_SASL_PASSWORD_FILE and the like name one each"),
    row("cluster.wait", "wait", Kind::Duration, None,
        "How long to wait for a cluster that does not answer. Unset: for ever, complaining, in long-running commands; 10s in the others"),
    row("cluster.partitions", "partitions", Kind::Integer(1, TOPIC_PARTITIONS_MAX as i64), Some("6"),
        "Partitions of the topics that are created; existing topics are never altered"),
    row("cluster.replication_factor", "replication-factor", Kind::Integer(1, REPLICATION_FACTOR_MAX as i64), None,
        "Replication factor of the topics that are created. Unset: 3, or 1 on the embedded broker"),
    file_only("topics.processed_data", Kind::Text, Some("processed_data"),
        "Topic of the processed records"),
    file_only("topics.dead_letters", Kind::Text, Some("dead_letters"),
        "Topic of the records that could not be processed"),
    file_only("topics.dlq_replays", Kind::Text, Some("dlq_replays"),
        "Topic of what was replayed of them"),
    row("streams.files", "stream", Kind::List("path"), None,
        "File with a stream definition, beside the built-in ones; one of the same name replaces a built-in one"),
    file_only("streams.builtin", Kind::Switch, Some("true"),
        "Whether the built-in streams are there"),
    file_only("streams.topics", Kind::Pairs, None,
        "Source topics by stream, in place of those that the definitions name"),
    file_only("streams.file_names", Kind::Pairs, None,
        "Output files by stream, in place of those that the definitions name"),
    row("output.dir", "output-dir", Kind::Path, Some("data"),
        "Directory of the files"),
    row("output.layout", "layout", Kind::Choice(&["single"]), Some("single"),
        "How the files are laid out: single, one file per data type"),
    row("output.format", "format", Kind::Choice(&["csv"]), Some("csv"),
        "Format of the files: csv (RFC 4180)"),
    file_only("output.guard_formulas", Kind::Switch, Some("false"),
        "Put a ' before text that a spreadsheet would take for a formula. Changes data, so it is off"),
    row("broker.listen", "listen", Kind::Text, Some("127.0.0.1:9092"),
        "Address on which the embedded broker listens. Anyone who reaches it can read and write: it has no authentication"),
    row("broker.advertise", "advertise", Kind::Text, None,
        "HOST:PORT that the embedded broker tells its clients. Unset: the address it listens on"),
    row("broker.data_dir", "data-dir", Kind::Path, None,
        "Directory of the embedded broker's log. Unset: `broker` in the output directory"),
    file_only("broker.durability", Kind::Choice(&["synced", "relaxed"]), Some("synced"),
        "synced: acknowledge after fdatasync, so that power loss takes nothing back; relaxed: acknowledge after write"),
    file_only("broker.retention", Kind::Duration, Some("168h"),
        "How long the embedded broker keeps records"),
    row("datagen.rate", "rate", Kind::Rate, Some("100"),
        "Records per second over all streams together, or max"),
    row("datagen.records", "records", Kind::Integer(1, UP), None,
        "Make so many records over all streams, then stop. Unset: for ever"),
    row("datagen.duration", "duration", Kind::Duration, None,
        "Make records for so long, then stop"),
    row("datagen.seed", "seed", Kind::Integer(0, UP), None,
        "The same seed and start make the same events. Unset: a new one each time, which is logged"),
    row("datagen.start", "start", Kind::Timestamp, None,
        "Event time of the first record, RFC 3339. Unset: now"),
    row("datagen.invalid_ratio", "invalid-ratio", Kind::Ratio, Some("0"),
        "Share of records, 0 to 1, that are bad on purpose and become dead letters"),
    row("datagen.keys", "keys", Kind::Integer(1, 1_000_000), Some("20"),
        "Number of devices, and of users"),
    file_only("processor.group", Kind::Text, Some("processor-group"),
        "Consumer group of the processors"),
    row("processor.instances", "instances", Kind::Integer(1, 64), Some("1"),
        "Processors in this process; each is a member of the group"),
    row("processor.state_dir", "state-dir", Kind::Path, None,
        "Directory whose slot files give each processor its transactional.id, and each sink its name in the group. Unset: `state` in the output directory"),
    row("processor.accept_loss", "accept-loss", Kind::Switch, Some("false"),
        "Go on where records are gone before they were read (retention, a shortened log), and record the gap"),
    file_only("sink.group", Kind::Text, Some("sink-group"),
        "Consumer group of the sinks"),
    row("sink.rotate", "rotate", Kind::Switch, Some("false"),
        "When a stream's columns have changed, seal the old file as NAME.1.csv and start anew"),
    row("sink.skip_repeats", "skip-repeats", Kind::Switch, Some("false"),
        "After a group's offsets were reset by hand: skip the records that are in the files already"),
    row("dashboard.listen", "http-listen", Kind::Text, Some("127.0.0.1:8080"),
        "Address on which the dashboard listens. Beyond this machine (anything but 127.0.0.1 and ::1) it needs a token"),
    row("dashboard.token_file", "http-token-file", Kind::Path, None,
        "File with the token that browsers and scrapers must show; so does the variable SLUICEBOX_HTTP_TOKEN. Unset: nobody is asked for one"),
    row("dashboard.hosts", "http-host", Kind::List("host name"), None,
        "Further name under which browsers reach the dashboard, such as that of a proxy in front of it. IP addresses and localhost are known"),
    row("dashboard.allow_writes", "allow-writes", Kind::Switch, Some("false"),
        "Let the dashboard replay dead letters, create topics and produce records. Without it, it only reads"),
    row("run.no_datagen", "no-datagen", Kind::Switch, Some("false"),
        "`run` without generated events"),
    row("run.no_dashboard", "no-dashboard", Kind::Switch, Some("false"),
        "`run` without the dashboard"),
    row("run.stop_at_end", "stop-at-end", Kind::Switch, Some("false"),
        "Handle what is in the topics at the start, drain, end with exit code 0. Implies --no-datagen in `run`"),
    row("log.format", "log-format", Kind::Choice(&["text", "json"]), Some("text"),
        "Format of the log on stderr"),
    file_only("log.level", Kind::Choice(&["error", "warn", "info", "debug", "trace"]), Some("info"),
        "Level of the log; -q and -v lower and raise it"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_default_passes_its_own_kind() {
        for setting in SETTINGS {
            if let Some(default) = setting.default {
                setting
                    .kind
                    .parse(default)
                    .unwrap_or_else(|why| panic!("{}: {why}", setting.key));
            }
        }
    }

    #[test]
    fn keys_and_flags_are_unique_and_in_a_known_section() {
        let keys: BTreeSet<_> = SETTINGS.iter().map(|setting| setting.key).collect();
        let flags: Vec<_> = SETTINGS.iter().filter_map(|setting| setting.flag).collect();
        assert_eq!(keys.len(), SETTINGS.len());
        assert_eq!(flags.iter().collect::<BTreeSet<_>>().len(), flags.len());
        for key in keys {
            let section = key.split('.').next().unwrap();
            assert!(SECTIONS.iter().any(|(name, _)| *name == section), "{key}");
        }
    }
}
