//! `topics list | create | describe | tail`.

mod tail;

use clap::ArgMatches;
use miette::miette;
use serde_json::json;
use sluicebox_kafka::admin::{ConfigEntry, TopicDescription};
use sluicebox_kafka::{Admin, LogRange};
use sluicebox_pipeline::error::PipelineError;
use sluicebox_pipeline::stop::StopSignal;
use sluicebox_pipeline::topics::{self, NamedTopic};

use super::access::Part;
use super::{Started, cluster, plans, problems};
use crate::exit::{Failure, Outcome};
use crate::output::{Table, print, print_json};
use crate::settings::config::Config;

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    match matches.subcommand() {
        Some(("list", matches)) => list(matches),
        Some(("create", matches)) => create(matches),
        Some(("describe", matches)) => describe(matches),
        Some(("tail", matches)) => tail::run(matches),
        _ => unreachable!("clap demands a subcommand"),
    }
}

fn list(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start(matches)?;
    let topics = cluster::ask(&config)?.topics().map_err(problems::kafka)?;
    if matches.get_flag("json") {
        let topics: Vec<_> = topics
            .iter()
            .map(|topic| json!({ "topic": topic.name, "partitions": topic.partitions }))
            .collect();
        return print_json(&json!(topics));
    }
    let mut table = Table::new(&["TOPIC", "PARTITIONS"]);
    for topic in topics {
        table.row(vec![topic.name, topic.partitions.to_string()]);
    }
    print(&table.text())
}

fn create(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start(matches)?;
    let settings = topic_settings(matches).map_err(Failure::Usage)?;
    let Some(name) = matches.get_one::<String>("topic") else {
        return create_pipeline_topics(&config);
    };
    let plans = plans::compile(&config).map_err(Failure::Usage)?;
    let wanted = NamedTopic {
        name: name.clone(),
        partitions: None,
        replication_factor: None,
        settings,
    };
    let pipeline = cluster::topics_config(&config, &plans);
    let created = topics::create_named(&cluster::ask(&config)?, &pipeline, &wanted);
    let created = created.map_err(|error| match error {
        PipelineError::Kafka(error) => problems::kafka(error),
        other => problems::task("topics", &other),
    })?;
    print(&format!(
        "created {name}: {} partitions, replication factor {}\n",
        created.partitions, created.replication_factor
    ))
}

fn create_pipeline_topics(config: &Config) -> Outcome {
    let plans = plans::compile(config).map_err(Failure::Usage)?;
    let admin = cluster::ask(config)?;
    let report = cluster::ensure_topics(config, &admin, &plans, Part::Run, &StopSignal::new())?;
    let created = report
        .created
        .iter()
        .map(|topic| format!("{topic} created\n"));
    let existing = report
        .existing
        .iter()
        .map(|topic| format!("{topic} exists, left as it is\n"));
    print(&created.chain(existing).collect::<String>())
}

fn topic_settings(matches: &ArgMatches) -> Result<Vec<(String, String)>, miette::Report> {
    let given = matches
        .get_many::<String>("topic-config")
        .into_iter()
        .flatten();
    given
        .map(|pair| match pair.split_once('=') {
            Some((key, value)) => Ok((key.to_owned(), value.to_owned())),
            None => Err(miette!(
                help = "write it as KEY=VALUE, such as retention.ms=3600000",
                "--topic-config: `{pair}` is not KEY=VALUE"
            )),
        })
        .collect()
}

fn describe(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start(matches)?;
    let name = matches
        .get_one::<String>("topic")
        .map(String::as_str)
        .unwrap_or_default();
    let admin = cluster::ask(&config)?;
    let topic = known(&admin, name)?;
    let ranges = admin.log_ranges(name).map_err(problems::kafka)?;
    let settings = admin.configs(name).map_err(problems::kafka)?;
    let range = |partition: i32| {
        ranges
            .iter()
            .find(|log| log.partition == partition)
            .map(|log| log.range)
    };
    if matches.get_flag("json") {
        return print_json(&as_json(&topic, &settings, range));
    }
    let mut table = Table::new(&[
        "PARTITION",
        "LEADER",
        "REPLICAS",
        "ISR",
        "EARLIEST",
        "LAST STABLE",
        "HIGH WATERMARK",
    ]);
    for p in &topic.partitions {
        let offset = |pick: fn(LogRange) -> i64| {
            range(p.partition).map_or("-".into(), |r| pick(r).to_string())
        };
        table.row(vec![
            p.partition.to_string(),
            p.leader.map_or("none".into(), |id| id.to_string()),
            ids(&p.replicas),
            ids(&p.isr),
            offset(|r| r.earliest),
            offset(|r| r.last_stable),
            offset(|r| r.high_watermark),
        ]);
    }
    let mut text = format!("{} (id {})\n\n{}", topic.name, topic.topic_id, table.text());
    let changed: Vec<_> = settings.iter().filter(|entry| !entry.is_default).collect();
    if !changed.is_empty() {
        text.push_str("\nSet for this topic:\n");
    }
    for entry in changed {
        text.push_str(&format!(
            "  {}={}\n",
            entry.name,
            entry.value.as_deref().unwrap_or("********")
        ));
    }
    print(&text)
}

fn known(admin: &Admin, name: &str) -> Result<TopicDescription, Failure> {
    match admin.describe(name) {
        Ok(topic) => Ok(topic),
        Err(error) if error.code == sluicebox_kafka::ErrorCode::UNKNOWN_TOPIC_OR_PARTITION => {
            let names: Vec<_> = admin
                .topics()
                .map_err(problems::kafka)?
                .into_iter()
                .map(|topic| topic.name)
                .collect();
            let help = crate::settings::file::suggestion(name, names.iter().map(String::as_str))
                .unwrap_or_else(|| "`sluicebox topics list` shows what there is".to_owned());
            Err(Failure::Failed(miette!(
                help = help,
                "there is no topic `{name}`"
            )))
        }
        Err(error) => Err(problems::kafka(error)),
    }
}

fn ids(ids: &[i32]) -> String {
    ids.iter().map(i32::to_string).collect::<Vec<_>>().join(",")
}

fn as_json(
    topic: &TopicDescription,
    settings: &[ConfigEntry],
    range: impl Fn(i32) -> Option<LogRange>,
) -> serde_json::Value {
    let partitions: Vec<_> = topic
        .partitions
        .iter()
        .map(|p| {
            let range = range(p.partition);
            json!({
                "partition": p.partition, "leader": p.leader, "replicas": p.replicas, "isr": p.isr,
                "earliest": range.map(|r| r.earliest), "last_stable": range.map(|r| r.last_stable),
                "high_watermark": range.map(|r| r.high_watermark),
            })
        })
        .collect();
    let settings: serde_json::Map<_, _> = settings
        .iter()
        .map(|entry| (entry.name.clone(), json!(entry.value)))
        .collect();
    json!({
        "topic": topic.name, "topic_id": topic.topic_id, "partitions": partitions, "configs": settings,
    })
}
