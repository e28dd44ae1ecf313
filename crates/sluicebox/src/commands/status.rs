//! `status`: group lag, throughput, committed lengths.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use clap::ArgMatches;
use serde_json::json;
use sluicebox_kafka::Admin;
use sluicebox_kafka::admin::{GroupDescription, PartitionLag};
use sluicebox_sink::{DiskStorage, ManifestState, read_manifest};

use super::running::{self, Running};
use super::{Started, cluster, groups, plans, problems, ready};
use crate::exit::{Failure, Outcome};
use crate::output::{Table, grouped, print, print_json};
use crate::settings::config::Config;
use crate::terminal;

/// Time over which throughput is measured when the status is printed once.
const SAMPLE: Duration = Duration::from_secs(1);

pub(crate) fn run(matches: &ArgMatches) -> Outcome {
    let Started { config, .. } = super::start(matches)?;
    if matches.get_flag("ready") {
        return ready::check(&config.processor.state_dir);
    }
    let watch = matches
        .get_one::<u64>("watch")
        .map(|seconds| Duration::from_secs(*seconds));
    let plans = plans::compile(&config).map_err(Failure::Usage)?;
    let sources: Vec<String> = plans
        .streams()
        .iter()
        .map(|stream| stream.source_topic().to_owned())
        .collect();
    let state_dir = &config.processor.state_dir;
    let admin = match cluster::ask(&config) {
        Ok(admin) => admin,
        Err(failure) => {
            // What runs here waits for the same cluster, most likely.
            if !matches.get_flag("json") {
                print(&running_here(&running::on_this_machine(state_dir)))?;
            }
            return Err(failure);
        }
    };
    let mut before = Status::take(&config, &admin, &sources)?;
    loop {
        std::thread::sleep(watch.unwrap_or(SAMPLE));
        let now = Status::take(&config, &admin, &sources)?;
        match matches.get_flag("json") {
            true => {
                print_json(&now.json(&before))?;
                if watch.is_some() {
                    print("\n")?;
                }
            }
            false => show(&now.text(&before), watch.is_some())?,
        }
        if watch.is_none() {
            return Ok(());
        }
        before = now;
    }
}

/// Prints it; where it comes again and again, in place of the one before if a terminal has room for it.
fn show(text: &str, again: bool) -> Outcome {
    if !again {
        return print(text);
    }
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // Where the cursor stays, also after Ctrl-C.
    lines.push(String::new());
    if std::io::stdout().is_terminal() && terminal::has_room_for(lines.len()) {
        terminal::show(lines);
        return Ok(());
    }
    print(&format!("{text}\n"))
}

/// What holds at one moment.
struct Status {
    at: Instant,
    bootstrap: String,
    cluster_id: String,
    brokers: usize,
    groups: Vec<(GroupDescription, Vec<PartitionLag>)>,
    files: Option<ManifestState>,
    output_dir: String,
    running: Vec<Running>,
}

/// A table of the parts that run on this machine; empty when none does.
fn running_here(running: &[Running]) -> String {
    if running.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&["HERE", "PID", "SINCE", "STATE"]);
    for part in running {
        let state = match &part.waits_for {
            Some(reason) => format!("{}: {reason}", part.state),
            None => part.state.clone(),
        };
        table.row(vec![
            part.part.clone(),
            part.pid.to_string(),
            part.since.clone(),
            state,
        ]);
    }
    format!("{}\n", table.text())
}

impl Status {
    fn take(config: &Config, admin: &Admin, sources: &[String]) -> Result<Self, Failure> {
        let known = cluster::existing(admin, sources)?;
        let outputs = [
            config.topics.processed_data.clone(),
            config.topics.dead_letters.clone(),
        ];
        let outputs = cluster::existing(admin, &outputs)?;
        let names = [config.processor.group.as_str(), config.sink.group.as_str()];
        let described = admin.describe_groups(&names).map_err(problems::kafka)?;
        let mut groups = Vec::new();
        for (group, topics) in described.into_iter().zip([known, outputs]) {
            let lags = admin.lags(&group, &topics).map_err(problems::kafka)?;
            groups.push((group, lags));
        }
        let cluster = admin.cluster().map_err(problems::kafka)?;
        Ok(Self {
            at: Instant::now(),
            bootstrap: cluster::bootstrap_servers(config),
            cluster_id: cluster.cluster_id,
            brokers: cluster.brokers.len(),
            groups,
            files: committed_files(config)?,
            output_dir: config.output.dir.display().to_string(),
            running: running::on_this_machine(&config.processor.state_dir),
        })
    }

    fn text(&self, before: &Self) -> String {
        let mut text = format!(
            "cluster {} at {}, {} broker(s)\n\n",
            self.cluster_id, self.bootstrap, self.brokers
        );
        text.push_str(&running_here(&self.running));
        let mut table = Table::new(&["GROUP", "STATE", "MEMBERS", "LAG", "RECORDS/S"]);
        for (index, (group, lags)) in self.groups.iter().enumerate() {
            let lag: u64 = lags.iter().map(|lag| lag.lag).sum();
            table.row(vec![
                group.group.clone(),
                group.state.clone(),
                group.members.len().to_string(),
                grouped(lag),
                grouped(self.rate(before, index) as u64),
            ]);
        }
        text.push_str(&table.text());
        let Some(state) = &self.files else {
            text.push_str(&format!("\nno files of ours in {} yet\n", self.output_dir));
            return text;
        };
        let mut table = Table::new(&["FILE", "ROWS", "COMMITTED BYTES"]);
        for file in &state.files {
            table.row(vec![
                format!("{}/{}", self.output_dir, file.name),
                grouped(file.rows),
                grouped(file.length),
            ]);
        }
        text.push_str(&format!("\n{}", table.text()));
        text
    }

    fn json(&self, before: &Self) -> serde_json::Value {
        let groups: Vec<_> = self
            .groups
            .iter()
            .enumerate()
            .map(|(index, (group, lags))| {
                let mut value = groups::as_json(group, lags);
                value["records_per_second"] = json!(self.rate(before, index));
                value
            })
            .collect();
        let files: Vec<_> = self
            .files
            .iter()
            .flat_map(|state| &state.files)
            .map(|file| json!({ "name": file.name, "rows": file.rows, "committed_bytes": file.length }))
            .collect();
        let running: Vec<_> = self
            .running
            .iter()
            .map(|part| json!({ "part": part.part, "pid": part.pid, "state": part.state, "waits_for": part.waits_for, "since": part.since }))
            .collect();
        json!({
            "cluster": { "id": self.cluster_id, "bootstrap_servers": self.bootstrap, "brokers": self.brokers },
            "running": running,
            "groups": groups,
            "output": { "dir": self.output_dir, "files": files },
        })
    }

    /// Offsets per second that a group has passed since `before`.
    fn rate(&self, before: &Self, index: usize) -> f64 {
        let passed = |status: &Self| -> i64 {
            status.groups.get(index).map_or(0, |(_, lags)| {
                lags.iter().filter_map(|lag| lag.committed).sum()
            })
        };
        let seconds = self
            .at
            .duration_since(before.at)
            .as_secs_f64()
            .max(f64::EPSILON);
        (passed(self) - passed(before)).max(0) as f64 / seconds
    }
}

fn committed_files(config: &Config) -> Result<Option<ManifestState>, Failure> {
    if !config.output.dir.is_dir() {
        return Ok(None);
    }
    let unreadable = |error| {
        let error: sluicebox_sink::OpenError = error;
        Failure::Failed(problems::report(
            error.refusal().to_string(),
            Some(error.way_out()),
        ))
    };
    let storage = DiskStorage::existing(&config.output.dir);
    read_manifest(&storage).map_err(unreadable)
}
