//! One scenario's own topics, groups and directories on a shared cluster.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sluicebox_kafka::admin::{CommittedOffset, NewTopic};
use sluicebox_kafka::{Admin, ClientOptions, OutBatch, Producer, ProducerOptions};

use crate::error::{Result, found};
use crate::ledger::{Event, Stream};
use crate::limits::READY_MS;
use crate::world::{World, said, wait_until};

/// Partitions of each topic: several, and few enough that each has records.
pub(super) const PARTITIONS: i32 = 3;
const WAIT: Duration = Duration::from_millis(READY_MS);

/// What a scenario works with.
pub(super) struct Site<'a> {
    pub(super) world: &'a World,
    pub(super) servers: String,
    pub(super) dir: PathBuf,
    pub(super) name: String,
    /// Output topics, groups: what a way out may tell to change.
    pub(super) processed: String,
    pub(super) letters: String,
    pub(super) processor_group: String,
    pub(super) sink_group: String,
    pub(super) out: PathBuf,
    pub(super) state: PathBuf,
    /// Numbers of all records that must be in some directory.
    pub(super) made: BTreeSet<u64>,
    next: u64,
    /// What was said and done, for the table.
    pub(super) story: Vec<String>,
}

impl<'a> Site<'a> {
    pub(super) fn new(world: &'a World, name: &str) -> Result<Self> {
        let dir = world.home().join(name);
        std::fs::create_dir_all(&dir)?;
        let site = Self {
            world,
            servers: world.servers.clone(),
            processed: format!("{name}-processed"),
            letters: format!("{name}-letters"),
            processor_group: format!("{name}-processors"),
            sink_group: format!("{name}-sinks"),
            out: dir.join("out"),
            state: dir.join("state"),
            name: name.to_owned(),
            dir,
            made: BTreeSet::new(),
            next: 0,
            story: Vec::new(),
        };
        for topic in site.topics() {
            site.create(&topic)?;
        }
        Ok(site)
    }

    pub(super) fn source(&self, stream: Stream) -> String {
        format!("{}-{}", self.name, stream.topic())
    }

    pub(super) fn topics(&self) -> [String; 4] {
        let sources = Stream::ALL.map(|stream| self.source(stream));
        let [sensor, activity] = sources;
        [
            sensor,
            activity,
            self.processed.clone(),
            self.letters.clone(),
        ]
    }

    pub(super) fn admin(&self) -> Result<Admin> {
        Ok(Admin::connect(&self.client(), WAIT)?)
    }

    pub(super) fn client(&self) -> ClientOptions {
        ClientOptions::new(self.servers.clone(), "chaos-identity")
    }

    pub(super) fn create(&self, topic: &str) -> Result<()> {
        let admin = self.admin()?;
        let new = NewTopic {
            name: topic.to_owned(),
            partitions: PARTITIONS,
            replication_factor: 1,
            configs: vec![("max.message.bytes".to_owned(), "2162688".to_owned())],
        };
        wait_until(WAIT, "the topic is made", || {
            admin.create_topics(std::slice::from_ref(&new)).is_ok()
        })?;
        wait_until(WAIT, "the topic has leaders", || {
            let described = admin.describe(topic);
            described.is_ok_and(|t| t.partitions.iter().all(|p| p.leader.is_some()))
        })?;
        Ok(())
    }

    pub(super) fn recreate(&self, topic: &str) -> Result<()> {
        let admin = self.admin()?;
        let id = admin.describe(topic)?.topic_id;
        admin.delete_topics(&[topic])?;
        wait_until(WAIT, "the topic is gone", || admin.describe(topic).is_err())?;
        self.create(topic)?;
        match admin.describe(topic)?.topic_id == id {
            true => found("the new topic has the id of the old one"),
            false => Ok(()),
        }
    }

    /// Produces so many new records to both source topics; they must be in some directory.
    pub(super) fn produce(&mut self, count: u64) -> Result<()> {
        let topics = Stream::ALL.map(|stream| self.source(stream)).to_vec();
        let mut producer = Producer::connect(&self.client(), ProducerOptions::new(topics))?;
        for stream in Stream::ALL {
            let mut batch = OutBatch::new();
            for number in self.next..self.next + count {
                let event = Event(number);
                if event.stream() == stream {
                    let (key, value) = (event.key(), event.value());
                    batch.push_with_headers(Some(key.as_bytes()), Some(value.as_bytes()), &[]);
                    self.made.insert(number);
                }
            }
            let mut from = 0;
            while from < batch.len() {
                from += producer.send(stream as u16, &batch, from)?;
                producer.poll(Duration::ZERO);
            }
        }
        producer.flush(WAIT)?;
        self.next += count;
        Ok(())
    }

    /// The records of these numbers need not be in any directory: they were given up.
    pub(super) fn forget(&mut self, numbers: &BTreeSet<u64>) {
        self.made.retain(|number| !numbers.contains(number));
    }

    /// What a group has committed, moved by `by` in each partition and kept inside the log.
    pub(super) fn move_group(&self, group: &str, by: i64) -> Result<()> {
        let admin = self.admin()?;
        let mut offsets: Vec<CommittedOffset> = admin.committed_offsets(group)?;
        for at in &mut offsets {
            let logs = admin.log_ranges(&at.topic)?;
            let log = logs.iter().find(|log| log.partition == at.partition);
            let end = log.map_or(at.offset, |log| log.range.high_watermark);
            at.offset = (at.offset + by).clamp(0, end);
        }
        self.set_group(group, &offsets)
    }

    /// Sets what a group has committed. A sink, and whatever ended by an error, may be a member of
    /// its group for its session.
    pub(super) fn set_group(&self, group: &str, offsets: &[CommittedOffset]) -> Result<()> {
        let admin = self.admin()?;
        wait_until(WAIT, "the group is empty", || {
            admin.set_offsets(group, offsets).is_ok()
        })?;
        Ok(())
    }

    /// A verb with the configuration of this site; `--stop-at-end` unless it asks otherwise.
    pub(super) fn command(&self, verb: &str, flags: &[&str]) -> Result<std::process::Command> {
        // A process that has started a moment ago may still read its own.
        let (config, text) = (self.dir.join(self.config_name()), self.configuration());
        if std::fs::read_to_string(&config).ok() != Some(text.clone()) {
            std::fs::write(&config, text)?;
        }
        let mut command = self.world.program.command(&[verb]);
        command.args(["--bootstrap-servers", &self.servers]);
        command.arg("--config").arg(config);
        command.arg("--output-dir").arg(&self.out);
        command.arg("--state-dir").arg(&self.state);
        command.args(flags);
        Ok(command)
    }

    fn config_name(&self) -> String {
        format!("{}-{}.toml", self.processed, self.sink_group)
    }

    fn configuration(&self) -> String {
        let mut text = String::from("[cluster]\nreplication_factor = 1\n");
        let [sensor, activity, processed, letters] = self.topics();
        let _ = writeln!(text, "[topics]\nprocessed_data = \"{processed}\"");
        let _ = writeln!(text, "dead_letters = \"{letters}\"");
        let _ = writeln!(
            text,
            "[streams]\ntopics = {{ sensor = \"{sensor}\", activity = \"{activity}\" }}"
        );
        let _ = writeln!(text, "[processor]\ngroup = \"{}\"", self.processor_group);
        let _ = writeln!(text, "[sink]\ngroup = \"{}\"", self.sink_group);
        text
    }

    /// Runs a verb to the end; it must exit with 0. What it said.
    pub(super) fn works(&self, verb: &str, flags: &[&str]) -> Result<String> {
        let output = self.command(verb, flags)?.arg("--stop-at-end").output()?;
        if output.status.success() {
            return Ok(said(&output));
        }
        found(format!("{verb} {flags:?} failed:\n{}", said(&output)))
    }

    /// Runs a verb that must exit with 1 and say all of this.
    pub(super) fn refuses(&mut self, verb: &str, flags: &[&str], sentences: &[&str]) -> Result<()> {
        let output = self.command(verb, flags)?.arg("--stop-at-end").output()?;
        let said = said(&output);
        if output.status.code() != Some(1) {
            return found(format!(
                "{verb} {flags:?} should have refused, and ended with {}:\n{said}",
                output.status
            ));
        }
        self.check_said(verb, &said, sentences)
    }

    /// Notes the error of a message that must say all of this.
    pub(super) fn check_said(&mut self, verb: &str, said: &str, sentences: &[&str]) -> Result<()> {
        for sentence in sentences {
            if !said.contains(sentence) {
                return found(format!("{verb} does not say `{sentence}`:\n{said}"));
            }
        }
        let error = said.lines().find(|line| line.contains('×'));
        let help = said.lines().find(|line| line.contains("help:"));
        for line in [error, help].into_iter().flatten() {
            self.story.push(line.trim().to_owned());
        }
        Ok(())
    }

    pub(super) fn process(&self) -> Result<()> {
        self.works("process", &[]).map(drop)
    }

    pub(super) fn sink(&self) -> Result<()> {
        self.works("sink", &[]).map(drop)
    }

    /// Moves the output directory aside; where it is then.
    pub(super) fn move_aside(&self) -> Result<PathBuf> {
        let aside = self.dir.join("aside");
        std::fs::rename(&self.out, &aside)?;
        Ok(aside)
    }

    /// Every record that was made, and was not given up, is in exactly one place of these
    /// directories.
    pub(super) fn judge(&self, directories: &[&Path]) -> Result<()> {
        let mut seen = BTreeSet::new();
        for directory in directories {
            for number in super::files::numbers(directory)? {
                if !seen.insert(number) {
                    return found(format!("record {number} is there twice"));
                }
            }
        }
        let missing: Vec<_> = self.made.difference(&seen).take(5).collect();
        let invented: Vec<_> = seen.difference(&self.made).take(5).collect();
        if missing.is_empty() && invented.is_empty() {
            return Ok(());
        }
        found(format!(
            "of {} records, missing: {missing:?}, too many: {invented:?}",
            self.made.len()
        ))
    }
}
